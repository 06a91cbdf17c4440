"""Staging: by how many weeks the recording is moved off its season, so that the first look finds something.

On most days no night flow has risen lately in any of the recording's ten districts. A city that is started for the
first time is to show one, so of the whole weeks around the season the nearest is taken in which one has. The
record itself is not touched, and the rule finds what it finds.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from candia.core.rule import Open, Row, Verdict
from candia.services.water import rules
from candia.services.water.readings import NIGHT
from candia.telemetry.replay import shift

# So many weeks off the season at most; a rise that began within so many nights is new.
FARTHEST, NEW = 12, 5
# The nights that the rule looks at.
NIGHTS = 58


class Nights:
    """The least inflow of each night of the recording, by its own dates."""

    def __init__(self, recorded: pa.Table, thresholds: Mapping[str, object]) -> None:
        self._thresholds = thresholds
        self._least: dict[str, dict[date, float]] = {}
        hour = pc.hour(recorded["wall"])
        night = recorded.filter(pc.and_(pc.greater_equal(hour, NIGHT[0]), pc.less(hour, NIGHT[1])))
        days = night["wall"].to_numpy().astype("datetime64[D]").astype(object)
        for entity, day, value in zip(
            night["entity"].to_pylist(), days, np.asarray(night["value"]), strict=True
        ):
            own = self._least.setdefault(entity, {})
            own[day] = min(own.get(day, value), value)

    def verdicts(self, day: date) -> list[Verdict]:
        """What the rule says of each district after the night that ends on this day of the recording."""
        before = [day - timedelta(days=back) for back in range(NIGHTS - 1, -1, -1)]
        rows = (
            Row(entity, {"min": [own.get(one) for one in before]}, {}) for entity, own in self._least.items()
        )
        return [rules.night_flow(row, **self._thresholds) for row in rows]  # type: ignore[arg-type]

    def has_news(self, day: date) -> bool:
        """Whether a night flow has risen within the last days."""
        return any(
            isinstance(verdict, Open) and verdict.evidence["nights"] <= NEW for verdict in self.verdicts(day)
        )


def weeks(recorded: pa.Table, nights: Nights, now: datetime, zone: ZoneInfo) -> int:
    """By how many weeks, besides whole years, the recording is best moved; 0 where nothing is found."""
    night = last_night(now, zone)
    offered = sorted(range(-FARTHEST, FARTHEST + 1), key=abs)
    found = (by for by in offered if nights.has_news(night - shift(recorded, now, zone, by)))
    return next(found, 0)


def last_night(now: datetime, zone: ZoneInfo) -> date:
    """The day of the last night that is over."""
    here = now.astimezone(zone)
    return here.date() if here.hour >= NIGHT[1] else here.date() - timedelta(days=1)
