"""What is in maintenance, for whoever has the shift: what wakes nobody now, why and until when.

They plan a night's works on a main and must silence a whole part of the city in one step, and in the morning see
what still rests, and let it be heard again.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from candia.core import errors
from candia.core.access import Person, names_of
from candia.core.service import services
from candia.operations import areas
from candia.operations.forms import AreaForm
from candia.operations.inbox import served_by
from candia.operations.maintenance import end_maintenance
from candia.operations.models import Maintenance, MaintenanceArea
from candia.operations.pages.inbox import at_desk
from candia.ui.forms import act

# Single things, so many of them at most.
SHOWN = 200


def maintenance(request: HttpRequest) -> HttpResponse:
    """All that this person's services have silenced; an area is begun, and anything ended, by what is posted."""
    by = at_desk(request)
    served = {name: services()[name].title for name in served_by(by)}
    form = AreaForm(request.POST if request.POST.get("act") == "begin" else None, served=served)
    if request.method == "POST":
        if request.POST.get("act") == "begin":
            said = _("The area wakes nobody until then.")
            done = act(request, form, areas.begin_area_maintenance, said)
        else:
            done = _ended(request, by)
        if done:
            return redirect("operations-desk-maintenance")
    status = 422 if form.errors else 200
    return render(
        request, "operations/silenced.html", {"form": form, **_standing(list(served))}, status=status
    )


def _ended(request: HttpRequest, by: Person) -> bool:
    area, entity = request.POST.get("area", ""), request.POST.get("entity", "")
    try:
        if area:
            areas.end_area_maintenance(by=by, area=area)
        else:
            end_maintenance(by=by, entity=entity)
        messages.success(request, _("It is heard again."))
    except errors.Conflict as late:
        messages.warning(request, str(late))
    return True


def _standing(served: list[str]) -> dict[str, Any]:
    now = timezone.now()
    whole = MaintenanceArea.objects.filter(service__in=served, ended=None, until__gt=now).order_by("until")
    single = Maintenance.objects.filter(area=None, ended=None, until__gt=now).select_related("entity")
    own = [one for one in single.order_by("until", "pk") if one.entity.service_name in served]
    by = [*(one.by for one in whole), *(one.by for one in own[:SHOWN])]
    titles, names = areas.titles(whole), names_of(by)
    return {
        "areas": [(one, titles[one.pk], names[one.by]) for one in whole],
        "things": [(one, names[one.by]) for one in own[:SHOWN]],
        "more": max(0, len(own) - SHOWN),
    }
