"""Recurring work: a rule of dates, and the job that plans the next order in time."""

from __future__ import annotations

from calendar import monthrange
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from procrastinate.contrib.django import app

from candia.core import errors
from candia.core.access import Machine, machine, system
from candia.core.command import command
from candia.core.event import Happened
from candia.core.relation import relate, related
from candia.core.telemetry import zone
from candia.operations.forms import MORNING
from candia.operations.work.models import WorkOrder
from candia.operations.work.planning import new_number
from candia.operations.work.states import State

#: So long before it is due the next one is planned.
AHEAD = timedelta(days=14)

_copied = ("name", "service", "place", "parts", "safety", "checklist", "priority", "every")
_where = ("lon", "lat", "zone", "synthetic")


def next_due(due: datetime, months: int, now: datetime) -> datetime:
    """The first date of the rule after `due` that is not past: the same day and hour of the city, months later.

    Where a month has no such day it is its last; what a city missed while it stood still is not made up for.
    """
    begun, count = timezone.localtime(due), 0
    while True:
        count += months
        years, month = divmod(begun.month - 1 + count, 12)
        year, month = begun.year + years, month + 1
        day = min(begun.day, monthrange(year, month)[1])
        then = begun.replace(year=year, month=month, day=day)
        if then > now:
            return then


@app.periodic(cron="20 * * * *")
@app.task(name="operations.recur", queueing_lock="operations.recur", pass_context=False)
def recur(timestamp: int) -> None:
    """Each hour: whether it is seven in the city, when the work of the weeks to come is planned."""
    now = datetime.fromtimestamp(timestamp, zone())
    if now.hour == MORNING:
        plan_all(now)


def plan_all(now: datetime) -> int:
    """Plan the next of each recurring order whose time has come; how many."""
    waiting = WorkOrder.objects.filter(~Q(state=State.CANCELLED), every__gt=0, followed=False).exclude(
        due=None
    )
    come = [order for order in waiting if order.due and next_due(order.due, order.every, now) - AHEAD <= now]
    for order in come:
        plan_next(by=system, order=order)
    return len(come)


@command(event="operations.work_order_recurred", title=_("Planned again"), may=machine, staff=True)
def plan_next(by: Machine, *, order: WorkOrder) -> Happened:  # noqa: ARG001 — the system asks
    """Plan the next order of a rule of dates, once: the same work at the same place, with nobody sent yet."""
    if order.followed or not order.every or order.due is None:
        raise errors.Conflict
    number = new_number()
    copied = {name: getattr(order, name) for name in (*_copied, *_where)}
    due = next_due(order.due, order.every, timezone.now())
    following = WorkOrder(id=f"{WorkOrder.kind}:{number}", number=number, due=due, **copied)
    following.save()
    for other in related(order.pk):
        if other.kind == "came_from" and not other.back:
            relate(following, "came_from", other.id)
    order.followed = True
    order.save(update_fields=["followed"])
    return Happened(following, about=following, data={"after": order.number, "due": due})
