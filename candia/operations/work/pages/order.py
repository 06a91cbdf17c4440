"""One work order at the desk, for whoever has the shift: what the crew was told, what it says, what is to decide.

They must see within a look whether it is done, settle what two crews say differently, and plan the next by hand.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.cache import never_cache

from candia.core import errors
from candia.core.access import Person
from candia.core.alert import Alert
from candia.core.attachment import Attachment
from candia.core.command import Command
from candia.core.event import story
from candia.core.relation import related
from candia.core.service import services
from candia.core.things import visible
from candia.core.timeline import steps
from candia.operations import commands, inbox
from candia.operations.pages.inbox import at_desk
from candia.operations.work import planning, reporting, words
from candia.operations.work.crews import crews_of, runs
from candia.operations.work.field_events import MOMENTS, REASONS, Work, derive
from candia.operations.work.forms import CancelForm, CloseForm, CrewForm, DueForm, OrderForm
from candia.operations.work.models import FieldEvent, WorkOrder
from candia.operations.work.pages.listing import row
from candia.operations.work.states import State
from candia.ui.forms import act
from candia.ui.map_layers import one_place


@never_cache
def work_order(request: HttpRequest, number: int) -> HttpResponse:
    """One order; what is decided on it is posted to it."""
    by = at_desk(request)
    shown = (
        WorkOrder.objects.select_related("alert", "author")
        .prefetch_related("assignments__person")
        .filter(number=number)
        .first()
    )
    if shown is None:
        raise errors.NotFound
    if not runs(by, shown):
        raise errors.Forbidden
    forms_ = _forms(shown)
    if request.method == "POST":
        again = _done(request, by, shown)
        if again is None:
            return redirect("operations-desk-work-order", number=number)
        return render(request, "operations/work/order.html", _context(by, shown, forms_ | again), status=422)
    return render(request, "operations/work/order.html", _context(by, shown, forms_))


@never_cache
def new_work_order(request: HttpRequest) -> HttpResponse:
    """Plan work by hand."""
    by = at_desk(request)
    served = inbox.served(by)
    service = request.GET.get("service", "")
    service = service if service in served else (served[0] if served else "")
    form = OrderForm(
        request.POST or None, service=service, initial={"because": request.GET.get("because", "")}
    )
    if request.method == "POST" and act(request, form, planning.make_order, service=service):
        newest = WorkOrder.objects.filter(author=by).latest("number")
        return redirect(newest.desk_page())
    told = {
        "form": form,
        "service": service,
        "served": [(name, services()[name].title) for name in served],
        "crumbs": [(_("Work orders"), reverse("operations-desk-work-orders")), (_("New"), "")],
    }
    return render(request, "operations/work/new.html", told, status=422 if form.errors else 200)


def _forms(shown: WorkOrder, given: QueryDict | None = None) -> dict[str, forms.Form]:
    on_it = [person.pk for person in shown.crew]
    return {
        "assign": CrewForm(given, people=crews_of(shown.service), initial={"crew": on_it}),
        "due": DueForm(given, initial={"due": shown.due}),
        "cancel": CancelForm(given),
        "close": CloseForm(given),
    }


def _done(request: HttpRequest, by: Person, shown: WorkOrder) -> dict[str, forms.Form] | None:
    """Do what was posted; the form with what is wrong beside its field, or nothing when it is done."""
    asked = request.POST.get("act", "")
    if asked in BUTTONS:
        _pressed(request, by, shown, asked)
        return None
    if asked not in ACTS:
        raise errors.Refused(_("The page asked for something that it can't. Reload it and try again."))
    (command, said), form = ACTS[asked], _forms(shown, request.POST)[asked]
    return None if act(request, form, command, said, order=shown) else {asked: form}


def _pressed(request: HttpRequest, by: Person, shown: WorkOrder, asked: str) -> None:
    press, said = BUTTONS[asked]
    try:
        press(by, shown)
    except (errors.Forbidden, errors.NotFound):
        raise
    except errors.Refused as no:
        messages.warning(request, str(no.sentence))
    else:
        messages.success(request, str(said))


def _repaired(by: Person, shown: WorkOrder) -> object:
    if shown.alert is None:
        raise errors.NotFound
    return commands.report_repair(by=by, alert=shown.alert)


def _weigh(by: Person, shown: WorkOrder, *, count: bool) -> object:
    return reporting.weigh_reports(by=by, order=shown, count=count)


#: What is filled in and posted: the command that it asks for, and what is said when it is done.
ACTS: dict[str, tuple[Command, Any]] = {
    "assign": (
        planning.assign_order,
        _lazy("The crew is sent. It stands on their phones once these have a network."),
    ),
    "due": (planning.change_due, _lazy("The date is changed.")),
    "cancel": (planning.cancel_order, _lazy("The work is called off.")),
    "close": (planning.close_order, _lazy("The work order is closed.")),
}
#: What one button does, and what is said when it is done.
BUTTONS: dict[str, tuple[Callable[[Person, WorkOrder], object], Any]] = {
    "count": (partial(_weigh, count=True), _lazy("It counts now.")),
    "leave_out": (partial(_weigh, count=False), _lazy("It is left out, and stays to be read.")),
    "repaired": (_repaired, _lazy("The alert is marked as repaired.")),
}


def _context(by: Person, shown: WorkOrder, drawn: dict[str, forms.Form]) -> dict[str, Any]:
    events = list(FieldEvent.objects.filter(order=shown).select_related("person"))
    photos = {one.pk: one.attachment for one in shown.photos.select_related("attachment")}
    events.sort(key=lambda one: (one.at, one.phone, one.sequence))
    work = derive(one.told() for one in events if one.standing == FieldEvent.COUNTED)
    told = {one.pk: words.row(one, shown.checklist) for one in events}
    others = [one.id for one in related(shown.pk)]
    return {
        **row(shown),
        **{f"{name}_form": form for name, form in drawn.items()},
        "reason": REASONS.get(shown.reason, ""),
        "alert_waits": shown.state == State.DONE and _waits(shown.alert),
        "photos": _photos(work, photos),
        "still_to_come": sum(UUID(one.data["photo"]) not in photos for one in work.photos),
        "checklist": [(item, number in work.ticked) for number, item in enumerate(shown.checklist)],
        "hours": words.hours(work.minutes) if work.minutes else "",
        "materials": [told[one.id] for one in work.materials],
        "said": [one for pk, one in told.items() if one["standing"] == FieldEvent.COUNTED],
        "set_aside": [one for one in told.values() if one["standing"] == FieldEvent.ASIDE],
        "left_out": [one for one in told.values() if one["standing"] == FieldEvent.LEFT_OUT],
        "ends": [told[one.id] for one in work.last_words] if shown.contradicted else [],
        "because": list(visible(others, by).values()),
        "layers": one_place(
            shown.place or str(shown),
            shown.point(),
            name=str(shown),
            text=shown.place,
            tone="info",
            synthetic=shown.synthetic,
        ),
        "story": _story(shown),
        "crumbs": [(_("Work orders"), reverse("operations-desk-work-orders")), (f"#{shown.number}", "")],
    }


def _photos(work: Work, there: dict[UUID, Attachment]) -> list[tuple[Any, list[Attachment]]]:
    """The photographs that have arrived, before and after."""
    found = [(one.data["moment"], there.get(UUID(one.data["photo"]))) for one in work.photos]
    by_moment = [
        (title, [one for of, one in found if of == moment and one is not None])
        for moment, title in MOMENTS.items()
    ]
    return [(title, those) for title, those in by_moment if those]


def _waits(alert: Alert | None) -> bool:
    return alert is not None and alert.closed is None and alert.status in {Alert.OPEN, Alert.CONFIRMED}


def _story(shown: WorkOrder) -> list[dict[str, Any]]:
    """What the desk and the phones did, with the names of colleagues, oldest first."""
    events = list(story(shown.pk))
    numbers = {one.by.partition(":")[2] for one in events if one.by.startswith("person:")}
    names = {one.actor_id: str(one) for one in Person.objects.filter(pk__in=numbers, is_active=True)}
    told = steps(events, public=False)
    for step, event in zip(told, events, strict=True):
        step["by"] = names.get(event.by) or step["by"]
        step["because"] = None
    return told
