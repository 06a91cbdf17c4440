"""What a household is shown of its meter: its use beside its own usual, its alerts, who looked; and the file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from candia.core import look
from candia.core.alert import Alert
from candia.core.look import Look
from candia.core.service import services
from candia.core.telemetry import zone
from candia.services.water import advice, readings
from candia.services.water.holding import opened
from candia.services.water.models import Holding, Meter
from candia.services.water.overview import midnight
from candia.services.water.pages import curves
from candia.services.water.readings import Use
from candia.ui.charts import Every, next_hour, start_of

SPANS: dict[Every, int] = {"hour": 7, "day": 60, "month": 365}
# This week stands beside the four weeks before it.
WEEK, COMPARED = 7, 35


def told(holding: Holding, every: Every) -> dict[str, Any]:
    """The chart of a meter's use by the hour, day or month, and the figures beside it; one or two questions."""
    meter = holding.meter
    since, until = stretch(every, meter)
    compared = _own_since(meter, midnight(_today() - timedelta(days=COMPARED)))
    counted = readings.use(meter.pk, since if every == "month" else min(since, compared), until, every)
    days = readings.use(meter.pk, compared, until, "day") if every == "month" else counted
    drawn = [each for each in counted if each.time >= start_of(since, every)]
    alerts = _alerts(holding)
    return {
        "chart": curves.used(drawn, since, until, every),
        "summary": _summary(days),
        "alerts": [item for item in alerts if item["alert"].closed is None],
        "earlier": [item for item in alerts if item["alert"].closed is not None],
        "call": advice.whom_to_call(),
        "looks": _looks(holding),
    }


def lines(holding: Holding, every: Every) -> Iterable[list[str]]:
    """The rows of the file: from when (in the city's time, and in UTC), m³, and whether it was estimated."""
    yield [_("From"), _("From (UTC)"), "m³", _("Note")]
    for each in readings.use(holding.meter_id, *stretch(every, holding.meter), every=every):
        volume = f"{each.m3:.3f}".replace(".", ",")
        note = _("estimated") if each.estimated else ""
        yield [
            f"{each.time.astimezone(zone()):%Y-%m-%d %H:%M}",
            f"{each.time:%Y-%m-%dT%H:%MZ}",
            volume,
            note,
        ]


def stretch(every: Every, meter: Meter) -> tuple[datetime, datetime]:
    """The time that a chart covers: whole hours, days or months up to now, and none of another household's."""
    since, until = _asked(every)
    return _own_since(meter, since), until


def _own_since(meter: Meter, since: datetime) -> datetime:
    """The first whole hour that is this household's own."""
    own = opened(meter, since)
    return own if own == since else next_hour(own)


def _asked(every: Every) -> tuple[datetime, datetime]:
    now = timezone.now().astimezone(zone())
    if every == "hour":
        end = next_hour(now)
        return end - timedelta(days=SPANS[every]), end
    today = now.date()
    if every == "day":
        return midnight(today - timedelta(days=SPANS[every] - 1)), now
    return midnight(today.replace(year=today.year - 1, day=1)), now


def _summary(counted: Sequence[Use]) -> dict[str, Any]:
    """Yesterday, the last seven days and what was usual in the four weeks before, in litres a day."""
    today = _today()
    days: dict[date, float] = {}
    for each in counted:
        day = each.time.astimezone(zone()).date()
        days[day] = days.get(day, 0.0) + each.m3 * curves.LITRES
    week = [days[day] for back in range(1, WEEK + 1) if (day := today - timedelta(days=back)) in days]
    before = [
        days[day] for back in range(WEEK + 1, COMPARED + 1) if (day := today - timedelta(days=back)) in days
    ]
    mean = sum(week) / len(week) if week else None
    usual = sum(before) / len(before) if len(before) >= WEEK else None
    change = round((mean / usual - 1) * 100) if mean is not None and usual else None
    return {
        "yesterday": days.get(today - timedelta(days=1)),
        "week": mean,
        "usual": usual,
        "change": change,
        "fall": -change if change is not None else None,
        "series": [days.get(today - timedelta(days=back)) for back in range(COMPARED, 0, -1)],
    }


def _alerts(holding: Holding) -> list[dict[str, Any]]:
    """The meter's alerts since the household lives here, with what they mean and what to do."""
    since = holding.meter.household_since
    found = Alert.objects.filter(entity=holding.meter_id)
    found = found.exclude(closed__lt=since) if since else found
    titles = {rule.name: rule.title for rule in services()["water"].rules}
    return [
        {
            "alert": alert,
            "what": titles.get(alert.rule.partition(".")[2], ""),
            "advice": advice.on(alert.rule),
            "so_far": advice.so_far(alert),
        }
        for alert in found.select_related("entity").order_by("closed", "-opened")[:8]
    ]


def _looks(holding: Holding) -> list[Look]:
    """When the city's staff looked at the readings, newest first."""
    return list(look.of(holding.meter_id, since=holding.meter.household_since)[:10])


def _today() -> date:
    return timezone.localdate(timezone=zone())
