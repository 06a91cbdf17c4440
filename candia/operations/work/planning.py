"""Planning: the desk makes a work order, sends a crew, changes when it is due, cancels or closes it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as __

from candia.core import errors
from candia.core.access import Person, operator
from candia.core.alert import Alert
from candia.core.command import command
from candia.core.entity import Entity
from candia.core.event import Happened
from candia.core.relation import relate
from candia.core.service import services
from candia.core.things import visible
from candia.operations import inbox
from candia.operations.commands import at_work, on_duty
from candia.operations.work.crews import crews_of, runs
from candia.operations.work.field_events import REASONS
from candia.operations.work.models import EVERY, PRIORITIES, Assignment, WorkOrder
from candia.operations.work.states import Act, State, after
from candia.operations.work.telling import tell_crew

MOST_ITEMS = 40
LONGEST = 4000


@dataclass(frozen=True)
class Plan:
    """What a crew is told: what, where in words, who goes, how urgent, until when; the checklist an item a line."""

    what: str = ""
    place: str = ""
    crew: tuple[int, ...] = ()
    priority: str = "normal"
    due: datetime | None = None
    parts: str = ""
    safety: str = ""
    checklist: str = ""
    every: int = 0


@command(event="operations.work_order_from_alert", title=__("Work order"), may=at_work, staff=True)
def order_from_alert(by: Person, *, alert: Alert, plan: Plan) -> Happened:
    """Plan work because of an alert: at its place and in its words, unless the plan has others."""
    if alert.closed is not None or alert.status == Alert.DISMISSED:
        raise errors.Conflict(
            _("The alert is over or dismissed. Plan the work by hand if it is still needed.")
        )
    [line] = inbox.alert_lines([alert])
    where = ", ".join(dict.fromkeys(part for part in (line.place.thing, line.place.area_name) if part))
    plan = replace(plan, what=plan.what or alert.sentence(), place=plan.place or where)
    order = _made(by, line.item.service, plan, at=alert.entity, alert=alert)
    relate(order, "came_from", alert.entity_id)
    return _told(order, alert=alert.pk)


@command(event="operations.work_order_made", title=__("Work order"), may=on_duty, staff=True)
def make_order(by: Person, *, service: str, plan: Plan, because: str = "") -> Happened:
    """Plan work by hand, for a service that one operates; `because` is the id of a thing or plan it is about."""
    if service not in services() or not operator(service)(by):
        raise errors.Forbidden
    thing = None
    if because:
        if because not in visible([because], by):
            wrong = _("There is nothing by this name. Copy it from the thing's page.")
            raise errors.Refused(wrong, because=wrong)
        thing = Entity.objects.get(pk=because)
    order = _made(by, service, plan, at=thing)
    if thing:
        relate(order, "came_from", thing)
    return _told(order)


@command(event="operations.work_order_assigned", title=__("Crew sent"), may=runs, staff=True)
def assign_order(by: Person, *, order: WorkOrder, crew: Sequence[int]) -> Happened:  # noqa: ARG001 — who asks
    """Send a crew, or another one; whoever is taken off keeps what they had done already."""
    if not crew:
        wrong = _("Choose who goes.")
        raise errors.Refused(wrong, crew=wrong)
    _move(order, Act.ASSIGN)
    _send(order, crew)
    _changed(order)
    return _told(order, crew=sorted(crew))


@command(event="operations.work_order_due_changed", title=__("Due date changed"), may=runs, staff=True)
def change_due(by: Person, *, order: WorkOrder, due: datetime | None) -> Happened:  # noqa: ARG001
    """Change until when the work should be done; None for no day in particular."""
    if not order.is_open:
        raise errors.Conflict(_over())
    order.due = due
    _changed(order)
    return _told(order, due=due)


@command(event="operations.work_order_cancelled", title=__("Work order cancelled"), may=runs, staff=True)
def cancel_order(by: Person, *, order: WorkOrder, note: str = "") -> Happened:  # noqa: ARG001
    """Call the work off; what a crew reports of it afterwards is kept and shown to the desk."""
    _move(order, Act.CANCEL)
    order.note, order.decided, order.ended = note.strip()[:LONGEST], True, timezone.now()
    _changed(order)
    return _told(order)


@command(event="operations.work_order_closed", title=__("Closed by the desk"), may=runs, staff=True)
def close_order(by: Person, *, order: WorkOrder, reason: str = "") -> Happened:  # noqa: ARG001
    """Say for good how it ended: done, or not possible for a reason of the list; also between two crews' words."""
    if reason and reason not in REASONS:
        wrong = _("Choose a reason.")
        raise errors.Refused(wrong, reason=wrong)
    if order.decided:
        raise errors.Conflict(_over())
    _move(order, Act.GIVE_UP if reason else Act.FINISH)
    order.reason, order.decided, order.contradicted = reason, True, False
    order.ended = timezone.now()
    _changed(order)
    return _told(order, **({"reason": reason} if reason else {}))


