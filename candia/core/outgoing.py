"""Outgoing: a request to an address of somebody else's, which must not lead into the city's own network.

The name is resolved once, and the connection goes to the address that was looked at; no redirect is followed here,
no more is read than is asked for, and after so many seconds it is over, however slowly the other side answers.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import SplitResult, urlsplit

CONNECT, WHOLE = 5.0, 10.0
PORTS = {"https": 443, "http": 80}
PIECE = 64 * 1024
_nat64 = ("64:ff9b::", "2002:")

Networks = Sequence[IPv4Network | IPv6Network]


class Unsent(Exception):
    """It was not asked or not answered, for a reason known by its code.

    `unknown`: no such name; `forbidden`: not where the city may go; `unreachable`; `slow`; `large`: it sent more
    than is taken.
    """

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


def resolved(url: str, networks: Networks, *, plain: bool = False) -> tuple[SplitResult, str, int]:
    """The parts of an address, and where it is; raises Unsent where the city does not allow that.

    `networks` are those of the city's own that may be asked all the same, `plain` lets public addresses be asked by
    http as well.
    """
    found = parts(url)
    port = found.port or PORTS[found.scheme]
    try:
        answers = socket.getaddrinfo(found.hostname, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Unsent("unknown") from None
    hosts = [str(answer[4][0]) for answer in answers]
    open_to_read = found.scheme == "http" and not plain
    # One forbidden address among several is one too many: who answers the name may mix them.
    if not hosts or not all(is_allowed(host, networks, plain=open_to_read) for host in hosts):
        raise Unsent("forbidden")
    return found, hosts[0], port


def is_allowed(host: str, networks: Networks, *, plain: bool) -> bool:
    """Whether this address may be asked: a public one unless it is `plain` http, and whatever `networks` name."""
    try:
        found = ip_address(host.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, IPv6Address):
        found = found.ipv4_mapped or found
    if any(found in network for network in networks):
        return True
    inner = str(found).startswith(_nat64)
    return found.is_global and not (found.is_multicast or inner or plain)


def post(url: str, body: bytes, headers: Mapping[str, str], networks: Networks) -> int:
    """The status with which the address answers; raises Unsent."""
    with exchange("POST", url, headers, networks, body=body) as answer:
        return answer.status


class Answer:
    """What an address answers: status and headers at once, the body as far as it is wanted."""

    def __init__(self, response: http.client.HTTPResponse, line: _Line) -> None:
        self.status = response.status
        self.headers = response.headers
        self._response, self._line = response, line

    def read(self, most: int) -> bytes:
        """The whole body, in at most so many bytes; raises Unsent where it is more, or does not end in time."""
        pieces, size = [], 0
        while piece := self._response.read(PIECE):
            pieces.append(piece)
            size += len(piece)
            if size > most:
                raise Unsent("large")
        # A connection that was ended looks like an end, unless a length was promised.
        if self._line.ended.is_set() or self._response.length:
            raise ConnectionError
        return b"".join(pieces)


@contextmanager
def exchange(
    method: str,
    url: str,
    headers: Mapping[str, str],
    networks: Networks,
    *,
    body: bytes | None = None,
    plain: bool = False,
    within: float | None = None,
) -> Iterator[Answer]:
    """Ask an address, and read its answer within so many seconds; raises Unsent, while it is read as well."""
    found, host, port = resolved(url, networks, plain=plain)
    within = WHOLE if within is None else within
    try:
        line = _Line(socket.create_connection((host, port), timeout=min(CONNECT, within)))
    except OSError:
        raise Unsent("unreachable") from None
    # Each byte may come in time and the answer never: then the connection is ended from outside.
    end = threading.Timer(within, line.end)
    end.daemon = True
    end.start()
    try:
        if found.scheme == "https":
            line.encrypt(found.hostname or "")
        with closing(_asked(line.socket, method, found, port, body, headers, within)) as response:
            yield Answer(response, line)
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
        self._wrapping = threading.Lock()

    def encrypt(self, name: str) -> None:
        context = ssl.create_default_context()
        # One that is ended while it is wrapped would be neither the one nor the other, and never closed.
        with self._wrapping:
            if self.ended.is_set():
                raise TimeoutError
            self.socket = context.wrap_socket(
                self.socket, server_hostname=name, do_handshake_on_connect=False
            )
        self.socket.do_handshake()

    def end(self) -> None:
        self.ended.set()
        with self._wrapping, suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)


def _asked(
    line: socket.socket,
    method: str,
    found: SplitResult,
    port: int,
    body: bytes | None,
    headers: Mapping[str, str],
    within: float,
) -> http.client.HTTPResponse:
    line.settimeout(within)
    connection = http.client.HTTPConnection(found.hostname or "", port)
    connection.sock = line
    path = (found.path or "/") + (f"?{found.query}" if found.query else "")
    connection.request(method, path, body, dict(headers))
    return connection.getresponse()
