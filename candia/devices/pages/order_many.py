"""One order to many things: chosen on a list, confirmed with what will happen to how many, then watched.

For whoever has the shift and a whole street to dim: they narrow the list until it holds what they mean, tick some
or take all of it, and see in figures what they are about to do before anything is sent.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from django.conf import settings
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from candia.core import errors
from candia.core.access import Device, Person
from candia.core.capability import Capability
from candia.core.entity import Entity
from candia.core.numbers import number_of
from candia.core.service import capabilities
from candia.devices.commands import operates
from candia.devices.forms import OrderForm, ThingSearch
from candia.devices.models import OrderGroup, WantedState
from candia.devices.orders import commands
from candia.devices.orders.recipients import devices_of
from candia.devices.orders.states import NOT_OBEYED
from candia.devices.pages.order_rows import spoken
from candia.ui.forms import show_refusal
from candia.ui.reader import member

#: Things on one page of the list, all of which can be ticked.
SHOWN = 100


@dataclass
class Choice:
    """What is to be told to which things: `ids` in their order; `told` is what a form sends on to say it again."""

    capability: Capability
    found: QuerySet[Entity]
    ids: list[str] = field(default_factory=list)
    told: dict[str, str] = field(default_factory=dict)


@never_cache
def order_many(request: HttpRequest) -> HttpResponse:
    """Choose things and what they shall be; confirm; give the order."""
    by = member(request)
    known = {name: one for name, one in capabilities().items() if name.partition(".")[0] in operates(by)}
    asked = request.POST if request.method == "POST" else request.GET
    capability = known.get(asked.get("what", "")) or next(iter(known.values()), None)
    if capability is None:
        return render(request, "devices/order_many.html", {})
    search = ThingSearch(asked, capabilities=known, capability=capability)
    choice = _choice(request, capability, search)
    if request.method != "POST":
        return _list(request, search, choice, OrderForm(None, capability=capability))
    form = OrderForm(request.POST, capability=capability)
    if not choice.ids:
        form.add_error(None, _("Nothing is chosen. Tick some, or take all of the list."))
    if not form.is_valid():
        return _list(request, search, choice, form, 422)
    if request.POST.get("act") == "give" and _as_confirmed(request.POST, choice):
        return _given(request, by, search, choice, form)
    return _confirm(request, by, choice, form)


def _choice(request: HttpRequest, capability: Capability, search: ThingSearch) -> Choice:
    """Which things are meant: those ticked, all that the search finds, or those of a group that did not obey."""
    asked = request.POST
    found = _found(capability, search)
    how = asked.get("choose", "")
    if how == "ticked":
        ticked = set(" ".join(asked.getlist("things")).split()[:SHOWN])
        ids = list(_things(capability).filter(pk__in=ticked).values_list("pk", flat=True))
        return Choice(capability, found, ids, {"choose": how, "things": " ".join(ids)})
    if how == "group":
        group = OrderGroup.objects.filter(
            pk=number_of(asked.get("group")), capability=capability.qualified
        ).first()
        if group is None:
            raise errors.NotFound
        ids = list(group.orders.filter(state__in=_states(asked)).values_list("entity_id", flat=True))
        told = {"choose": how, "group": str(group.pk), "state": asked.get("state", "")}
        return Choice(capability, found, sorted(ids), told)
    ids = list(found.values_list("pk", flat=True)) if how == "all" else []
    return Choice(capability, found, ids, {"choose": how})


def _states(asked: QueryDict) -> list[str]:
    state = asked.get("state", "")
    return [state] if state in NOT_OBEYED else sorted(NOT_OBEYED)


def _things(capability: Capability) -> QuerySet[Entity]:
    return Entity.objects.filter(kind_name=capability.on.kind).order_by("name", "pk")


def _found(capability: Capability, search: ThingSearch) -> QuerySet[Entity]:
    """The things of the search: words of a name, the beginning of an id, what a device speaks for; in a zone."""
    found = _things(capability)
    if not search.is_valid():
        return found.none()
    words, zone = search.cleaned_data["q"].strip(), search.cleaned_data["zone"]
    if words:
        device = Device.objects.filter(pk=words).first()
        speaks = Q(pk__in=device.entities) | Q(kind_name__in=device.kinds) if device else Q(pk__in=[])
        found = found.filter(Q(name__icontains=words) | Q(pk__startswith=words) | speaks)
    return found.filter(zone=zone) if zone else found


def _list(
    request: HttpRequest, search: ThingSearch, choice: Choice, form: OrderForm, status: int = 200
) -> HttpResponse:
    page = Paginator(choice.found, SHOWN).get_page(request.GET.get("page"))
    hears = devices_of([thing.pk for thing in page])
    told = {
        "capability": choice.capability,
        "search": search,
        "form": form,
        "page_obj": page,
        "rows": [(thing, hears.get(thing.pk, "")) for thing in page],
        "ticked": choice.ids,
    }
    return render(request, "devices/order_many.html", told, status=status)


def _confirm(
    request: HttpRequest, by: Person, choice: Choice, form: OrderForm, error: str = ""
) -> HttpResponse:
    """What will happen to how many, in figures, before it does."""
    value, count = form.cleaned_data.get("value"), len(choice.ids)
    wanted = WantedState.objects.filter(capability=choice.capability.qualified, entity__in=choice.ids)
    others = wanted.filter(claims__has_key="person").exclude(claims__person__value=value)
    told = {
        "capability": choice.capability,
        "value": spoken(choice.capability, value) if value is not None else "",
        "until": form.end(timezone.now()),
        "count": count,
        "deaf": count - len(devices_of(choice.ids)),
        "others": others.exclude(claims__person__by=by.actor_id).count(),
        "seconds": -(-count // settings.CANDIA.order_rate),
        "first": Entity.objects.filter(pk__in=choice.ids).order_by("name", "pk")[:5],
        "more": max(0, count - 5),
        "sent_on": {**_sent_on(request.POST), **choice.told, "count": str(count)},
        "changed": "count" in request.POST and request.POST["count"] != str(count),
        "error": error,
    }
    return render(request, "devices/order_many_confirm.html", told, status=422 if error else 200)


def _sent_on(asked: QueryDict) -> dict[str, str]:
    return {name: asked.get(name, "") for name in ("what", "q", "zone", "value", "lasting")}


def _as_confirmed(asked: QueryDict, choice: Choice) -> bool:
    """Whether it is still as many things as whoever confirmed it was told."""
    return asked.get("count") == str(len(choice.ids))


def _given(
    request: HttpRequest, by: Person, search: ThingSearch, choice: Choice, form: OrderForm
) -> HttpResponse:
    try:
        event = commands.order_group(
            by=by,
            entities=choice.ids,
            capability=choice.capability.qualified,
            value=form.cleaned_data.get("value"),
            until=form.end(timezone.now()),
        )
    except errors.Refused as refused:
        show_refusal(form, refused)
        return _list(request, search, choice, form, 422)
    return redirect("devices-desk-order-group", number=event.data["group"])
