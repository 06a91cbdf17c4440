"""My water, for a household: how much they use, whether that is usual, what is wrong, and what to do then.

They come by phone, after a bill or a letter about a leak. They see their own meters and nobody else's, take
their figures along, say by the code on the bill that a meter is theirs, and leave it when they move out.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from candia.core import errors
from candia.core.alert import Alert
from candia.core.event import Event
from candia.core.telemetry import zone
from candia.services.water import advice, commands, readings
from candia.services.water.forms import ClaimForm, tell
from candia.services.water.holding import opened
from candia.services.water.models import Holding, Meter
from candia.services.water.overview import midnight
from candia.services.water.pages import evidence
from candia.services.water.pages.charts import Every, start_of
from candia.services.water.pages.listing import rule_titles

SPANS: dict[Every, int] = {"hour": 7, "day": 60, "month": 365}


def my_water(request: HttpRequest) -> HttpResponse:
    """The household's first meter, or how to claim one; a claim is posted to it."""
    if request.method == "POST":
        return _claimed(request)
    held = _held(request)
    if not held:
        return render(request, "water/claim.html", {"form": ClaimForm()})
    return _shown(request, held, held[0])


def my_meter(request: HttpRequest, number: str) -> HttpResponse:
    """One of the household's own meters; leaving it is posted to it."""
    held = _held(request)
    holding = _own(held, number)
    if request.method == "POST":
        by: Any = request.user
        commands.leave_meter(by=by, meter=holding.meter)
        messages.success(request, _("You have left the meter. Its readings are no longer yours to see."))
        return redirect("water-my-water")
    return _shown(request, held, holding)


def my_use(request: HttpRequest, number: str, every: str) -> HttpResponse:
    """What the chart shows, to take along: semicolons and decimal commas, as Greek spreadsheets read them."""
    holding = _own(_held(request), number)
    span = next((span for span in SPANS if span == every), None)
    if span is None:
        raise errors.NotFound
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="water-{holding.meter.local_id}-{span}.csv"'
    answer["Cache-Control"] = "private, no-store"
    # The mark by which spreadsheets know UTF-8.
    answer.write("\ufeff")
    csv.writer(answer, delimiter=";").writerows(_lines(holding, span))
    return answer


def _held(request: HttpRequest) -> list[Holding]:
    """What this person holds now, oldest first."""
    mine = Holding.objects.filter(person=request.user.pk, until=None)
    return list(mine.select_related("meter__district").order_by("since", "pk"))


def _own(held: Iterable[Holding], number: str) -> Holding:
    """The holding of this meter; a meter of somebody else is as good as none."""
    for holding in held:
        if holding.meter.local_id == number:
            return holding
    raise errors.NotFound


def _claim(by: Any, form: ClaimForm) -> None:
    """Claim the meter; refuses a wrong code just as a number that nobody has."""
    if not commands.claim_meter(by=by, **form.cleaned_data).data["right"]:
        raise errors.Refused(_("No meter has this serial number and code. Copy both from your last bill."))


def _claimed(request: HttpRequest) -> HttpResponse:
    by: Any = request.user
    form = ClaimForm(request.POST)
    form.is_valid()
    try:
        _claim(by, form)
    except errors.Refused as refused:
        if isinstance(refused, errors.Forbidden) and by.is_verified:
            raise
        tell(form, refused)
        return render(request, "water/claim.html", {"form": form, "held": _held(request)}, status=422)
    messages.success(request, _("The meter is yours to see now."))
    return redirect("water-my-water")


def _shown(request: HttpRequest, held: list[Holding], holding: Holding) -> HttpResponse:
    meter = holding.meter
    asked = request.GET.get("every", "hour")
    every: Every = next((span for span in SPANS if span == asked), "hour")
    alerts = _alerts(holding)
    here = reverse("water-my-meter", kwargs={"number": meter.local_id})
    words = {"hour": _("7 days by the hour"), "day": _("60 days"), "month": _("A year by the month")}
    context = {
        "holding": holding,
        "meter": meter,
        "meters": [
            {
                "label": each.meter.serial or each.meter.local_id,
                "url": reverse("water-my-meter", kwargs={"number": each.meter.local_id}),
                "current": each == holding,
            }
            for each in held
        ],
        "tabs": [
            {"label": words[span], "url": f"{here}?every={span}", "current": span == every} for span in SPANS
        ],
        "chart": evidence.use(meter.pk, *_stretch(every, meter), every),
        "every": every,
        "summary": _summary(meter),
        "alerts": [item for item in alerts if item["alert"].closed is None],
        "earlier": [item for item in alerts if item["alert"].closed is not None],
        "form": ClaimForm(),
        "looks": _looks(holding),
    }
    return render(request, "water/my_water.html", context)


