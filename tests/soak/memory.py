"""Memory: what parts hold while a proof goes on, and whether that grows with the work or stays flat."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tests.soak.city import City

#: A part may grow so far (MB, and share of what it had) in the second half of the work.
SLACK, SHARE = 40.0, 0.15
#: Before so much is done, what is seen is libraries being loaded and caches being filled.
WARM = 50_000
#: Of whom it is asked that they stay flat: an engine fills what memory it was given, and says so.
FLAT = ("ingest", "gateway", "web", "jobs")


class Memory:
    """MB of some parts, each with its children, looked at now and then as the work goes on."""

    def __init__(self, city: City, parts: Sequence[str]) -> None:
        self._city, self._parts = city, parts
        self._seen: list[tuple[int, dict[str, float]]] = []
        self.look(0)

    def look(self, done: int) -> None:
        """Note what they hold now that so much is done."""
        self._seen.append((done, self._city.resident(*self._parts)))

    def last(self) -> str:
        """What was seen last, for a line of progress."""
        return ", ".join(f"{name} {held:.0f}" for name, held in self._seen[-1][1].items())

    def told(self) -> dict[str, Any]:
        """At first, at half, at the end; the growth per 100,000 in the second half; and who is not flat."""
        half = self._seen[(len(self._seen) - 1) // 2][1]
        first, last = self._seen[0][1], self._seen[-1][1]
        grown = [
            name
            for name in self._parts
            if self._seen[-1][0] >= 2 * WARM
            and name in FLAT
            and last[name] - half[name] > max(SLACK, SHARE * half[name])
        ]
        return {
            "mb_at_first": first,
            "mb_at_half": half,
            "mb_at_the_end": last,
            "mb_more_per_100k": {name: self._slope(name) for name in self._parts},
            "memory_grows": ", ".join(grown),
        }

    def _slope(self, name: str) -> float:
        late = self._seen[(len(self._seen) - 1) // 2 :]
        if len(late) < 3:
            return 0.0
        done, held = [at for at, _ in late], [seen[name] for _, seen in late]
        return float(np.polyfit(done, held, 1)[0] * 100_000)
