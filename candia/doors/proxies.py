"""Proxies: who asks, and whether by https, where the city stands behind one.

What a proxy adds to a request, anybody can write. So a header counts only when the connection comes from one
of CANDIA_PROXIES, and of X-Forwarded-For the entries are read from the right, where the nearest proxy wrote: as
long as an entry is itself a known proxy, the one before it is what that proxy saw. The first that is none is the
visitor; what stands left of it is the visitor's own word. A count of proxies would say the same only while each
request passes all of them; addresses hold as well for the supervisor and for whoever asks on the machine itself.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from ipaddress import IPv4Network, IPv6Network
from typing import Any

from candia.doors.limits import parsed

Networks = Sequence[IPv4Network | IPv6Network]
# Django and servers each type these in their own way.
Application = Callable[[Any, Any, Any], Awaitable[None]]


class Proxied:
    """Tells the application of the visitor where the server knows only the proxy: address and scheme."""

    def __init__(self, application: Application, proxies: Networks) -> None:
        self._application, self._proxies = application, proxies

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Pass on a request with what a trusted proxy says of it; one from elsewhere as it came."""
        peer = (scope.get("client") or ("", 0))[0]
        if scope["type"] == "http" and is_proxy(peer, self._proxies):
            forwarded = ",".join(_lines(scope, b"x-forwarded-for"))
            scope = {**scope, "client": (visitor(peer, forwarded, self._proxies), 0)}
            # The last proxy's word, should there be several.
            said = ",".join(_lines(scope, b"x-forwarded-proto")).rpartition(",")[2].strip().lower()
            if said in {"http", "https"}:
                scope["scheme"] = said
        await self._application(scope, receive, send)


def visitor(peer: str, forwarded: str, proxies: Networks) -> str:
    """The address behind a chain of proxies, of which `peer` is the nearest.

    An entry that is no address ends the walk: then whoever wrote it is the last that is known.
    """
    nearest = peer
    for entry in reversed(forwarded.split(",")):
        if not is_proxy(nearest, proxies) or not (client := _address(entry)):
            break
        nearest = client
    return nearest


def is_proxy(peer: str, proxies: Networks) -> bool:
    """Whether this is the address of one of the city's proxies."""
    found = parsed(peer)
    return found is not None and any(found in network for network in proxies)


def _address(entry: str) -> str:
    """The address in an entry, which some proxies write with a port: `192.0.2.7:4711`, `[2001:db8::7]:4711`."""
    entry = entry.strip()
    if entry.startswith("["):
        entry = entry[1:].partition("]")[0]
    elif entry.count(":") == 1:
        entry = entry.partition(":")[0]
    found = parsed(entry)
    return str(found) if found else ""


def _lines(scope: Any, name: bytes) -> list[str]:
    return [value.decode("latin1") for key, value in scope["headers"] if key == name]
