"""Daily: the balances of finished days, of all districts and of the meters that count in each, at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from django.utils import timezone

from candia.core.telemetry import zone
from candia.services.water import readings
from candia.services.water.readings import ENOUGH, HOUR, HOUR_M3, Balance
from candia.telemetry.observation import Window

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Day:
    """A district's day: its balance, None without enough inflow, and the least inflow of its night, L/s."""

    district: str
    day: date
    balance: Balance | None
    night: float | None


#: The meters that count in each district, and what each rises by on a usual day, m³.
Groups = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True)
class Rises:
    """What every meter rose by on each of so many days (m³, nothing as NaN) and how often it was read."""

    count: int
    row: Mapping[str, int]
    rises: Floats
    counts: Floats

    @classmethod
    def ask(cls, count: int) -> Rises:
        """Of the finished days before today; one question."""
        found = readings.table(
            "index",
            Window("index", days=count, each="day", take=("increase", "count")),
            midnight(timezone.localdate(timezone=zone())),
        )
        rises, counts = _square(found, "increase", count), np.nan_to_num(_square(found, "count", count))
        row = {meter: place for place, meter in enumerate(found["entity"].to_pylist())}
        return cls(count, row, rises, counts)

    def usual(self) -> dict[str, float]:
        """What each meter that was heard rises by on a usual day, m³."""
        known = ~np.isnan(self.rises)
        means = np.nansum(self.rises, axis=1) / np.maximum(known.sum(axis=1), 1)
        return {meter: float(means[place]) for meter, place in self.row.items() if known[place].any()}

    def of(self, group: Mapping[str, float]) -> tuple[Floats, Floats]:
        """Those of a group, [meters, days]; a member of which nothing is heard at all goes on as it used to."""
        rows = [self.row.get(meter) for meter in group]
        nothing = np.full(self.count, np.nan)
        rises = [nothing if row is None else self.rises[row] for row in rows]
        counts = [np.zeros(self.count) if row is None else self.counts[row] for row in rows]
        if not rises:
            return np.empty((0, self.count)), np.empty((0, self.count))
        filled = _filled(np.vstack(rises))
        silent = np.isnan(filled).all(axis=1)
        filled[silent] = np.array(list(group.values()))[silent, None]
        return filled, np.vstack(counts)


def days(count: int, groups: Groups, counted: Rises) -> Iterator[Day]:
    """The last so many finished days of every district whose inflow was measured, oldest first; two questions."""
    today = timezone.localdate(timezone=zone())
    until, all_days = midnight(today), [today - timedelta(days=back) for back in range(count, 0, -1)]
    flows, hours = _flows(all_days[0], until)
    own = {district: counted.of(group) for district, group in groups.items()}
    nights = readings.least_inflow(all_days[0], all_days[-1])
    for place, day in enumerate(all_days):
        those = [hour == day for hour in hours]
        for district, flow in flows.items():
            balance = _balance(flow[those], *own.get(district, (np.empty((0, count)),) * 2), place)
            yield Day(district, day, balance, nights.get(district, {}).get(day))


def _balance(flow: Floats, rises: Floats, counts: Floats, place: int) -> Balance | None:
    known = int((~np.isnan(flow)).sum())
    if known < ENOUGH * len(flow):
        return None
    reporting, meters = int((counts[:, place] > 0).sum()), len(rises)
    return Balance(
        float(np.nanmean(flow)) * HOUR_M3 * len(flow),
        float(np.nansum(rises[:, place])),
        meters,
        reporting,
        estimated=known < len(flow) or reporting < meters,
    )


def _flows(first: date, until: datetime) -> tuple[dict[str, Floats], list[date]]:
    """The mean inflow of each hour by district, and the city's day on which each hour begins."""
    # In UTC, where alone differences across a change of the clocks are right.
    since, end = midnight(first).astimezone(UTC), until.astimezone(UTC)
    count = round((end - since) / HOUR)
    found = readings.table("inflow", Window("inflow", hours=count, each="hour", take=("mean",)), end)
    lists = _square(found, "mean", count)
    hours = [(since + hour * HOUR).astimezone(zone()).date() for hour in range(count)]
    return dict(zip(found["entity"].to_pylist(), lists, strict=True)), hours


def _filled(rises: Floats) -> Floats:
    """A day without readings, after a meter's first, is taken for its usual one."""
    known = ~np.isnan(rises)
    usual = np.nansum(rises, axis=1) / np.maximum(known.sum(axis=1), 1)
    begun = np.maximum.accumulate(known, axis=1)
    return np.where(begun & ~known, usual[:, None], rises)


def _square(found: pa.Table, name: str, count: int) -> Floats:
    """A column of equally long lists as [entities, count], nothing as NaN."""
    flat = found[name].combine_chunks().flatten()
    square: Floats = flat.to_numpy(zero_copy_only=False).astype(float).reshape(-1, count)
    return square


def midnight(day: date) -> datetime:
    """The moment at which a day of the city begins."""
    return datetime(day.year, day.month, day.day, tzinfo=zone())
