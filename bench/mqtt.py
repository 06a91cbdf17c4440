"""Meters that speak MQTT: single observations with QoS 1 at a steady rate, over many connections, in one process.

A library's client would tire before the city does, so this speaks just the four packets that are needed, over
plain sockets, and tells how much processor time it took. Each message carries the moment at which it was due, so
that what is late here counts as late. Run as `python -m bench.mqtt`, which
reads its task as JSON; it speaks to loopback alone.
Source: MQTT 3.1.1, sections 3.1 to 3.4.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import deque
from typing import Any

from bench.report import quantile

TICK = 0.01
#: Bounds whatever is asked: messages a second, seconds, and messages of one connection without answer.
MOST, LONGEST, UNANSWERED = 50_000, 600, 4000


class Meters(asyncio.Protocol):
    """One connection: the meters behind one gateway, under its credential."""

    def __init__(self, device: str, secret: str, entities: list[str], value: tuple[str, float]) -> None:
        self._device, self._secret = device, secret
        self._property, self._base = value[0].encode(), value[1]
        self._topic = f"v1/{device}".encode()
        self._told = [b'{"entity":"%b","time":' % entity.encode() for entity in entities]
        self._sent: deque[tuple[int, float]] = deque()
        self._rest = b""
        self._round = self._at = self._number = 0
        self.let_in: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.published = self.acknowledged = 0
        self.waits: list[float] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Say who speaks."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 — what asyncio promises
        self._line = transport
        words = b"".join(
            _word(word.encode()) for word in (f"{self._device}-bench", self._device, self._secret)
        )
        body = _word(b"MQTT") + b"\x04\xc2\x00\x00" + words
        transport.write(b"\x10" + _length(len(body)) + body)

    def data_received(self, data: bytes) -> None:
        """Count the answers: every packet that comes is four bytes long."""
        data = self._rest + data
        whole = len(data) // 4
        self._rest = data[whole * 4 :]
        if not self.let_in.done() and whole:
            if data[:4] != b"\x20\x02\x00\x00":
                self.let_in.set_exception(ConnectionRefusedError(f"{self._device} was not let in."))
                return
            self.let_in.set_result(None)
            whole -= 1
        self.acknowledged += whole
        now = time.time()
        while self._sent and self._sent[0][0] <= self.acknowledged:
            self.waits.append(now - self._sent.popleft()[1])

    def connection_lost(self, error: Exception | None) -> None:
        """A connection that ends before its time ends the bench."""
        if not self.let_in.done():
            self.let_in.set_exception(error or ConnectionRefusedError(f"{self._device} was not let in."))

    def publish(self, dues: list[float]) -> int:
        """Send a message for each moment that is due; fewer, where too many are without answer."""
        dues = dues[: max(0, UNANSWERED - (self.published - self.acknowledged))]
        if dues:
            self._line.write(b"".join(map(self._packet, dues)))
            self.published += len(dues)
            self._sent.append((self.published, dues[0]))
        return len(dues)

    def _packet(self, due: float) -> bytes:
        value = self._base + self._round / 1000
        body = b'%b%.3f,"%b":%.3f}' % (self._told[self._at], due, self._property, value)
        self._at += 1
        if self._at == len(self._told):
            self._at, self._round = 0, self._round + 1
        self._number = self._number % 65_535 + 1
        length = _length(len(self._topic) + 4 + len(body))
        return b"\x32%b%b%b%b" % (length, _word(self._topic), self._number.to_bytes(2, "big"), body)

    def close(self) -> None:
        """Say goodbye."""
        self._line.write(b"\xe0\x00")
        self._line.close()


def _word(text: bytes) -> bytes:
    return len(text).to_bytes(2, "big") + text


def _length(count: int) -> bytes:
    found = bytearray()
    while True:
        count, low = divmod(count, 128)
        found.append(low | (128 if count else 0))
        if not count:
            return bytes(found)


async def publish(
    port: int,
    devices: list[tuple[str, str, list[str]]],
    rate: float,
    seconds: float,
    property: str = "index",
    base: float = 1000,
) -> dict[str, Any]:
    """Publish `rate` messages a second of a property, its values from `base` on; what became of them."""
    value = property, base
    rate, seconds = min(rate, MOST), min(seconds, LONGEST)
    loop, lines = asyncio.get_running_loop(), []
    for device in devices:
        _, line = await loop.create_connection(
            lambda device=device: Meters(*device, value), "127.0.0.1", port
        )
        await asyncio.wait_for(line.let_in, 10)
        lines.append(line)
    began, cpu = time.time(), time.process_time()
    sent, late = await _at_rate(lines, began, rate, seconds)
    for _ in range(int(10 / TICK)):
        if all(line.acknowledged == line.published for line in lines):
            break
        await asyncio.sleep(TICK)
    ended = time.time()
    cpu = time.process_time() - cpu
    for line in lines:
        line.close()
    waits = [wait for line in lines for wait in line.waits]
    return {
        "began": began,
        "published": sent,
        "acknowledged": sum(line.acknowledged for line in lines),
        "seconds": ended - began,
        "puback_p50_ms": quantile(waits, 0.5) * 1000,
        "puback_p99_ms": quantile(waits, 0.99) * 1000,
        "latest_start_ms": late * 1000,
        "cpu_seconds": cpu,
    }


async def _at_rate(lines: list[Meters], began: float, rate: float, seconds: float) -> tuple[int, float]:
    sent, late, turn, whole = 0, 0.0, 0, int(rate * seconds)
    while sent < whole:
        now = time.time()
        due = min(int((now - began) * rate), whole)
        while sent < due:
            share = min(due - sent, max(8, (due - sent) // len(lines)))
            went = lines[turn].publish([began + (sent + n) / rate for n in range(share)])
            turn = (turn + 1) % len(lines)
            if not went and turn == 0:
                break
            sent += went
        late = max(late, now - began - sent / rate)
        if now - began > seconds + 10:
            break
        await asyncio.sleep(TICK)
    return sent, late


if __name__ == "__main__":
    print(json.dumps(asyncio.run(publish(**json.load(sys.stdin)))))