def _stretch(every: Every, meter: Meter) -> tuple[datetime, datetime]:
    """The time that a chart covers: whole hours, days or months up to now, and none of another household's."""
    since, until = _asked(every)
    return _own_since(meter, since), until


def _own_since(meter: Meter, since: datetime) -> datetime:
    """The first whole hour that is this household's own."""
    own = opened(meter, since)
    return own if own == since else start_of(own, "hour") + timedelta(hours=1)


def _asked(every: Every) -> tuple[datetime, datetime]:
    now = timezone.now().astimezone(zone())
    if every == "hour":
        end = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        return end - timedelta(days=SPANS[every]), end
    today = now.date()
    if every == "day":
        return midnight(today - timedelta(days=SPANS[every] - 1)), now
    return midnight(today.replace(year=today.year - 1, day=1)), now


def _lines(holding: Holding, every: Every) -> Iterable[list[str]]:
    """The rows of the file: from when (in the city's time, and in UTC), m³, and whether it was estimated."""
    yield [_("From"), _("From (UTC)"), "m³", _("Note")]
    since, until = _stretch(every, holding.meter)
    for each in readings.use(holding.meter.pk, since, until, every=every):
        here = each.time.astimezone(zone())
        volume = number_format(round(each.m3, 3), 3, use_l10n=False, force_grouping=False).replace(".", ",")
        note = _("estimated") if each.estimated else ""
        yield [f"{here:%Y-%m-%d %H:%M}", f"{each.time:%Y-%m-%dT%H:%MZ}", volume, note]


def _summary(meter: Meter) -> dict[str, Any]:
    """Yesterday, the last seven days and what was usual in the four weeks before, in litres a day."""
    today = timezone.localdate(timezone=zone())
    days = {
        each.time.astimezone(zone()).date(): each.m3 * evidence.LITRES
        for each in readings.use(
            meter.pk, _own_since(meter, midnight(today - timedelta(days=35))), midnight(today), every="day"
        )
    }
    week = [days[day] for back in range(1, 8) if (day := today - timedelta(days=back)) in days]
    before = [days[day] for back in range(8, 36) if (day := today - timedelta(days=back)) in days]
    mean = sum(week) / len(week) if week else None
    usual = sum(before) / len(before) if len(before) >= 7 else None  # noqa: PLR2004 — a week
    change = round((mean / usual - 1) * 100) if mean is not None and usual else None
    return {
        "yesterday": days.get(today - timedelta(days=1)),
        "week": mean,
        "usual": usual,
        "change": change,
        "fall": -change if change is not None else None,
        "series": [days.get(today - timedelta(days=back)) for back in range(35, 0, -1)],
    }


def _alerts(holding: Holding) -> list[dict[str, Any]]:
    """The meter's alerts since the household lives here, with what they mean and what to do."""
    since = holding.meter.household_since
    found = Alert.objects.filter(entity=holding.meter_id)
    found = found.exclude(closed__lt=since) if since else found
    titles = rule_titles()
    return [
        {
            "alert": alert,
            "what": titles.get(alert.rule.partition(".")[2], ""),
            "advice": advice.on(alert.rule),
        }
        for alert in found.select_related("entity").order_by("closed", "-opened")[:8]
    ]


def _looks(holding: Holding) -> list[Event]:
    """When the city's staff looked at the readings, newest first."""
    looks = Event.objects.filter(entity=holding.meter_id, kind=commands.view_readings.event)
    if since := holding.meter.household_since:
        looks = looks.filter(time__gte=since)
    return list(looks.order_by("-id")[:10])
