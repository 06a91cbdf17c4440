"""Throttle of guesses: whoever is wrong waits for the answer, each address for itself, with one line a second.

A secret of 256 bits is not guessed, so what a flood of guesses can do is to cost: answers, lines in NATS' log and
in ours, and the patience of others. Hence a pause before each no, longer for an address from which many wait for
theirs. Whoever is right never waits, from whatever address.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable

log = logging.getLogger(__name__)
#: Seconds before a no, and where so many of one address wait already: NATS writes a line more after two. Where so
#: many wait in all it is said at once.
PAUSE, LONG, EACH, ALL = 1.0, 1.8, 32, 5000
# An address for each line of the log in a second; the others are counted together.
LINES = 5


class Guesses:
    """The refusals of one gateway."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._told_at = clock, -1.0
        self._waiting: Counter[str] = Counter()
        self._counts: Counter[str] = Counter()
        self._last: dict[str, tuple[str, str]] = {}

    async def refused(self, host: str, id: str, why: str) -> None:
        """Note it, and wait for as long as the answer shall."""
        self._counts[host] += 1
        self._last[host] = id[:64], why
        self.tell()
        if self._waiting.total() >= ALL:
            return
        pause = PAUSE if self._waiting[host] < EACH else LONG
        self._waiting[host] += 1
        try:
            await asyncio.sleep(pause)
        finally:
            self._waiting[host] -= 1
            if not self._waiting[host]:
                del self._waiting[host]

    def tell(self) -> None:
        """Write down who was refused since the last time, at most once a second."""
        if not self._counts or self._clock() - self._told_at < 1:
            return
        self._told_at = self._clock()
        for host, count in self._counts.most_common(LINES):
            id, why = self._last[host]
            more = f" {count - 1} more from there were refused within a moment." if count > 1 else ""
            log.warning("%r from %s was not let in: %s.%s", id, host, why, more)
        if others := len(self._counts) - LINES:
            log.warning("So were others from %d more addresses.", max(0, others)) if others > 0 else None
        self._counts.clear()
        self._last.clear()