def _made(
    by: Person, service: str, plan: Plan, *, at: Entity | None, alert: Alert | None = None
) -> WorkOrder:
    _check(plan)
    number = new_number()
    order = WorkOrder(
        id=f"{WorkOrder.kind}:{number}",
        number=number,
        name=plan.what.strip()[:200],
        service=service,
        alert=alert,
        author=by,
        priority=plan.priority,
        due=plan.due,
        place=plan.place.strip()[:200],
        parts=plan.parts.strip()[:LONGEST],
        safety=plan.safety.strip()[:LONGEST],
        checklist=_items(plan.checklist),
        every=plan.every,
        state=State.ASSIGNED if plan.crew else State.PLANNED,
    )
    if at is not None:
        order.lon, order.lat, order.zone, order.synthetic = at.lon, at.lat, at.zone, at.synthetic
    order.save()
    if plan.crew:
        _send(order, plan.crew)
    return order


def _check(plan: Plan) -> None:
    wrong = {}
    if not plan.what.strip():
        wrong["what"] = _("Say in a sentence what is to be done.")
    if plan.priority not in PRIORITIES:
        wrong["priority"] = _("Choose a priority.")
    if plan.every not in EVERY or (plan.every and plan.due is None):
        wrong["due"] = _("Say until when the first one is to be done; the others follow from it.")
    if wrong:
        raise errors.Refused(next(iter(wrong.values())), **wrong)


def _items(text: str) -> list[str]:
    lines = [line.strip(" \t-–•*")[:200] for line in text.splitlines()]
    return [line for line in lines if line][:MOST_ITEMS]


def new_number() -> int:
    """The number of the next order."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('operations_work_order_number')")
        return int(cursor.fetchone()[0])


def _send(order: WorkOrder, crew: Iterable[int]) -> None:
    """Let these be on it and nobody else."""
    wanted = set(crew)
    able = set(crews_of(order.service).filter(pk__in=wanted).values_list("pk", flat=True))
    if wanted - able:
        wrong = _("One of them has no role in a crew of this service. Choose again.")
        raise errors.Refused(wrong, crew=wrong)
    on_it = Assignment.objects.filter(order=order, until=None)
    on_it.exclude(person__in=wanted).update(until=timezone.now())
    there = set(on_it.values_list("person_id", flat=True))
    new = [Assignment(order=order, person_id=one) for one in sorted(wanted - there)]
    tell_crew(Assignment.objects.bulk_create(new))


def _move(order: WorkOrder, act: Act) -> None:
    state = after(order.state, act)
    if state is None:
        raise errors.Conflict(_over() if not order.is_open else _("Nobody was sent yet. Send a crew first."))
    order.state = state


def _changed(order: WorkOrder) -> None:
    order.version += 1
    order.save()


def _over() -> str:
    return _("This work order is closed. Look again, and make a new one if there is more to do.")


def _told(order: WorkOrder, **facts: Any) -> Happened:
    return Happened(order, about=order, data={"state": str(order.state), "service": order.service, **facts})
