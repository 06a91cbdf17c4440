"""The curves that are an alert's evidence, and those of a district's and a household's own page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from candia.core import forecast_questions
from candia.core.alert import Alert
from candia.core.telemetry import zone
from candia.services.water import readings
from candia.services.water.overview import kept, last_night, midnight
from candia.services.water.readings import Night, Point, Use
from candia.ui.charts import Band, Chart, Every, Foretold, foretold, next_hour, rows, usual

LITRES = 1000
WEEK = 7
# What is the same for everyone is asked once in so many seconds.
MINUTE = 60


def inflow(
    district: str,
    days: int,
    until: datetime | None = None,
    mark: tuple[datetime, datetime] | None = None,
    mark_label: str = "",
    ahead: int = 0,
) -> Chart:
    """A district's inflow over so many days: by the hour up to a month, beyond that by the day.

    By the hour with what was foretold beside it, and so many days ahead.
    """
    every: Every = "hour" if days <= 31 else "day"  # noqa: PLR2004 — a month
    end = next_hour(until or timezone.now())
    since = midnight(end.date() - timedelta(days=days)) if every == "day" else end - timedelta(days=days)

    def ask() -> list[Point]:
        return readings.inflow(district, since, end, every=every)

    points = ask() if until else kept(f"water.curve.{district}.{days}", MINUTE, ask)
    found = {point.time: point.value for point in points}
    beyond = end + timedelta(days=ahead)
    told = _foretold(district, since, beyond) if ahead and every == "hour" else None
    return Chart(
        id="inflow",
        title=_("Inflow"),
        unit="L/s",
        columns=(_("Mean of the hour") if every == "hour" else _("Mean of the day"),),
        rows=rows([found, *(told.series if told else ())], since, beyond if told else end, every),
        foretold=told,
        mark=mark,
        mark_label=mark_label,
    )


def _foretold(district: str, since: datetime, until: datetime) -> Foretold | None:
    def ask() -> Sequence[Mapping[str, Any]]:
        return forecast_questions.curve(district, "water.inflow", since, until)

    return foretold(kept(f"water.foretold.{district}.{since:%d}.{until:%d}", MINUTE, ask))


def nights(
    district: str,
    days: int,
    until: date | None = None,
    judged: tuple[date, date] | None = None,
    band: Band | None = None,
) -> Chart:
    """The least inflow of each night, with what was usual before the nights judged, or before this week."""
    last = until or last_night()

    def ask() -> list[Night]:
        return readings.nights(district, days, until=last)

    least = ask() if until else kept(f"water.nights.{district}.{days}", MINUTE, ask)
    found = {midnight(night.day): night.minimum for night in least}
    first = last - timedelta(days=days - 1)
    lines = rows([found], midnight(first), midnight(last + timedelta(days=1)), "day")
    first_judged = judged[0] if judged else last - timedelta(days=WEEK - 1)
    before = [found.get(row.time) for row in lines if row.time.date() < first_judged]
    noon = timedelta(hours=12)
    return Chart(
        id="nights",
        title=_("Least inflow of each night, 02:00–05:00"),
        unit="L/s",
        columns=(_("Least inflow"),),
        rows=lines,
        kind="step",
        band=band or usual(before),
        band_label=_("usual by the rule") if band else _("usual (8 of 10 nights)"),
        mark=(midnight(judged[0]) - noon, midnight(judged[1]) + noon) if judged else None,
        mark_label=_("the nights of the alert") if judged else "",
    )


def use(
    meter: str,
    since: datetime,
    until: datetime,
    every: Every,
    mark: tuple[datetime, datetime] | None = None,
    mark_label: str = "",
) -> Chart:
    """What a meter counted in each hour, day or month; see `used`."""
    return used(readings.use(meter, since, until, every), since, until, every, mark, mark_label)


def used(
    counted: Sequence[Use],
    since: datetime,
    until: datetime,
    every: Every,
    mark: tuple[datetime, datetime] | None = None,
    mark_label: str = "",
) -> Chart:
    """Uses in litres, those of months in m³; what was spread between readings is told as estimated."""
    factor, unit, decimals = (1, "m³", 1) if every == "month" else (LITRES, "L", 0)
    found: dict[datetime, float | None] = {each.time: each.m3 * factor for each in counted}
    estimated = {each.time: _("estimated") for each in counted if each.estimated}
    before = midnight(_today() - timedelta(days=WEEK))
    usually = [value for moment, value in found.items() if every == "day" and moment < before]
    return Chart(
        id=f"use-{every}",
        title={"hour": _("Use by the hour"), "day": _("Use by the day"), "month": _("Use by the month")}[
            every
        ],
        unit=unit,
        columns=(_("Use"),),
        rows=rows([found], since, until, every, decimals=decimals, notes=estimated),
        kind="bar",
        band=usual(usually) if every == "day" else None,
        band_label=_("usual (8 of 10 days)"),
        mark=mark,
        mark_label=mark_label,
    )


def of_district(alert: Alert) -> list[Chart]:
    """The nights before the alert, or the hours where it is about these, and the inflow, up to now."""
    end, ended = _until(alert), _ended(alert)
    if alert.rule == "water.mains_burst":
        mark = (alert.opened - timedelta(hours=2), ended)
        days = min(31, max(14, (end - alert.opened).days + 7))
        return [inflow(alert.entity_id, days, end, mark, _("while the alert stood"))]
    night = last_night(end)
    begun = last_night(alert.opened) - timedelta(days=int(alert.evidence.get("nights", 1)) - 1)
    found_last = min(night, max(last_night(ended), last_night(alert.opened)))
    days = max(35, (night - begun).days + 21)
    mark = (alert.opened, max(ended, alert.opened + timedelta(hours=1)))
    return [
        nights(
            alert.entity_id, days, until=night, judged=(begun, found_last), band=_judged_by(alert.evidence)
        ),
        inflow(alert.entity_id, 7, until=end, mark=mark, mark_label=_("while the alert stood")),
    ]


def of_meter(alert: Alert) -> list[Chart]:
    """What the meter counted before the alert and up to now: by the hour, or by the day where it counts nothing."""
    until = _until(alert).astimezone(zone())
    mark = (alert.opened - _looked_back(alert.evidence), max(_ended(alert), alert.opened))
    # By the hour a month is as much as one can see.
    every: Every = (
        "day"
        if alert.rule in {"water.stuck", "water.silent"} or until - alert.opened > timedelta(days=25)
        else "hour"
    )
    before = timedelta(days=28 if every == "day" else 6)
    since = (alert.opened - before).astimezone(zone())
    since = midnight(since.date()) if every == "day" else since.replace(minute=0, second=0, microsecond=0)
    return [use(alert.entity_id, since, until, every, mark, _("while the alert stood"))]


def _until(alert: Alert) -> datetime:
    """Up to when its curves go: now, or of one that is over some days further, where one sees that it is."""
    now = timezone.now()
    return min(now, alert.closed + timedelta(days=3)) if alert.closed else now


def _ended(alert: Alert) -> datetime:
    """Since when nothing was found, or when it was found last."""
    return alert.clear_since or alert.closed or alert.last_seen


def _looked_back(told: Mapping[str, Any]) -> timedelta:
    """How far before the alert what it speaks of began, as far as its evidence says."""
    hours, days = told.get("hours", 1), told.get("days", 0)
    return timedelta(days=days) if days else timedelta(hours=hours)


def _judged_by(told: Mapping[str, Any]) -> Band | None:
    """What the rule took for usual: as far below as above; nothing where the evidence doesn't say."""
    level, limit = told.get("usual"), told.get("limit")
    if not isinstance(level, int | float) or not isinstance(limit, int | float):
        return None
    return max(0.0, 2 * level - limit), float(limit)


def _today() -> date:
    return timezone.localdate(timezone=zone())
