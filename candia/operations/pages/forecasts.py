"""How good forecasts have been, for whoever plans by them: up to how far ahead one may be relied on, or not at all.

Each stands beside repeating the season before: where that would have been nearer to the truth, the page says so.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from candia.core import forecasting, telemetry
from candia.core.forecast import Forecast
from candia.core.service import Service
from candia.telemetry import forecast_scores
from candia.telemetry import forecasts as told
from candia.telemetry.forecast_scores import Score
from candia.ui.spans import span_of

SPANS = (7, 28, 90)
# A difference of less than this share is none.
EVEN = 0.02
# So far from what was promised an interval may be.
FAR = 0.1
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def forecasts(request: HttpRequest) -> HttpResponse:
    """Every declared forecast, and how near to the truth it was by how far ahead it was said."""
    days, tabs = span_of(request, SPANS, SPANS[1])
    since = datetime.combine(timezone.now().astimezone(UTC).date(), datetime.min.time(), UTC) - days * DAY
    context = {
        "listed": [_told(service, forecast, since) for service, forecast in forecasting.every()],
        "tabs": tabs,
    }
    return render(request, "operations/forecasts.html", context)


def _told(service: Service, forecast: Forecast, since: datetime) -> dict[str, Any]:
    declared = telemetry.declared(service, forecast.name)
    name = f"{service.name}.{forecast.name}"
    found = forecast_scores.scores(telemetry.store(), name, since)
    return {
        "id": name.replace(".", "-"),
        "title": declared.title or forecast.name,
        "service": service.title,
        "error_title": f"{_('Mean error')}, {declared.unit}" if declared.unit else _("Mean error"),
        "issued": told.newest_issue(telemetry.store(), name),
        "interval": round(100 * forecast.interval),
        "season": ngettext("%(days)d day before", "%(days)d days before", forecast.season)
        % {"days": forecast.season},
        "verdict": _verdict(found),
        "lines": [_line(one, forecast.interval) for one in found],
    }


def _line(one: Score, interval: float) -> dict[str, Any]:
    label, tone = _beside(one)
    return {
        "score": one,
        "ahead": _ahead(one.horizon),
        "label": label,
        "tone": tone,
        "inside": round(100 * one.inside),
        "off": abs(one.inside - interval) > FAR,
    }


def _beside(one: Score) -> tuple[str, str]:
    """What it is beside the naive one, in words and a tone."""
    if one.gain is None:
        return _("nothing to compare with yet"), "quiet"
    if abs(one.gain) < EVEN:
        return _("no better, no worse"), "quiet"
    percent = {"percent": round(100 * abs(one.gain))}
    if one.gain < 0:
        return _("%(percent)d %% further off") % percent, "bad"
    return _("%(percent)d %% nearer") % percent, "good"


def _verdict(found: list[Score]) -> tuple[str, str]:
    """One sentence about all of it, and its tone."""
    known = [one for one in found if one.gain is not None]
    worse = [one for one in known if one.gain is not None and one.gain < -EVEN]
    if not known:
        return _("Too little has come true yet to judge it."), "info"
    if not worse:
        return _("At every distance it was nearer to the truth than repeating the season before."), "good"
    if len(worse) == len(known):
        return _("Repeating the season before would have been nearer to the truth. Do not rely on it."), "bad"
    ahead = ", ".join(_ahead(one.horizon) for one in worse)
    sentence = _("Repeating the season before would have been nearer to the truth here: %(ahead)s.")
    return sentence % {"ahead": ahead}, "warn"


def _ahead(horizon: timedelta) -> str:
    if horizon < HOUR:
        return _("up to %(n)d minutes") % {"n": horizon.seconds // 60}
    if horizon < DAY:
        hours = horizon // HOUR
        return ngettext("up to %(n)d hour", "up to %(n)d hours", hours) % {"n": hours}
    return ngettext("up to %(n)d day", "up to %(n)d days", horizon.days) % {"n": horizon.days}
