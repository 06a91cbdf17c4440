"""Outgoing: one POST to an address of somebody else's, which must not lead into the city's own network.

The name is resolved once, and the connection goes to the address that was looked at; redirects are not followed, no
more than the status is read, and after so many seconds it is over, however slowly the other side answers.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
from collections.abc import Mapping
from contextlib import suppress
from ipaddress import IPv6Address, ip_address
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

CONNECT, WHOLE = 5.0, 10.0
PORTS = {"https": 443, "http": 80}
_nat64 = ("64:ff9b::", "2002:")


class Unsent(Exception):
    """It did not arrive, for a reason known by its code: `unknown`, `forbidden`, `unreachable` or `slow`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def parts(url: str) -> SplitResult:
    """The parts of an address that may be asked at all; raises Unsent."""
    try:
        found = urlsplit(url)
        named = found.hostname and (found.port is None or found.port > 0)
    except ValueError:
        raise Unsent("unknown") from None
    plain = url.isascii() and not any(sign <= " " for sign in url)
    if not (named and plain and found.scheme in PORTS) or found.username is not None or found.fragment:
        raise Unsent("unknown")
    return found


def resolved(url: str) -> tuple[SplitResult, str, int]:
    """The parts of an address, and where it is; raises Unsent where the city does not allow that."""
    found = parts(url)
    port = found.port or PORTS[found.scheme]
    try:
        answers = socket.getaddrinfo(found.hostname, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Unsent("unknown") from None
    hosts = [str(answer[4][0]) for answer in answers]
    # One forbidden address among several is one too many: who answers the name may mix them.
    if not hosts or not all(is_allowed(host, plain=found.scheme == "http") for host in hosts):
        raise Unsent("forbidden")
    return found, hosts[0], port


def is_allowed(host: str, *, plain: bool) -> bool:
    """Whether this address may be asked: a public one by https, and what the city's setting names by http too."""
    try:
        found = ip_address(host.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, IPv6Address):
        found = found.ipv4_mapped or found
    if any(found in network for network in settings.CANDIA.webhook_networks):
        return True
    inner = str(found).startswith(_nat64)
    return found.is_global and not (found.is_multicast or inner or plain)


def post(url: str, body: bytes, headers: Mapping[str, str]) -> int:
    """The status with which the address answers; raises Unsent."""
    found, host, port = resolved(url)
    try:
        line = _Line(socket.create_connection((host, port), timeout=CONNECT))
    except OSError:
        raise Unsent("unreachable") from None
    # Each byte may come in time and the answer never: then the connection is ended from outside.
    end = threading.Timer(WHOLE, line.end)
    end.daemon = True
    end.start()
    try:
        if found.scheme == "https":
            line.encrypt(found.hostname or "")
        return _asked(line.socket, found, port, body, headers)
    except (OSError, http.client.HTTPException) as lost:
        late = line.ended.is_set() or isinstance(lost, TimeoutError)
        raise Unsent("slow" if late else "unreachable") from None
    finally:
        end.cancel()
        line.socket.close()


class _Line:
    """A connection that another thread may end, before and after it is encrypted."""

    def __init__(self, plain: socket.socket) -> None:
        self.socket = plain
        self.ended = threading.Event()

    def encrypt(self, name: str) -> None:
        context = ssl.create_default_context()
        self.socket = context.wrap_socket(self.socket, server_hostname=name, do_handshake_on_connect=False)
        self.socket.do_handshake()

    def end(self) -> None:
        self.ended.set()
        with suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)


def _asked(
    line: socket.socket, found: SplitResult, port: int, body: bytes, headers: Mapping[str, str]
) -> int:
    line.settimeout(WHOLE)
    connection = http.client.HTTPConnection(found.hostname or "", port)
    connection.sock = line
    path = (found.path or "/") + (f"?{found.query}" if found.query else "")
    connection.request("POST", path, body, dict(headers))
    return connection.getresponse().status
