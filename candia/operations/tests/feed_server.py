"""Somebody else's server: what it says can be set, and it knows every way of behaving badly."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Iterable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from candia.telemetry.formats import DecodeError
from candia.telemetry.observation import Observation, Speaker

MB = 1_000_000


class Source:
    """Answers each path in its own way, and remembers what it was asked."""

    def __init__(self) -> None:
        self.body: bytes = b"[]"
        self.etag = ""
        self.status = 200
        self.more: dict[str, str] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.over = threading.Event()
        source = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                source.asked.append((self.path, dict(self.headers)))
                with suppress(OSError):
                    getattr(source, self.path.split("?")[0].strip("/").split("/")[0])(self)

            def log_message(self, *words: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def says(self, *told: tuple[Any, Any, dict[str, float]]) -> None:
        """From now on: of each thing its id there, the moment (ms) and what was measured."""
        self.body = json.dumps([{"id": id, "time": time, **values} for id, time, values in told]).encode()

    def data(self, to: BaseHTTPRequestHandler) -> None:
        """What was set, and 304 to whoever has it."""
        if self.etag and to.headers.get("If-None-Match") == self.etag:
            answered(to, 304)
        else:
            answered(to, self.status, self.body, **({"ETag": self.etag} if self.etag else {}), **self.more)

    def packed(self, to: BaseHTTPRequestHandler) -> None:
        """The same, smaller on its way."""
        answered(to, 200, gzip.compress(self.body), **{"Content-Encoding": "gzip"})

    def bomb(self, to: BaseHTTPRequestHandler) -> None:
        """A hundred megabytes of nothing in a hundred kilobytes."""
        answered(to, 200, gzip.compress(bytes(100 * MB), 1), **{"Content-Encoding": "gzip"})

    def huge(self, to: BaseHTTPRequestHandler) -> None:
        """A hundred megabytes, of which no length is told."""
        to.send_response(200)
        to.send_header("Connection", "close")
        to.end_headers()
        for _piece in range(100):
            to.wfile.write(bytes(MB))

    def hang(self, _to: BaseHTTPRequestHandler) -> None:
        """Nothing, for as long as the test runs."""
        self.over.wait(30)

    def drip(self, to: BaseHTTPRequestHandler) -> None:
        """A byte now and then, each well within any pause."""
        to.send_response(200)
        to.send_header("Connection", "close")
        to.end_headers()
        while not self.over.wait(0.03):
            to.wfile.write(b" ")

    def cut(self, to: BaseHTTPRequestHandler) -> None:
        """Half of what was promised."""
        to.send_response(200)
        to.send_header("Content-Length", str(2 * len(self.body)))
        to.end_headers()
        to.wfile.write(self.body)
        to.close_connection = True

    def onward(self, to: BaseHTTPRequestHandler) -> None:
        """It has moved to where the address says."""
        answered(to, 302, Location=to.path.partition("?")[2])

    def close(self) -> None:
        """It is no more."""
        self.over.set()
        self.server.shutdown()
        self.server.server_close()


def answered(to: BaseHTTPRequestHandler, status: int, body: bytes = b"", **headers: str) -> None:
    to.send_response(status)
    for name, value in headers.items():
        to.send_header(name, value)
    if status != 304:
        to.send_header("Content-Length", str(len(body)))
    to.end_headers()
    to.wfile.write(body)


def decode(payload: bytes, speaker: Speaker) -> Iterator[Observation]:
    """What the server says of things that the city knows by its ids; fields beside id and time are properties."""
    try:
        told: Iterable[dict[str, Any]] = json.loads(payload)
    except ValueError as wrong:
        raise DecodeError("This is no list: {wrong}.", wrong=wrong) from wrong
    for one in told:
        if thing := speaker.by_alias(f"there:{one['id']}"):
            for name in one.keys() - {"id", "time"}:
                yield Observation(thing, f"water.{name}", one["time"], one[name])
