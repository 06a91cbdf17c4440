"""Devices that keep what was not acknowledged and send it again, and gateways that do so by HTTP.

They know nothing of the city but its doors, and keep their own account of what was acknowledged. Run as
`python -m tests.soak.devices`, which reads its task as JSON on the first line, goes on until a second line comes,
sends what is still owed, writes the account to a file and tells the sums as JSON.
Source: MQTT 3.1.1, sections 3.1 to 3.4 and 4.4.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import threading
import time
from collections import OrderedDict
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from tests.soak.packs import Gateway

#: Readings of one device, and how far apart they are (ms) in the time that they tell of.
STEP = 7_000
#: So many messages of one device wait for an answer at once; more wait in its memory.
UNDER_WAY = 400
# A device that waits this long (s) for an answer thinks that its connection is dead.
PATIENCE = 15.0
TICK = 0.05


class Account:
    """Which of a sender's readings were acknowledged, by number, and when the last answer came."""

    def __init__(self) -> None:
        self.numbers = bytearray()
        self.acknowledged = 0

    def note(self, number: int) -> None:
        """This one was acknowledged; twice is once."""
        if number >= len(self.numbers):
            self.numbers.extend(bytes(max(number + 1 - len(self.numbers), len(self.numbers) + 1024)))
        if not self.numbers[number]:
            self.numbers[number] = 1
            self.acknowledged += 1


class Device:
    """One device: its readings fall due at a steady rate, and each is sent until it is acknowledged."""

    def __init__(self, port: int, known: tuple[str, str, list[str]], start: int, rate: float) -> None:
        self.name, self._secret, (self._entity,) = known
        self._port, self._start, self._rate = port, start, rate
        self.account, self.made, self.connections, self.sent = Account(), 0, 0, 0
        self._kept: OrderedDict[int, None] = OrderedDict()
        self._topic = f"v1/{self.name}".encode()
        self._under_way: dict[int, int] = {}
        self._packet = 0
        self._heard = 0.0

    @property
    def owed(self) -> int:
        """Readings that were made and not acknowledged."""
        return len(self._kept)

    async def live(self, began: float, stop: asyncio.Event) -> None:
        """Connect, send, and connect again, until `stop` is set and nothing is owed."""
        making = asyncio.create_task(self._make(began, stop))
        while not (stop.is_set() and making.done() and not self._kept):
            with suppress(OSError, TimeoutError, asyncio.IncompleteReadError):
                await self._connected(stop)
            await asyncio.sleep(random.uniform(0.2, 1.0))
        await making

    async def _make(self, began: float, stop: asyncio.Event) -> None:
        while not stop.is_set():
            due = int((time.monotonic() - began) * self._rate)
            self._kept.update(dict.fromkeys(range(self.made, due)))
            self.made = max(self.made, due)
            await asyncio.sleep(TICK)

    async def _connected(self, stop: asyncio.Event) -> None:
        reader, writer = await asyncio.wait_for(asyncio.open_connection("127.0.0.1", self._port), PATIENCE)
        try:
            words = b"".join(_word(word.encode()) for word in (self.name, self.name, self._secret))
            body = _word(b"MQTT") + b"\x04\xc2\x00\x1e" + words
            writer.write(b"\x10" + _length(len(body)) + body)
            if await asyncio.wait_for(reader.readexactly(4), PATIENCE) != b"\x20\x02\x00\x00":
                return
            self.connections += 1
            self._heard, self._under_way = time.monotonic(), {}
            hearing = asyncio.create_task(self._hear(reader))
            try:
                while not hearing.done() and not (stop.is_set() and not self._kept):
                    self._send(writer)
                    if self._under_way and time.monotonic() - self._heard > PATIENCE:
                        return
                    await asyncio.sleep(TICK)
                writer.write(b"\xe0\x00")
            finally:
                hearing.cancel()
                await asyncio.gather(hearing, return_exceptions=True)
        finally:
            writer.close()

    def _send(self, writer: asyncio.StreamWriter) -> None:
        if not self._under_way:
            self._heard = time.monotonic()
        room = UNDER_WAY - len(self._under_way)
        flying = set(self._under_way.values())
        packets = []
        for number in self._kept:
            if len(packets) >= room:
                break
            if number not in flying:
                packets.append(self._packed(number))
        if packets:
            self.sent += len(packets)
            writer.write(b"".join(packets))

    def _packed(self, number: int) -> bytes:
        self._packet = self._packet % 65_535 + 1
        self._under_way[self._packet] = number
        told = f'{{"entity":"{self._entity}","time":{self._start + number * STEP},"inflow":{number % 1000}}}'
        body = told.encode()
        length = _length(len(self._topic) + 4 + len(body))
        return b"\x32%b%b%b%b" % (length, _word(self._topic), self._packet.to_bytes(2, "big"), body)

    async def _hear(self, reader: asyncio.StreamReader) -> None:
        """Every packet that comes is four bytes long: PUBACK with the number of what it answers."""
        while True:
            answer = await reader.readexactly(4)
            self._heard = time.monotonic()
            number = self._under_way.pop(int.from_bytes(answer[2:], "big"), None)
            if answer[0] == 0x40 and number is not None:
                self.account.note(number)
                self._kept.pop(number, None)


