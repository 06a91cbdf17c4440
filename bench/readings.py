"""A city's readings made up by the day, all at once: meters that count litres, and what flows into districts.

Each household has a use of its own, spread over the day as households do; one in twenty leaks day and night.
A meter tells its index once an hour, at a moment of the hour that is its own; a district its inflow four times.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa

from candia.telemetry.store import microseconds, milliseconds, schema

DISTRICTS = 10
#: Midnight in Athens at a summer's end, so that even a few days lie in two months; nothing else hangs on it.
SINCE = datetime(2026, 8, 27, 21, tzinfo=UTC)
METER, DISTRICT = 1, 2
fields = np.dtype([("property", "i2"), ("entity", "i4"), ("time", "i8"), ("value", "f8")])
# Litres of a household by the hour of the day, as shares of its day.
_day = np.array([1, 1, 1, 1, 1, 2, 5, 8, 8, 6, 5, 5, 5, 6, 5, 4, 4, 5, 6, 7, 7, 5, 3, 2]) / 103
HOUR = 3_600_000


class Readings:
    """The readings of `meters` meters; the same each time they are made."""

    def __init__(self, meters: int) -> None:
        self.meters = meters
        self._chance = np.random.default_rng(18)
        self._daily = self._chance.lognormal(5.6, 0.6, meters)
        self._leak = np.where(self._chance.random(meters) < 0.05, self._chance.integers(4, 60, meters), 0)
        self._moment = self._chance.integers(0, HOUR // 1000, meters) * 1000
        # None is as new as 20 m³: VictoriaMetrics takes a low first count for one that began at nothing.
        self._litres = self._chance.integers(20_000, 3_000_000, meters)
        self._hour = 0

    def days(self, count: int) -> Iterator[list[np.ndarray]]:
        """The next days, each as its 24 hours of rows: property, entity, time (ms since 1970), value."""
        for _ in range(count):
            yield [self._next_hour() for _ in range(24)]

    def _next_hour(self) -> np.ndarray:
        start = int(SINCE.timestamp() * 1000) + self._hour * HOUR
        share = _day[self._hour % 24]
        self._hour += 1
        used = self._daily * share * self._chance.exponential(1, self.meters)
        self._litres += np.rint(used).astype(int) + self._leak
        meters, quarters = np.empty(self.meters, fields), np.empty(4 * DISTRICTS, fields)
        meters["property"], meters["entity"] = METER, np.arange(self.meters)
        meters["time"], meters["value"] = start + self._moment, self._litres / 1000
        quarters["property"], quarters["entity"] = DISTRICT, np.tile(np.arange(DISTRICTS), 4)
        quarters["time"] = start + np.repeat(np.arange(4) * HOUR // 4, DISTRICTS)
        quarters["value"] = np.round(self._inflow(share), 2)
        return np.concatenate([meters, quarters])

    def _inflow(self, share: float) -> np.ndarray:
        """Litres per second of each district at four moments of the hour: its households, and its losses."""
        households = self._daily.sum() * share / 3600 / DISTRICTS
        return np.tile(np.linspace(0.5, 1.5, DISTRICTS), 4) * (
            households * self._chance.normal(1, 0.1, 4 * DISTRICTS).clip(0.1) + 3
        )


def until(days: int) -> datetime:
    """The moment after the last reading of so many days."""
    return SINCE + timedelta(days=days)


class Batches:
    """Rows as batches that Store.append takes, as ingest makes them."""

    def __init__(self, meters: int) -> None:
        names = np.array(
            [*(f"water.meter:{n}" for n in range(meters)), *(f"water.district:{n}" for n in range(DISTRICTS))]
        )
        self._names, self._meters = pa.array(names), meters
        self._properties = pa.array(["", "water.index", "water.inflow"])

    def batch(self, rows: np.ndarray) -> pa.Table:
        """The rows in the store's own columns, received a minute after they were read."""
        entity = np.where(rows["property"] == METER, rows["entity"], self._meters + rows["entity"])
        taken = rows["time"] * 1000 + 60_000_000
        return pa.Table.from_arrays(
            [
                self._properties.take(pa.array(rows["property"])),
                self._names.take(pa.array(entity)),
                pa.array(rows["time"]).cast(milliseconds),
                pa.array(rows["value"]),
                pa.nulls(len(rows), pa.string()).fill_null(""),
                pa.array(taken).cast(microseconds),
            ],
            schema=schema,
        )
