"""Maintaining: the part of an alert's page with which its thing is silenced for a time, or heard again."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext as _

from candia.core.alert import Alert
from candia.operations.forms import MaintenanceForm
from candia.operations.maintenance import begin_maintenance, end_maintenance, standing
from candia.ui.forms import act

PREFIX = "maintain"


def context(shown: Alert) -> dict[str, Any]:
    """Whether the alert's thing is in maintenance, and the form that begins one."""
    return {
        "maintain_form": MaintenanceForm(prefix=PREFIX),
        "maintenance": standing([shown.entity_id]).get(shown.entity_id),
    }


def begun(request: HttpRequest, shown: Alert) -> dict[str, forms.Form] | None:
    """Begin it; the form with what is wrong beside its field, or nothing when it is done."""
    form = MaintenanceForm(request.POST, prefix=PREFIX)
    said = _("It wakes nobody until then.")
    return (
        None
        if act(request, form, begin_maintenance, said, entity=shown.entity_id)
        else {"maintain_form": form}
    )


def ended(request: HttpRequest, shown: Alert) -> dict[str, forms.Form] | None:
    """End it before its time."""
    act(request, forms.Form({}), end_maintenance, _("It is heard again."), entity=shown.entity_id)
    return None
