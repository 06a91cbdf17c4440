"""Backtest: which night-flow alerts a record of inflow would have opened, night by night, all in memory.

Each night the rule sees what it would have seen then, and nothing later; alerts open and close as in the city.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from candia.core.rule import Clear, Open, Row
from candia.services.water import rules
from candia.services.water.readings import NIGHT

#: The nights that the rule's window holds.
NIGHTS = 58
DAY = timedelta(days=1)


@dataclass
class Found:
    """An alert that would have opened: where, from which morning to which (None: to the record's end), on what."""

    district: str
    opened: date
    evidence: Mapping[str, Any]
    closed: date | None = None
    #: The least inflow of each night while it stood, L/s.
    stood: list[float] = field(default_factory=list)

    @property
    def rise(self) -> float:
        """By how much the median night while it stood lay above the usual at the opening, L/s."""
        return float(np.median(self.stood)) - float(self.evidence["usual"])


def nights(recorded: pa.Table) -> dict[str, dict[date, float]]:
    """The least inflow of each night by district and day, from a recording's own clock."""
    hour = pc.hour(recorded["wall"])
    those = recorded.filter(pc.and_(pc.greater_equal(hour, NIGHT[0]), pc.less(hour, NIGHT[1])))
    keys = pa.table(
        {"entity": those["entity"], "day": pc.cast(those["wall"], pa.date32()), "value": those["value"]}
    )
    least = keys.group_by(["entity", "day"]).aggregate([("value", "min")])
    found: dict[str, dict[date, float]] = {}
    for entity, day, value in zip(
        *(least[name].to_pylist() for name in ("entity", "day", "value_min")), strict=True
    ):
        found.setdefault(entity, {})[day] = value
    return dict(sorted(found.items()))


def run(
    least: Mapping[str, Mapping[date, float]], settle: timedelta = timedelta(0), **thresholds: Any
) -> list[Found]:
    """Every alert that the rule would have opened in these districts, by district and date."""
    return [found for district, own in least.items() for found in _of(district, own, settle, thresholds)]


def _of(
    district: str, own: Mapping[date, float], settle: timedelta, thresholds: Mapping[str, Any]
) -> Iterator[Found]:
    standing: Found | None = None
    clear: date | None = None
    for day, window in _windows(own):
        verdict = rules.night_flow(Row(district, {"min": window}, {}), **thresholds)
        if isinstance(verdict, Open) and standing is None:
            standing = Found(district, day, verdict.evidence)
        if standing is None:
            continue
        standing.stood += [window[-1]] if window[-1] is not None else []
        clear = (clear or day) if isinstance(verdict, Clear) else None if isinstance(verdict, Open) else clear
        if clear is not None and day - clear >= settle:
            standing.closed = day
            yield standing
            standing, clear = None, None
    if standing is not None:
        yield standing


def _windows(own: Mapping[date, float]) -> Iterator[tuple[date, Sequence[float | None]]]:
    """Each day of the record with the nights up to it, oldest first."""
    first, last = min(own), max(own)
    every = [own.get(first + DAY * number) for number in range((last - first).days + 1)]
    blank: list[float | None] = [None] * NIGHTS
    padded = blank + every
    for number in range(len(every)):
        yield first + DAY * number, padded[number + 1 : number + 1 + NIGHTS]
