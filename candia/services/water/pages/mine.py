"""My water, for a household: how much they use, whether that is usual, what is wrong, and what to do then.

They come by phone, after a bill or a letter about a leak. They see their own meters and nobody else's, take
their figures along, say by the code on the bill that a meter is theirs, and leave it when they move out.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from candia.core import errors
from candia.services.water import commands
from candia.services.water.forms import ClaimForm
from candia.services.water.models import Holding, Meter
from candia.services.water.pages import household
from candia.services.water.pages.household import SPANS
from candia.ui.charts import Every
from candia.ui.forms import show_refusal


@never_cache
def my_water(request: HttpRequest) -> HttpResponse:
    """The household's first meter, or how to claim one; a claim is posted to it."""
    if request.method == "POST":
        return _claimed(request)
    held = _held(request)
    if not held:
        return render(request, "water/claim.html", {"form": ClaimForm()})
    return _shown(request, held, held[0])


@never_cache
def my_meter(request: HttpRequest, number: str) -> HttpResponse:
    """One of the household's own meters; leaving it is posted to it."""
    if request.method == "POST":
        by: Any = request.user
        commands.leave_meter(by=by, meter=f"{Meter.kind}:{number}")
        messages.success(request, _("You have left the meter. Its readings are no longer yours to see."))
        return redirect("water-my-water")
    held = _held(request)
    return _shown(request, held, _own(held, number))


@never_cache
def my_use(request: HttpRequest, number: str, every: str) -> HttpResponse:
    """What the chart shows, to take along: semicolons and decimal commas, as Greek spreadsheets read them."""
    holding = _own(_held(request), number)
    span = next((span for span in SPANS if span == every), None)
    if span is None:
        raise errors.NotFound
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="water-{holding.meter.local_id}-{span}.csv"'
    # The mark by which spreadsheets know UTF-8.
    answer.write("\ufeff")
    csv.writer(answer, delimiter=";").writerows(household.lines(holding, span))
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
        show_refusal(form, refused)
        return render(request, "water/claim.html", {"form": form, "held": _held(request)}, status=422)
    messages.success(request, _("The meter is yours to see now."))
    return redirect("water-my-water")


def _shown(request: HttpRequest, held: list[Holding], holding: Holding) -> HttpResponse:
    meter = holding.meter
    asked = request.GET.get("every", "hour")
    every: Every = next((span for span in SPANS if span == asked), "hour")
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
        "every": every,
        "form": ClaimForm(),
        **household.told(holding, every),
    }
    return render(request, "water/my_water.html", context)
