"""One meter at the desk, for whoever answers the household's call or sends somebody out.

They see what the meter lacks and whether it speaks; what it counted only with a reason. They write down that it
was exchanged, and give it to a customer for whom the code of a bill is no way.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from candia.core import errors, look
from candia.core.alert import Alert
from candia.core.telemetry import zone
from candia.operations.pages.inbox import rows as alert_rows
from candia.operations.severity import WORST_FIRST
from candia.services.water import commands
from candia.services.water.forms import ExchangeForm, GiveForm, LookForm
from candia.services.water.models import Holding, Meter
from candia.services.water.overview import midnight, one
from candia.services.water.pages import curves
from candia.services.water.pages.meters import rows
from candia.ui.charts import Chart, next_hour
from candia.ui.forms import act
from candia.ui.map_layers import one_place

# What is posted: the form, the command that takes its fields, and what is said when it is done.
ACTS: dict[str, tuple[type[forms.Form], Callable[..., Any], Any]] = {
    "look": (LookForm, commands.view_readings, ""),
    "give": (GiveForm, commands.give_meter, gettext_lazy("The meter is given to the customer.")),
    "exchange": (
        ExchangeForm,
        commands.exchange_meter,
        gettext_lazy("The exchange is written down. Consumption is counted anew from here."),
    ),
}


@never_cache
def meter(request: HttpRequest, number: str) -> HttpResponse:
    """One meter: what is known of it, its alerts, and behind a reason what it counted."""
    shown = one(Meter.objects.select_related("district"), number)
    if request.method != "POST":
        return render(request, "water/meter.html", _context(request, shown))
    name = request.POST.get("act", "")
    form = done(request, name, shown)
    if form is None:
        return redirect("water-desk-meter", number=number)
    return render(request, "water/meter.html", _context(request, shown) | {f"{name}_form": form}, status=422)


def done(request: HttpRequest, name: str, shown: Meter) -> forms.Form | None:
    """Ask for what was posted about a meter; the form with what is wrong with it, or nothing when it is done."""
    if name not in ACTS:
        raise errors.Refused(_("The page asked for something that it can't. Reload it and try again."))
    made, command, said = ACTS[name]
    form = made(request.POST, prefix=name)
    return None if act(request, form, command, said, meter=shown) else form


def _context(request: HttpRequest, shown: Meter) -> dict[str, Any]:
    until = look.open_until(request.user, shown)
    alerts = Alert.objects.filter(entity=shown.pk).select_related("entity")
    [row] = rows([shown])
    return {
        **row,
        "crumbs": [(_("Meters"), reverse("water-desk-meters")), (shown.serial or shown.local_id, "")],
        "held": Holding.objects.filter(meter=shown, until=None).exists(),
        "open_alerts": alert_rows(alerts.filter(closed=None).order_by(WORST_FIRST, "-opened")),
        "past_alerts": alert_rows(alerts.exclude(closed=None).order_by("-closed")[:10]),
        "looks": look.of(shown).select_related("person")[:5],
        "open_until": until,
        "charts": _charts(shown.pk) if until else [],
        **{f"{act}_form": made(prefix=act) for act, (made, _command, _said) in ACTS.items()},
        "layers": one_place(
            _("The meter"),
            shown.point(),
            name=shown.serial or shown.name,
            tone="info",
            synthetic=shown.synthetic,
        ),
    }


def _charts(meter: str) -> list[Chart]:
    now = timezone.now().astimezone(zone())
    hour = next_hour(now)
    return [
        curves.use(meter, hour - timedelta(days=7), hour, "hour"),
        curves.use(meter, midnight(now.date() - timedelta(days=60)), now, "day"),
    ]
