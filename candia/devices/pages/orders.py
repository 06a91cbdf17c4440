"""Orders at the desk, for whoever has the shift: what is wanted beside what is measured, and whether it was obeyed.

They gave an order and must know within seconds what became of it; what they look at renews itself.
"""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache

from candia.core import errors
from candia.core.access import Person, administrator
from candia.core.alert import Alert
from candia.core.entity import Entity
from candia.core.evidence import Evidence
from candia.core.service import capabilities, services
from candia.devices.commands import operates
from candia.devices.forms import OrderForm, OrderSearch
from candia.devices.models import STATE_TITLES, Order, OrderGroup
from candia.devices.orders import commands
from candia.devices.orders.commands import may_order
from candia.devices.orders.recipients import devices_of
from candia.devices.orders.states import NOT_OBEYED
from candia.devices.pages.order_rows import air, counted, row, states_of, with_stories
from candia.ui.forms import show_refusal
from candia.ui.reader import member

SHOWN = 20


@never_cache
def orders(request: HttpRequest) -> HttpResponse:
    """The newest orders of the services that somebody operates, and those that went to many things."""
    by = member(request)
    mine = _of_mine(by)
    search = OrderSearch(request.GET)
    asked = search.cleaned_data["q"] if search.is_valid() else ""
    found = Order.objects.filter(mine).select_related("entity", "queued_by").order_by("-made")
    if asked:
        # Somebody who is still typing is not led away.
        if asked in _things(by, asked) and "HX-Request" not in request.headers:
            return redirect("devices-desk-thing", entity=asked)
        found = found.filter(Q(entity__pk__startswith=asked) | Q(device=asked))
    page = Paginator(found, SHOWN).get_page(request.GET.get("page"))
    groups = OrderGroup.objects.filter(mine).order_by("-id")[:5]
    told = {
        "page_obj": page,
        "rows": [row(order) for order in page],
        "groups": [counted(group) for group in groups],
        "form": search,
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
        "air": air(entity, device),
        "states": states_of(found, known),
        "forms": [(one, forms[one.qualified]) for one in known],
        "rows": with_stories(Order.objects.filter(entity=entity).order_by("-made")[:SHOWN]),
    }
    return render(request, "devices/thing.html", told, status=status)


@never_cache
def order_group(request: HttpRequest, number: int) -> HttpResponse:
    """One order to many things: how many of them obeyed, and which did not."""
    by = member(request)
    group = OrderGroup.objects.filter(_of_mine(by), pk=number).first()
    if group is None:
        raise errors.NotFound
    if request.method == "POST":
        _cancel(request, by, group)
        return redirect("devices-desk-order-group", number=number)
    chosen = request.GET.get("state", "")
    found = group.orders.select_related("entity").order_by("entity_id")
    if chosen == "not":
        found = found.filter(state__in=sorted(NOT_OBEYED))
    elif chosen in STATE_TITLES:
        found = found.filter(state=chosen)
    page = Paginator(found, 50).get_page(request.GET.get("page"))
    told = {
        "group": counted(group),
        "page_obj": page,
        "rows": [row(order) for order in page],
        "chosen": chosen,
        "operates": group.capability.partition(".")[0] in operates(by),
    }
    return render(request, "devices/order_group.html", told)


def _cancel(request: HttpRequest, by: Person, group: OrderGroup) -> None:
    """Take back what still waits, and say how many that were, or why it can't be."""
    try:
        count = commands.cancel_group(by=by, group=group).data["count"]
    except errors.Refused as error:
        messages.error(request, str(error))
        return
    said = ngettext("%(count)d order is cancelled.", "%(count)d orders are cancelled.", count)
    messages.success(request, said % {"count": count})


def evidence(alert: Alert, _by: Person) -> Evidence:
    """What the alert of an order that was not obeyed is judged by: the thing's orders, where a new one is given."""
    url = reverse("devices-desk-thing", kwargs={"entity": alert.entity_id})
    return Evidence(facts=((_("Orders"), str(alert.entity), url),))


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
        show_refusal(form, error)
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
