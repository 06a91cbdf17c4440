"""What will flow into each district: its usual week, at the level of the last days, with how far it used to stray.

A district draws water by the hour of the week. The usual value of such an hour is its median over the weeks before;
the level of the last days, as against what was usual, lifts or lowers them all; and what the truth used to lie
above or below the usual at that hour of the day is the interval. It knows neither holidays nor weather.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from candia.core.forecast import Moments, Past
from candia.telemetry.arrays import Floats, quantiles

DAY, WEEK = 24, 168
# Of an hour of the week, and of an hour of the day, so many must be known.
ENOUGH, ENOUGH_OF_DAY = 2, 10
# The level is that of so many hours, of which half must be known; and no more than this above or below the usual.
LATELY, MOST = 72, 2.0


def inflow(past: Past) -> Floats:
    """The quantiles of each hour to come, L/s: [districts, hours, levels]."""
    week, ahead = _hour_of_week(past.when), _hour_of_week(past.ahead)
    weeks = _by_hour_of_week(past.values, week)
    usual = _median(weeks, ENOUGH)
    # From what the other weeks would have had one expect, as from a median that holds it a value strays too little.
    others = [_median(np.delete(weeks, one, axis=2), ENOUGH - 1) for one in range(weeks.shape[2])]
    spread = quantiles(_by_hour_of_day(weeks - np.stack(others, axis=2)), past.levels, ENOUGH_OF_DAY)
    level = _level(past.values[:, -LATELY:], usual[:, week[-LATELY:]])
    told: Floats = (usual[:, ahead] * level[:, None])[..., None] + spread[:, ahead % DAY]
    return told


def _level(lately: Floats, usual: Floats) -> Floats:
    """What flowed lately as against what was usual; 1 where too little is known to say."""
    known = ~np.isnan(lately) & ~np.isnan(usual)
    flowed, used = (np.where(known, values, 0).sum(axis=1) for values in (lately, usual))
    told = (known.sum(axis=1) * 2 >= LATELY) & (used > 0)
    ratio: Floats = np.divide(flowed, used, out=np.ones(len(lately)), where=told)
    return np.clip(ratio, 1 / MOST, MOST)


def _median(weeks: Floats, enough: int) -> Floats:
    return quantiles(weeks, (0.5,), enough)[..., 0]


def _by_hour_of_week(values: Floats, week: npt.NDArray[np.int64]) -> Floats:
    """The values as [districts, hours of the week, weeks]; NaN where a week has no such hour."""
    order = np.argsort(week, kind="stable")
    counts = np.bincount(week, minlength=WEEK)
    place = np.arange(len(week)) - np.repeat(np.cumsum(counts) - counts, counts)
    weeks = np.full((len(values), WEEK, max(2, counts.max(initial=0))), np.nan)
    weeks[:, week[order], place] = values[:, order]
    return weeks


def _by_hour_of_day(weeks: Floats) -> Floats:
    """The same as [districts, hours of the day, days]."""
    count, _hours, each = weeks.shape
    days = weeks.reshape(count, WEEK // DAY, DAY, each)
    return days.transpose(0, 2, 1, 3).reshape(count, DAY, -1)


def _hour_of_week(when: Moments) -> npt.NDArray[np.int64]:
    # 1970 began on a Thursday.
    hours: npt.NDArray[np.int64] = (when.astype("datetime64[h]").astype(np.int64) + 3 * DAY) % WEEK
    return hours
