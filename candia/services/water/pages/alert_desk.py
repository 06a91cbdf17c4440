"""One alert at the desk, for whoever has the shift: whether it is real, and what is done about it.

They must see the evidence before anything else, what the thing did before, and decide with a reason in one step.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from candia.core import errors
from candia.core.alert import Alert
from candia.services.water import commands
from candia.services.water.forms import DecisionForm, LookForm, tell
from candia.services.water.models import District, Meter
from candia.services.water.pages import evidence, meter_desk, outcome, reading_access
from candia.services.water.pages.listing import lines


@never_cache
def alert(request: HttpRequest, number: int) -> HttpResponse:
    """One alert with its evidence; what is decided on it is posted to it."""
    shown = (
        Alert.objects.select_related("entity__meter__district")
        .filter(pk=number, rule__startswith="water.")
        .first()
    )
    if shown is None:
        raise errors.NotFound
    if request.method != "POST":
        if request.GET.get("part") == "decision" and _undecided(shown):
            return HttpResponse(status=204)  # Whoever is writing a reason is left alone.
        return render(request, "water/alert.html", _context(request, shown))
    again = _looked(request, shown) if request.POST.get("act") == "look" else _decided(request, shown)
    if again is None:
        return redirect("water-desk-alert", number=number)
    return render(request, "water/alert.html", _context(request, shown) | again, status=422)


def _decided(request: HttpRequest, shown: Alert) -> dict[str, Any] | None:
    """Confirm or dismiss; the form with what is wrong beside its field, or nothing when it is done."""
    by: Any = request.user
    form = DecisionForm(request.POST)
    form.is_valid()
    reason = form.cleaned_data.get("reason", "")
    try:
        if request.POST.get("act") == "confirm":
            commands.confirm_alert(by=by, alert=shown, note=reason)
            messages.success(request, _("The alert is confirmed."))
        elif request.POST.get("act") == "dismiss":
            commands.dismiss_alert(by=by, alert=shown, reason=reason)
            messages.success(request, _("The alert is dismissed."))
        else:
            return {"decision_form": form}
    except (errors.Forbidden, errors.NotFound):
        raise
    except errors.Refused as refused:
        shown.refresh_from_db()
        if not _undecided(shown):
            messages.warning(request, f"{_('Your decision was not kept.')} {refused.sentence}")
            return {}
        tell(form, refused)
        return {"decision_form": form}
    return None


def _undecided(shown: Alert) -> bool:
    return shown.closed is None and shown.status == Alert.OPEN


def _looked(request: HttpRequest, shown: Alert) -> dict[str, Any] | None:
    meter = getattr(shown.entity, "meter", None)
    if meter is None:
        raise errors.NotFound
    form = meter_desk.done(request, "look", meter)
    return None if form is None else {"look_form": form}


def _context(request: HttpRequest, shown: Alert) -> dict[str, Any]:
    meter: Meter | None = getattr(shown.entity, "meter", None)
    open_until = reading_access.open_until(request, meter.pk) if meter else None
    district = meter.district if meter else District.objects.filter(pk=shown.entity_id).first()
    charts = []
    if meter is None:
        charts = evidence.of_district(shown)
    elif open_until:
        charts = evidence.of_meter(shown)
    [told] = lines([shown])
    others = (
        Alert.objects.filter(entity=shown.entity_id)
        .exclude(pk=shown.pk)
        .select_related("entity__meter")
        .order_by("-opened")
    )
    return {
        "item": told,
        "alert": shown,
        "meter": meter,
        "district": district,
        "district_name": str(district) if district else "",
        "open_until": open_until,
        "charts": charts,
        "others": lines(others[:8]),
        "undecided": _undecided(shown),
        "outcome": None if _undecided(shown) else outcome.outcome(shown),
        "crumbs": [(_("Alerts"), reverse("water-desk-alerts")), (f"#{shown.pk}", "")],
        "decision_form": DecisionForm(),
        "look_form": LookForm(prefix="look"),
    }
