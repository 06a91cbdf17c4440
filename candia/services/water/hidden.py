"""Hidden: what goes wrong among simulated meters, when and how much: the truth that rules are measured by."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np

HOUR, DAY = 3600, 86400
EPOCH = date(1970, 1, 1).toordinal()


@dataclass(frozen=True)
class Hidden:
    """One thing hidden at a meter, from `begin` to before `end` (s since 1970).

    `size` is litres an hour (leak, burst, backflow) or per cent (low_battery), and nothing for the others.
    """

    meter: int
    kind: str
    begin: int
    end: int
    size: float = 0.0

    def hours(self, start: int) -> range:
        """Which of the 24 hours from `start` on it has a share in; an exchange has only the first."""
        first = max(0, (self.begin - start) // HOUR)
        last = min(24, -(-(self.end - start) // HOUR))
        return range(first, max(first, last))

    def days_since(self, start: int) -> float:
        """How many days it has gone on at this moment."""
        return max(0.0, (start - self.begin) / DAY)


@dataclass(frozen=True)
class Rate:
    """How often a kind comes, for a thousand meters in a week; how long it stays and how large it is."""

    kind: str
    often: float
    hours: tuple[float, float]
    size: tuple[float, float]


# Chosen so that a shift has something of each kind to look at; no utility's own figures.
rates = (
    Rate("leak", 0.8, (60, 900), (8, 90)),
    Rate("burst", 0.25, (3, 14), (500, 2200)),
    Rate("backflow", 0.25, (10, 90), (15, 120)),
    Rate("stuck", 0.25, (240, 900), (0, 0)),
    Rate("silent", 0.35, (60, 500), (0, 0)),
    Rate("low_battery", 0.4, (200, 700), (7, 10)),
    Rate("exchange", 0.4, (1, 1), (0, 0)),
)
# Nothing lasts longer, with the pause (s) that a meter has between two troubles: one looks back so far.
LONGEST, APART = timedelta(hours=950), 2 * DAY


def hidden(meters: int, since: date, until: date, seed: int) -> list[Hidden]:
    """What goes wrong on these days; what began before them comes along, and a meter has one thing at a time."""
    week = (since - LONGEST).toordinal() // 7
    found: list[Hidden] = []
    taken: dict[int, int] = {}
    while week * 7 <= until.toordinal():
        for one in _week(meters, week, seed):
            if taken.get(one.meter, 0) + APART < one.begin:
                found.append(one)
            # What was left out counts as well, so that nothing depends on where one begins to look.
            taken[one.meter] = max(taken.get(one.meter, 0), one.end)
        week += 1
    return found


def _week(meters: int, week: int, seed: int) -> Iterator[Hidden]:
    rng = np.random.default_rng([seed, week, 3])
    start = (week * 7 - EPOCH) * DAY
    drawn: list[Hidden] = []
    for rate in rates:
        for _ in range(rng.poisson(rate.often * meters / 1000)):
            begin = start + int(rng.integers(0, 7 * 24)) * HOUR
            low, high = rate.hours
            lasts = int(np.exp(rng.uniform(np.log(low), np.log(high))))
            size = round(float(rng.uniform(*rate.size)))
            drawn.append(Hidden(int(rng.integers(meters)), rate.kind, begin, begin + lasts * HOUR, size))
    yield from sorted(drawn, key=lambda one: one.begin)


def write(path: Path, truth: Iterable[Hidden], ids: Sequence[str]) -> int:
    """Write the truth as a table: entity, kind, begin, end, size; how many lines."""
    lines = [
        (ids[one.meter], one.kind, _iso(one.begin), _iso(one.end), f"{one.size:g}")
        for one in sorted(truth, key=lambda one: one.begin)
    ]
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(("entity", "kind", "begin", "end", "size"))
        table.writerows(lines)
    return len(lines)


def _iso(moment: int) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat().replace("+00:00", "Z")
