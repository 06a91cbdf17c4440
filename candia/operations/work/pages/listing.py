"""All work orders, for whoever has the shift: what waits for them, what crews have in hand, what is done.

They come to see whether this morning's leak is being mended, and by whom, and what was left for them to decide.
"""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from candia.core.access import Grant, Person
from candia.core.zones import zone_name
from candia.operations import inbox
from candia.operations.pages.inbox import at_desk
from candia.operations.work.forms import ListFilter
from candia.operations.work.models import Assignment, WorkOrder
from candia.operations.work.states import OPEN, TONES, State
from candia.operations.work.waiting import LEFT, SEVERITY

AT_ONCE = 40
_mine_to_do = Q(state=State.PLANNED) | LEFT
#: The three parts of the list, and which orders each holds.
PARTS: dict[str, tuple[Any, Q]] = {
    "waiting": (_("Waiting for the desk"), _mine_to_do),
    "under_way": (_("With a crew"), Q(state__in=OPEN) & ~_mine_to_do),
    "done": (_("Closed"), ~Q(state__in=OPEN) & ~_mine_to_do),
}


@never_cache
def work_orders(request: HttpRequest) -> HttpResponse:
    """The orders of the services that somebody operates; what is asked for stays in the address."""
    by = at_desk(request)
    served = inbox.served(by)
    form = ListFilter(request.GET, served, _people(served))
    form.is_valid()
    part = request.GET.get("part", "")
    part = part if part in PARTS else "waiting"
    found = _narrowed(served, form.cleaned_data)
    counts = found.aggregate(**{name: Count("pk", filter=test) for name, (_title, test) in PARTS.items()})
    page = Paginator(_ordered(found.filter(PARTS[part][1]), part), AT_ONCE).get_page(request.GET.get("page"))
    told = {
        "form": form,
        "tabs": _tabs(request, part, counts),
        "part": part,
        "page_obj": page,
        "rows": [row(order) for order in page],
        "narrowed": any(request.GET.get(name) for name in ("service", "who", "priority")),
        "may_plan": bool(served),
    }
    return render(request, "operations/work/orders.html", told)


def row(order: WorkOrder) -> dict[str, Any]:
    """An order as a list shows it."""
    return {
        "order": order,
        "crew": ", ".join(str(person) for person in order.crew),
        "tone": TONES[State(order.state)],
        "severity": SEVERITY[order.priority],
        "zone": zone_name(order.zone) if order.zone else "",
    }


def _narrowed(served: list[str], asked: dict[str, Any]) -> QuerySet[WorkOrder]:
    found = WorkOrder.objects.filter(service__in=served)
    if asked.get("service"):
        found = found.filter(service=asked["service"])
    if asked.get("priority"):
        found = found.filter(priority=asked["priority"])
    if asked.get("who"):
        own = Assignment.objects.filter(person=asked["who"], until=None)
        found = found.filter(pk__in=own.values("order"))
    return found


def _ordered(found: QuerySet[WorkOrder], part: str) -> QuerySet[WorkOrder]:
    order = ["-ended", "-number"] if part == "done" else ["due", "number"]
    return found.select_related("alert").prefetch_related("assignments__person").order_by(*order)


def _people(served: list[str]) -> list[Person]:
    held = Person.objects.filter(grants__role=Grant.CREW, grants__service__in=[*served, ""], is_active=True)
    return list(held.distinct().order_by("name", "pk"))


def _tabs(request: HttpRequest, part: str, counts: dict[str, int]) -> list[dict[str, Any]]:
    query = request.GET.copy()
    query.pop("page", None)
    tabs = []
    for name, (title, _test) in PARTS.items():
        query["part"] = name
        url = f"{reverse('operations-desk-work-orders')}?{query.urlencode()}"
        tabs.append({"label": title, "url": url, "current": name == part, "count": counts[name]})
    return tabs
