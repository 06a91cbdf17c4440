"""Shared rules: patterns that any service's things may show, each declared in a line.

    rules=(silent(Lamp, "power"), low_battery(Lamp, "battery"), out_of_bounds(Pump, "pressure", low=2, high=9))

Keyword arguments that are numbers are thresholds, which a city may set in `city.toml`; `text` is the sentence of
the alert where the service has better words (an English msgid with the same `{names}`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from statistics import median
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop as __

from candia.core.entity import Entity
from candia.core.rule import CLEAR, UNSURE, Open, Row, Rule, Verdict, hours, minutes
from candia.telemetry.observation import Window

if TYPE_CHECKING:
    from django.utils.functional import Promise

_SILENT, _STUCK, _LOW_BATTERY, _OUT = _("Silent"), _("Stuck"), _("Low battery"), _("Out of bounds")
# How many days of a counter `stuck` looks back on.
BACK = 42


def silent(
    on: type[Entity],
    property: str,
    *,
    hours: float = 26.0,
    title: str | Promise = _SILENT,
    text: str = __("It has sent nothing for {hours} hours."),
) -> Rule:
    """A thing has sent nothing of a property for `hours`, while others have.

    Silence is told from the newest word of any of them: where nothing at all has arrived, the fault is with the
    city's own line, and no thing is blamed.
    """

    def silent(row: Row, *, hours: float = hours) -> Verdict:
        """A thing has sent nothing for a while, where others have."""
        if row.newest is None:
            return UNSURE
        since = row.last_time or row.created
        if row.newest - since <= timedelta(hours=hours):
            return CLEAR if row.last_time else UNSURE
        return Open(text, {"hours": round((row.newest - since) / timedelta(hours=1))}, "minor")

    window = Window(property, days=30, take=("last_time",))
    return Rule(function=silent, title=title, on=on, over=window, every=_hourly, facts=("created",))


def stuck(
    on: type[Entity],
    property: str,
    *,
    days: int = 7,
    busy: float = 0.8,
    factor: float = 1.0,
    title: str | Promise = _STUCK,
    text: str = __("It has counted nothing for {days} days, where it used to count {usual} a day."),
) -> Rule:
    """A counter that used to count on `busy` of its days counts nothing for `days`.

    `factor` turns what it counts into what the sentence speaks of.
    """

    def stuck(row: Row, *, days: int = days, busy: float = busy) -> Verdict:
        """A counter that used to count every day counts nothing any more."""
        rises = [
            rise if rise is not None and count else None
            for rise, count in zip(row.increase or (), row.count or (), strict=True)
        ]
        still, before = rises[-days:], [rise for rise in rises[:-days] if rise is not None]
        if any(rise for rise in still):
            return CLEAR
        counted = [rise for rise in before if rise > 0]
        if None in still or not still or len(before) < 2 * days:
            return UNSURE
        # What often rests rests again; and a long stillness hides what was before it.
        if len(counted) < busy * len(before):
            return UNSURE
        return Open(text, {"days": _still(rises), "usual": median(counted) * factor}, "minor")

    window = Window(property, days=BACK, each="day", take=("increase", "count"))
    return Rule(function=stuck, title=title, on=on, over=window, every=_seldom)


def low_battery(
    on: type[Entity],
    property: str,
    *,
    percent: float = 10.0,
    title: str | Promise = _LOW_BATTERY,
    text: str = __("The battery stands at {percent} %."),
) -> Rule:
    """A battery (%) runs out; one that recovers a little in the sun is no other battery."""

    def low_battery(row: Row, *, percent: float = percent) -> Verdict:
        """A battery runs out."""
        if row.last is None:
            return UNSURE
        if row.last <= percent:
            return Open(text, {"percent": row.last}, "minor")
        return CLEAR if row.last > percent + 5 else UNSURE

    window = Window(property, days=40, take=("last",))
    return Rule(function=low_battery, title=title, on=on, over=window, every=_seldom)


def out_of_bounds(
    on: type[Entity],
    property: str,
    *,
    low: float,
    high: float,
    title: str | Promise = _OUT,
    text: str = __("{value} was measured, where it should lie between {low} and {high}."),
    severity: str = "moderate",
) -> Rule:
    """Everything measured within an hour lies below `low` or above `high`: one odd value opens nothing."""

    def out_of_bounds(row: Row, *, low: float = low, high: float = high) -> Verdict:
        """What is measured lies outside its bounds for an hour."""
        if row.min is None or row.max is None:
            return UNSURE
        if row.max >= low and row.min <= high:
            return CLEAR
        value = row.min if row.max < low else row.max
        return Open(text, {"value": float(value), "low": low, "high": high}, severity)

    window = Window(property, hours=1, take=("min", "max"))
    return Rule(function=out_of_bounds, title=title, on=on, over=window, every=_often)


# Under names of their own, as `hours` is a threshold here.
_often, _hourly, _seldom = minutes(15), hours(1), hours(6)


def _still(rises: Sequence[Any]) -> int:
    """For how many days to the last nothing was counted."""
    days = 0
    for rise in reversed(rises):
        if rise:
            break
        days += 1
    return days