def _word(text: bytes) -> bytes:
    return len(text).to_bytes(2, "big") + text


def _length(count: int) -> bytes:
    found = bytearray()
    while True:
        count, low = divmod(count, 128)
        found.append(low | (128 if count else 0))
        if not count:
            return bytes(found)


async def run(task: dict[str, Any]) -> dict[str, Any]:
    """Let all live until standard input says stop; what became of it."""
    stop, began = asyncio.Event(), time.monotonic()
    each = task["rate"] / max(1, len(task["devices"]))
    devices = [Device(task["mqtt_port"], tuple(known), task["start"], each) for known in task["devices"]]
    gateways = [
        Gateway(task["port"], tuple(known), task["start"], task["packs"] / max(1, len(task["gateways"])))
        for known in task["gateways"]
    ]
    for gateway in gateways:
        gateway.start()
    lives = [asyncio.create_task(device.live(began, stop)) for device in devices]
    loop = asyncio.get_running_loop()
    threading.Thread(
        target=lambda: (sys.stdin.readline(), loop.call_soon_threadsafe(stop.set)), daemon=True
    ).start()
    pause = asyncio.create_task(_longest_pause(devices, stop))
    await stop.wait()
    ended = time.monotonic()
    for gateway in gateways:
        gateway.stop.set()
    _, late = await asyncio.wait(lives, timeout=task["patience"]) if lives else (set(), set())
    for life in late:
        life.cancel()
    for gateway in gateways:
        await asyncio.to_thread(gateway.join, task["patience"])
    senders = [*devices, *gateways]
    _write(Path(task["account"]), senders)
    return {
        "seconds": ended - began,
        "made": sum(one.made for one in devices) + sum(one.made for one in gateways),
        "sent": sum(one.sent for one in senders),
        "acknowledged": sum(one.account.acknowledged for one in senders),
        "owed": sum(one.owed for one in senders),
        "connections": sum(one.connections for one in devices),
        "longest_pause_s": await pause,
    }


def _write(path: Path, senders: list[Any]) -> None:
    with path.open("wb") as file:
        np.savez_compressed(
            file, **{one.name: np.frombuffer(bytes(one.account.numbers), np.uint8) for one in senders}
        )


async def _longest_pause(devices: list[Device], stop: asyncio.Event) -> float:
    """For how long, at most, not one device was answered."""
    longest, last, before = 0.0, time.monotonic(), -1
    while not stop.is_set():
        now, count = time.monotonic(), sum(device.account.acknowledged for device in devices)
        if count != before:
            longest, last, before = max(longest, now - last), now, count
        await asyncio.sleep(TICK)
    return max(longest, time.monotonic() - last)


if __name__ == "__main__":
    print(json.dumps(asyncio.run(run(json.loads(sys.stdin.readline())))))  # noqa: T201 — read by whoever started it
