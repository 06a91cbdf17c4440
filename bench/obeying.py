"""Devices that obey: MQTT connections that subscribe their orders and answer each with done, in one process.

As in bench/mqtt.py only the few packets that are needed are spoken, over plain sockets. Run as `python -m
bench.obeying`, which reads its task as JSON and says "ready" once all are connected; it speaks to loopback alone.
Source: MQTT 3.1.1, sections 3.1 to 3.9.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import Any

#: Bounds whatever is asked: seconds, and connections that are begun at once.
LONGEST, AT_ONCE = 900, 20
CONNACK, PUBLISH, PUBACK, SUBACK = 2, 3, 4, 9
REFUSED = 0x80


class Gateway(asyncio.Protocol):
    """One connection, whose session outlives it; `done` counts the orders that it answered."""

    def __init__(self, device: str, secret: str) -> None:
        self._device, self._secret = device, secret
        self._rest, self._number = b"", 0
        loop = asyncio.get_running_loop()
        self.hears: asyncio.Future[None] = loop.create_future()
        self.lost: asyncio.Future[None] = loop.create_future()
        self.done: set[str] = set()
        self.unanswered = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Say who speaks, with a session that is kept."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 — what asyncio promises
        self._line = transport
        words = b"".join(map(_word, (self._device, self._device, self._secret)))
        self._write(0x10, _word("MQTT") + b"\x04\xc0\x00\x00" + words)

    def data_received(self, data: bytes) -> None:
        """Take the packets apart that have come whole."""
        self._rest += data
        while (found := _packet(self._rest)) is not None:
            head, body, self._rest = found
            self._take(head, body)

    def _take(self, head: int, body: bytes) -> None:
        kind = head >> 4
        if kind == CONNACK:
            if body[1]:
                self.hears.set_exception(ConnectionRefusedError(f"{self._device} was not let in."))
            else:
                self._write(0x82, b"\x00\x01" + _word(f"orders/v1/{self._device}/+") + b"\x01")
        elif kind == SUBACK and not self.hears.done():
            if body[2] == REFUSED:
                self.hears.set_exception(ConnectionRefusedError(f"{self._device} may not hear its orders."))
            else:
                self.hears.set_result(None)
        elif kind == PUBACK:
            self.unanswered -= 1
        elif kind == PUBLISH:
            self._obey(body)

    def _obey(self, body: bytes) -> None:
        length = int.from_bytes(body[:2], "big")
        number, order = body[2 + length : 4 + length], json.loads(body[4 + length :])["order"]
        self._write(0x40, number)
        self._number = self._number % 65_535 + 1
        answer = b'{"order":"%b","state":"done"}' % order.encode()
        topic = _word(f"answers/v1/{self._device}")
        self._write(0x32, topic + self._number.to_bytes(2, "big") + answer)
        self.done.add(order)
        self.unanswered += 1

    def connection_lost(self, error: Exception | None) -> None:
        """A connection that ends before it hears was refused."""
        if not self.hears.done():
            self.hears.set_exception(error or ConnectionRefusedError(f"{self._device} was not let in."))
        self.lost.set_result(None)

    def close(self) -> None:
        """Hang up; the session stays."""
        self._write(0xE0, b"")
        self._line.close()

    def _write(self, head: int, body: bytes) -> None:
        size, length = len(body), bytearray()
        while True:
            size, low = divmod(size, 128)
            length.append(low | (128 if size else 0))
            if not size:
                break
        self._line.write(bytes([head]) + length + body)


def _packet(data: bytes) -> tuple[int, bytes, bytes] | None:
    """The first packet's head and body, and what follows it; None where it has not come whole."""
    size = shift = 0
    for place, byte in enumerate(data[1:5], 2):
        size |= (byte & 127) << shift
        shift += 7
        if not byte & 128:
            if len(data) < place + size:
                return None
            return data[0], data[place : place + size], data[place + size :]
    return None


def _word(text: str) -> bytes:
    return len(text.encode()).to_bytes(2, "big") + text.encode()


async def obey(port: int, devices: list[tuple[str, str]], orders: int, within: float) -> dict[str, Any]:
    """Connect all, say "ready", and obey until so many orders are answered or the time is over; how it went."""
    cpu, began, lines = time.process_time(), time.time(), list[Gateway]()
    gate = asyncio.Semaphore(AT_ONCE)

    async def connect(device: str, secret: str) -> None:
        async with gate:
            loop = asyncio.get_running_loop()
            _, line = await loop.create_connection(lambda: Gateway(device, secret), "127.0.0.1", port)
            await asyncio.wait_for(line.hears, 60)
            lines.append(line)

    await asyncio.gather(*(connect(*device) for device in devices))
    connected = time.time() - began
    print("ready", flush=True)
    until = time.time() + min(within, LONGEST)
    while time.time() < until:
        if sum(len(line.done) for line in lines) >= orders and not sum(line.unanswered for line in lines):
            break
        await asyncio.sleep(0.05)
    seconds = time.time() - began
    for line in lines:
        line.close()
    await asyncio.gather(*(line.lost for line in lines))
    return {
        "connected_after_s": connected,
        "seconds": seconds,
        "done": sum(len(line.done) for line in lines),
        "cpu_seconds": time.process_time() - cpu,
    }


if __name__ == "__main__":
    print(json.dumps(asyncio.run(obey(**json.load(sys.stdin)))))
