"""Sending: the part of an alert's page with which a crew is sent, and the work that came of it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext as _

from candia.core.alert import Alert
from candia.operations import inbox
from candia.operations.inbox import Line
from candia.operations.work.forms import PlanForm
from candia.operations.work.models import WorkOrder
from candia.operations.work.pages.listing import row
from candia.operations.work.planning import order_from_alert
from candia.ui.forms import act

PREFIX = "plan"


def context(line: Line, shown: Alert) -> dict[str, Any]:
    """The alert's work orders, the newest first, and the form for another where one may be planned."""
    found = WorkOrder.objects.filter(alert=shown).prefetch_related("assignments__person").order_by("-number")
    orders = [row(order) for order in found]
    may = shown.closed is None and shown.status in {Alert.OPEN, Alert.CONFIRMED}
    under_way = any(one["order"].is_open for one in orders)
    return {"work_orders": orders, "plan_form": form(line, shown) if may and not under_way else None}


def form(line: Line, shown: Alert, given: Any = None) -> PlanForm:
    """The form with what the alert says already in it."""
    where = dict.fromkeys(part for part in (line.place.thing, line.place.area_name) if part)
    known = {
        "what": shown.sentence()[:200],
        "place": ", ".join(where),
        "priority": "urgent" if shown.severity in {"severe", "extreme"} else "normal",
    }
    return PlanForm(given, service=line.item.service, prefix=PREFIX, initial=known)


def sent(request: HttpRequest, shown: Alert) -> dict[str, forms.Form] | None:
    """Plan what was posted; the form with what is wrong beside its field, or nothing when it is done."""
    [line] = inbox.alert_lines([shown])
    filled = form(line, shown, request.POST)
    said = (
        _("The crew is sent.")
        if f"{PREFIX}-crew" in request.POST
        else _("The work is planned. Send a crew next.")
    )
    return None if act(request, filled, order_from_alert, said, alert=shown) else {"plan_form": filled}
