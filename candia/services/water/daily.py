"""Daily: the balances of finished days, of all districts and meters at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from django.utils import timezone

from candia.core.telemetry import zone
from candia.services.water import readings
from candia.services.water.models import Meter
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


def days(count: int) -> Iterator[Day]:
    """The last so many finished days of every district whose inflow was measured, oldest first; three questions."""
    today = timezone.localdate(timezone=zone())
    until, all_days = _midnight(today), [today - timedelta(days=back) for back in range(count, 0, -1)]
    flows, hours = _flows(all_days[0], until)
    counted = _counted(count, until)
    nights = readings.least_inflow(all_days[0], all_days[-1])
    for place, day in enumerate(all_days):
        those = [hour == day for hour in hours]
        for district, flow in flows.items():
            balance = _balance(flow[those], *counted.get(district, (np.empty((0, count)),) * 2), place)
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
    since, end = _midnight(first).astimezone(UTC), until.astimezone(UTC)
    count = round((end - since) / HOUR)
    found = readings.table("inflow", Window("inflow", hours=count, each="hour", take=("mean",)), end)
    lists = _square(found, "mean", count)
    hours = [(since + hour * HOUR).astimezone(zone()).date() for hour in range(count)]
    return dict(zip(found["entity"].to_pylist(), lists, strict=True)), hours


def _counted(count: int, until: datetime) -> dict[str, tuple[Floats, Floats]]:
    """What the meters of each district rose by on each day, [meters, days], and how often each was read."""
    found = readings.table(
        "index", Window("index", days=count, each="day", take=("increase", "count")), until
    )
    rises, counts = _filled(_square(found, "increase", count)), np.nan_to_num(_square(found, "count", count))
    row = {meter: place for place, meter in enumerate(found["entity"].to_pylist())}
    own: dict[str, list[int]] = {}
    for meter, district in Meter.objects.exclude(district=None).values_list("id", "district"):
        # The row after the last stands for a meter of which nothing is known.
        own.setdefault(district, []).append(row.get(meter, len(row)))
    rises = np.vstack([rises, np.full((1, count), np.nan)])
    counts = np.vstack([counts, np.zeros((1, count))])
    return {district: (rises[rows], counts[rows]) for district, rows in own.items()}


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


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone())
