"""Flooding: one client does its worst, in one way after another, while others ask and must be served."""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass, field
from typing import Any

from tests.soak import floods as clients
from tests.soak.blows import Load, say
from tests.soak.city import City, failures, running
from tests.soak.memory import Memory

LASTS, ASKED_EACH, GIVES_UP = 20.0, 0.1, 30.0
#: Of the others 95 in a hundred are answered within so many seconds.
WITHIN = 1.0
PAGES = ("/", "/dialogue/proposals/", "/healthz", "/water/", "/people/privacy/", "/api/v1/city")
Row = dict[str, Any]


@dataclass
class Others:
    """Visitors of twenty addresses, one asking each tenth of a second, whatever became of the one before."""

    port: int
    waits: list[float] = field(default_factory=list)
    failed: int = 0

    async def ask(self, seconds: float) -> None:
        """Ask for so long, and wait for the last answer."""
        began, asked = time.monotonic(), []
        for number in range(int(seconds / ASKED_EACH)):
            await asyncio.sleep(max(0.0, began + number * ASKED_EACH - time.monotonic()))
            asked.append(asyncio.create_task(self._one(number, began + number * ASKED_EACH)))
        await asyncio.gather(*asked)

    async def _one(self, number: int, due: float) -> None:
        """One page, and how long after it was due the answer was there."""
        try:
            async with asyncio.timeout(GIVES_UP):
                reader, writer = await asyncio.open_connection(
                    "127.0.0.1", self.port, local_addr=(f"127.0.9.{number % 20 + 1}", 0)
                )
                path = PAGES[number % len(PAGES)]
                writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
                answer = await reader.read()
                writer.close()
            self.failed += not answer.startswith(b"HTTP/1.1 200")
        except (OSError, TimeoutError):
            self.failed += 1
        self.waits.append(time.monotonic() - due)


def floods(times: int, seed: int, _load: Load) -> list[Row]:
    """So many floods, each of another kind."""
    with running(devices=1, sessions=1) as city:
        memory, chance = Memory(city, ("web",)), random.Random(seed)
        ways = [way.__name__ for way in clients.FLOODS]
        rows = [_one(city, ways[number % len(ways)], chance) for number in range(times)]
        memory.look(times)
        rows[-1] |= memory.told()
    return rows


def breaches(row: Row) -> list[str]:
    """What of a row must not be."""
    found = [
        f"{name} is {row[name]} in {row['way']}"
        for name in ("failed", "restarts", "memory_grows")
        if row.get(name)
    ]
    return found + ([f"p95_s is {row['p95_s']:.2f} in {row['way']}"] if row["p95_s"] >= WITHIN else [])


def _one(city: City, name: str, chance: random.Random) -> Row:
    """One flood by a client at an address of its own, in a process of its own."""
    before, others = city.restarts(), Others(city.config.port)
    to = clients.Target("127.0.0.1", city.config.port, source=f"127.0.0.{chance.randint(60, 250)}")
    with clients.flooding(name, to, LASTS + GIVES_UP):
        asyncio.run(others.ask(LASTS))
    waits = sorted(others.waits)
    row = {
        "way": name,
        "others_asked": len(waits),
        "failed": others.failed,
        "p50_s": waits[len(waits) // 2],
        "p95_s": waits[int(0.95 * len(waits))],
        "slowest_s": waits[-1],
        "restarts": city.restarts() - before,
        "unexpected_words": failures(city),
    }
    say(f"{name}: others p95 {row['p95_s']:.2f} s, {others.failed} of {len(waits)} failed")
    return row
