"""Orders at the desk, for whoever has the shift: what is wanted beside what is measured, and whether it was obeyed.

They gave an order and must know within seconds what became of it; what they look at renews itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from candia.core import errors
from candia.core.access import Person, administrator
from candia.core.alert import Alert
from candia.core.capability import Capability
from candia.core.entity import Entity
from candia.core.event import Event
from candia.core.service import capabilities, services
from candia.core.telemetry import store
from candia.core.timeline import steps
from candia.devices.commands import operates
from candia.devices.forms import OrderForm, refused
from candia.devices.models import REASON_TITLES, STATE_TITLES, Order, OrderGroup, WantedState
from candia.devices.orders import commands
from candia.devices.orders.commands import may_order
from candia.devices.orders.recipients import devices_of
from candia.devices.orders.states import State
from candia.devices.pages.device_list import member
from candia.telemetry import questions
from candia.telemetry.store import StoreAway

SHOWN = 20
#: How a state looks to whoever waits for it.
TONES = {
    State.QUEUED: "info",
    State.SENT: "info",
    State.RECEIVED: "info",
    State.DONE: "good",
    State.CONFIRMED: "good",
    State.CONTRADICTED: "bad",
    State.REFUSED: "bad",
    State.FAILED: "bad",
    State.UNANSWERED: "warn",
    State.EXPIRED: "warn",
    State.REPLACED: "quiet",
    State.CANCELLED: "quiet",
}


@never_cache
def orders(request: HttpRequest) -> HttpResponse:
    """The newest orders of the services that somebody operates, and those that went to many things."""
    by = member(request)
    mine = _of_mine(by)
    asked = request.GET.get("q", "").strip()[:120]
    found = Order.objects.filter(mine).select_related("entity", "queued_by").order_by("-made")
    if asked:
        if asked in _things(by, asked):
            return redirect("devices-desk-thing", entity=asked)
        found = found.filter(Q(entity__pk__startswith=asked) | Q(device=asked))
    page = Paginator(found, SHOWN).get_page(request.GET.get("page"))
    groups = OrderGroup.objects.filter(mine).order_by("-id")[:5]
    told = {
        "page_obj": page,
        "rows": [_row(order) for order in page],
        "groups": [_counted(group) for group in groups],
        "q": asked,
        "told": any(service.capabilities for service in services().values()),
    }
    return render(request, "devices/orders.html", told)


@never_cache
def thing(request: HttpRequest, entity: str) -> HttpResponse:
    """One thing: each state that can be wanted of it beside the one it reports, its orders, and to give one."""
    by = member(request)
    found = Entity.objects.filter(pk=entity).first()
    if found is None or not (may_order(by, entity) or administrator(by)):
        raise errors.NotFound
    known = [one for one in capabilities().values() if entity.startswith(f"{one.on.kind}:")]
    forms = {one.qualified: OrderForm(None, capability=one, prefix=one.name) for one in known}
    status = 200
    if request.method == "POST":
        try:
            messages.success(request, _done(request, by, found, forms))
            return redirect("devices-desk-thing", entity=entity)
        except _Wrong:
            status = 422
        except errors.Refused as error:
            messages.error(request, str(error))
    device = devices_of([entity]).get(entity, "")
    told = {
        "thing": found,
        "device": device,
        "states": _states(found, known),
        "forms": [(one, forms[one.qualified]) for one in known],
        "rows": _with_stories(Order.objects.filter(entity=entity).order_by("-made")[:SHOWN]),
    }
    return render(request, "devices/thing.html", told, status=status)


@never_cache
def order_group(request: HttpRequest, number: int) -> HttpResponse:
    """One order to many things: how many of them obeyed, and which did not."""
    group = OrderGroup.objects.filter(_of_mine(member(request)), pk=number).first()
    if group is None:
        raise errors.NotFound
    chosen = request.GET.get("state", "")
    found = group.orders.select_related("entity").order_by("entity_id")
    if chosen in STATE_TITLES:
        found = found.filter(state=chosen)
    page = Paginator(found, 50).get_page(request.GET.get("page"))
    told = {
        "group": _counted(group),
        "page_obj": page,
        "rows": [_row(order) for order in page],
        "chosen": chosen,
    }
    return render(request, "devices/order_group.html", told)


@never_cache
def alert(request: HttpRequest, number: int) -> HttpResponse:
    """The thing whose order an alert says was not obeyed."""
    shown = Alert.objects.filter(pk=number, rule__startswith="devices.").first()
    if shown is None:
        raise errors.NotFound
    return thing(request, shown.entity_id)


class _Wrong(Exception):
    """A form has what is wrong beside its field."""


def _done(request: HttpRequest, by: Person, found: Entity, forms: dict[str, OrderForm]) -> str:
    """Do what a button asks for; the sentence that says so. Raises _Wrong or what the command refuses."""
    act, name = request.POST.get("act", ""), request.POST.get("capability", "")
    if act == "cancel":
        commands.cancel_order(by=by, order=request.POST.get("order", ""))
        return _("The order is cancelled.")
    known = capabilities().get(name)
    if known is None or name not in forms:
        raise errors.Refused(_("This thing can't be told that."))
    if act == "release":
        commands.release_state(by=by, entity=found.pk, capability=name)
        return _("What you wanted is taken back.")
    form = forms[name] = OrderForm(request.POST, capability=known, prefix=known.name)
    if not form.is_valid():
        raise _Wrong
    try:
        if known.momentary:
            commands.order_act(by=by, entity=found.pk, capability=name, value=form.cleaned_data.get("value"))
        else:
            until = form.end(timezone.now())
            commands.want_state(
                by=by, entity=found.pk, capability=name, value=form.cleaned_data["value"], until=until
            )
    except errors.Refused as error:
        refused(form, error)
        raise _Wrong from error
    return _("The order is given. Below you see what becomes of it.")


def _of_mine(by: Person) -> Q:
    """The orders of the services that somebody operates; an administrator sees all."""
    found = Q(pk__in=[])
    for name in operates(by):
        found |= Q(capability__startswith=f"{name}.")
    return found


def _things(by: Person, asked: str) -> set[str]:
    mine = operates(by)
    found = Entity.objects.filter(pk=asked).values_list("pk", flat=True)
    return {one for one in found if one.partition(".")[0] in mine}


def _states(found: Entity, known: Iterable[Capability]) -> list[dict[str, Any]]:
    """For each state of a thing: what is wanted and why, what is reported and when, and the newest order."""
    wanted = {one.capability: one for one in WantedState.objects.filter(entity=found)}
    rows = []
    for one in known:
        state, reported = wanted.get(one.qualified), _reported(found.pk, one)
        newest = Order.objects.filter(entity=found, capability=one.qualified).order_by("-made").first()
        claim = state.read().claim if state else None
        rows.append(
            {
                "capability": one,
                "title": one.title or one.name,
                "wanted": _spoken(one, claim.value) if claim else "",
                "reason": REASON_TITLES.get(state.reason, "") if state else "",
                "until": claim.until if claim else None,
                "mine": bool(state and "person" in state.claims),
                "reported": reported,
                "differs": bool(
                    claim and reported.get("known") and not one.agrees(claim.value, reported["value"])
                ),
                "order": _row(newest) if newest else None,
            }
        )
    return rows


def _reported(entity: str, one: Capability) -> dict[str, Any]:
    """The latest observation of a state: `value`, `text`, `time`, and whether any is `known`."""
    if not one.state_property:
        return {"unmeasured": True}
    property = f"{entity.partition('.')[0]}.{one.state_property}"
    try:
        rows = questions.latest(store(), property, [entity]).to_pylist()
    except StoreAway:
        return {"away": True}
    if not rows:
        return {}
    value = rows[0]["state"] if rows[0]["value"] is None else rows[0]["value"]
    return {"known": True, "value": value, "text": _spoken(one, value), "time": rows[0]["time"]}


def _spoken(one: Capability | None, value: Any) -> str:
    told = f"{value:g}" if isinstance(value, float | int) else str(value or "")
    return f"{told} {one.unit}" if one and one.unit and told else told


def _row(order: Order) -> dict[str, Any]:
    one, state = capabilities().get(order.capability), State(order.state)
    # Of a state that is measured, the device's own word is not the last.
    waits = state == State.DONE and one is not None and bool(one.state_property)
    return {
        "order": order,
        "title": (one.title or one.name) if one else order.capability,
        "value": _spoken(one, order.value),
        "state": STATE_TITLES[state],
        "tone": "info" if waits else TONES[state],
    }


def _with_stories(found: QuerySet[Order]) -> list[dict[str, Any]]:
    """Orders with their events, all in one question."""
    shown = list(found)
    events = Event.objects.filter(about__in=[order.story_id for order in shown]).select_related("because")
    told: dict[str, list[Event]] = {}
    for event in events.order_by("id"):
        told.setdefault(event.about, []).append(event)
    return [{**_row(order), "events": steps(told.get(order.story_id, []))} for order in shown]


def _counted(group: OrderGroup) -> dict[str, Any]:
    """A group with its counts: how many obeyed of how many, and how many are in which other state."""
    one, counts = capabilities().get(group.capability), group.counted()
    obeyed = counts.get(State.DONE, 0) + counts.get(State.CONFIRMED, 0)
    others = [
        {"state": state, "title": title, "count": counts[state], "tone": TONES[State(state)]}
        for state, title in STATE_TITLES.items()
        if counts.get(state) and state not in {State.DONE, State.CONFIRMED}
    ]
    return {
        "group": group,
        "title": (one.title or one.name) if one else group.capability,
        "value": _spoken(one, group.value),
        "obeyed": obeyed,
        "all": len(group.entities),
        "others": others,
    }
