"""Messages: nonsense from forty devices through the real door and the real ingest, while others speak sense."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from contextlib import suppress
from typing import Any

from candia.telemetry.ingest import COUNTERS
from candia.telemetry.stream import OBSERVATIONS, Stream
from tests.soak.blows import Load, say, speaking
from tests.soak.city import Breach, City, failures, running
from tests.soak.devices import _length, _word
from tests.soak.memory import Memory
from tests.soak.nonsense import Nonsense

TALKERS, BURST = 40, 100
PATIENCE = 30.0
# Ingest that takes nothing more for so long (s) stands still.
STANDS_STILL = 60
PARTS = ("ingest", "gateway", "web", "nats", "clickhouse")
Row = dict[str, Any]


def messages(count: int, seed: int, load: Load) -> list[Row]:
    """So many messages of nonsense; the others' readings must all be there afterwards, and every part untouched."""
    sense = Load(rate=min(100.0, load.rate), packs=1, devices=4, gateways=1)
    with running(devices=4, gateways=1, talkers=TALKERS) as city, speaking(city, sense) as spoken:
        memory, before = Memory(city, PARTS), city.restarts()
        talked = talk(city, count, Nonsense(seed), load.rate, memory)
        told = asyncio.run(_caught_up(city))
        said, balance = spoken.end(settle=False), spoken.balance()
        memory.look(count)
        return [
            {
                "messages": count,
                "seed": seed,
                **talked,
                "refused": told["dead"],
                "not_taken": told["not_taken"],
                "readings_of_others_acknowledged": balance.acknowledged,
                "lost": balance.lost,
                "doubled": balance.doubled,
                "hours_wrong": balance.hours_wrong,
                "others_longest_without_an_answer_s": said["longest_pause_s"],
                "restarts": city.restarts() - before,
                "unexpected_words": failures(city),
                **memory.told(),
            }
        ]


def breaches(row: Row) -> list[str]:
    """What of a row must be nothing and is not."""
    zero = ("lost", "doubled", "hours_wrong", "restarts", "unexpected_words", "not_taken", "memory_grows")
    return [f"{name} is {row[name]}" for name in zero if row.get(name)]


def talk(city: City, count: int, nonsense: Nonsense, rate: float, memory: Memory) -> Row:
    """Send so much nonsense, at most `rate` a second; how it went."""
    lines = [Talker(city.config.mqtt_port, *known[:2]) for known in city.filled["talkers"]]
    began, done, size, step = time.monotonic(), 0, 0, max(1, count // 20)
    while done < count:
        payloads = [nonsense.payload() for _ in range(min(BURST, count - done))]
        lines[done // BURST % len(lines)].say(payloads)
        size += sum(map(len, payloads))
        if done // step != (done + len(payloads)) // step:
            memory.look(done + len(payloads))
            say(f"{done + len(payloads):,} of {count:,}; MB: {memory.last()}")
        done += len(payloads)
        time.sleep(max(0.0, began + done / rate - time.monotonic()))
    took = time.monotonic() - began
    for line in lines:
        line.close()
    return {
        "megabytes": size / 1e6,
        "per_s": count / took,
        "hung_up_on": sum(line.hung_up_on for line in lines),
    }


class Talker:
    """An MQTT client that sends whatever it is given, and waits for the answers to all of it."""

    def __init__(self, port: int, name: str, secret: str) -> None:
        self._port, self._name, self._secret = port, name, secret
        self._line: socket.socket | None = None
        self.hung_up_on = 0

    def say(self, payloads: list[bytes]) -> None:
        """Send them all; who is hung up on goes on with the next, after it has connected again."""
        until = time.monotonic() + 10 * PATIENCE
        while payloads:
            if time.monotonic() > until:
                raise Breach(f"{self._name} gets no answer at the door.")
            try:
                line = self._line or self._connect()
                line.sendall(
                    b"".join(self._packet(n, payload) for n, payload in enumerate(payloads, start=1))
                )
                self._hear(line, 4 * len(payloads))
                payloads = []
            except OSError:
                self.hung_up_on += 1
                self.close()
                payloads = payloads[1:] if len(payloads) == 1 else payloads[len(payloads) // 2 :]
                time.sleep(0.2)

    def _connect(self) -> socket.socket:
        line = socket.create_connection(("127.0.0.1", self._port), PATIENCE)
        body = (
            _word(b"MQTT")
            + b"\x04\xc2\x00\x00"
            + b"".join(_word(word.encode()) for word in (self._name, self._name, self._secret))
        )
        line.sendall(b"\x10" + _length(len(body)) + body)
        if self._hear(line, 4) != b"\x20\x02\x00\x00":
            line.close()
            raise ConnectionRefusedError(self._name)
        self._line = line
        return line

    @staticmethod
    def _hear(line: socket.socket, count: int) -> bytes:
        heard = b""
        while len(heard) < count:
            if not (more := line.recv(count - len(heard))):
                raise ConnectionResetError("hung up")
            heard += more
        return heard

    def _packet(self, number: int, payload: bytes) -> bytes:
        topic = f"v1/{self._name}".encode()
        return b"\x32%b%b%b%b" % (
            _length(len(topic) + 4 + len(payload)), _word(topic), number.to_bytes(2, "big"), payload,
        )  # fmt: skip

    def close(self) -> None:
        """Hang up."""
        if self._line is not None:
            with suppress(OSError):
                self._line.close()
        self._line = None


async def _caught_up(city: City) -> Row:
    """What ingest counts once it has taken all that the stream holds; `not_taken` messages where it never does."""
    stream = await Stream.connect(city.config.stream_url)
    until, counters, left = time.monotonic() + STANDS_STILL, {"dead": 0, "stored": 0}, -1
    try:
        while time.monotonic() < until:
            # One that is being started again has no answer yet.
            with suppress(Exception):
                before = counters["stored"]
                counters = json.loads((await stream.client.request(COUNTERS, b"", timeout=5)).data)
                if counters["stored"] > before:
                    until = time.monotonic() + STANDS_STILL
            left = (await stream.context.stream_info(OBSERVATIONS)).state.last_seq - counters["stored"]
            # The others go on speaking: a second of theirs is always under way.
            if left < 1000:
                return {**counters, "not_taken": 0}
            await asyncio.sleep(0.5)
        return {**counters, "not_taken": left}
    finally:
        await stream.close()
