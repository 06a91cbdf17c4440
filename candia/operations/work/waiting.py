"""What of the work waits for the desk, for the inbox: all that is open, and what a crew has left it to decide."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Q
from django.utils.translation import gettext as _

from candia.core.access import Person
from candia.core.alert import Alert
from candia.core.inbox import Item
from candia.operations import inbox
from candia.operations.work.models import WorkOrder
from candia.operations.work.states import OPEN, State

SEVERITY = {"urgent": "severe", "normal": "moderate", "low": "minor"}
#: Closed, and still the desk's turn.
LEFT = (
    Q(aside__gt=0)
    | Q(contradicted=True)
    | Q(state=State.DONE, alert__closed=None, alert__status__in=[Alert.OPEN, Alert.CONFIRMED])
    | Q(state=State.NOT_POSSIBLE, decided=False)
)


def items(by: Person) -> Iterator[Item]:
    """What waits for whoever operates a service; for a crew nothing: their phone tells them."""
    served = inbox.served(by)
    if not served:
        return
    found = WorkOrder.objects.filter(Q(state__in=OPEN) | LEFT, service__in=served)
    for order in found.select_related("alert").order_by("number"):
        kind, severity = _turn(order)
        yield Item(
            key=order.pk,
            service=order.service,
            kind=kind,
            title=str(order),
            url=order.desk_page(),
            since=order.ended or order.created,
            due=order.due if order.is_open else None,
            severity=severity,
            place=order.place,
        )


def _turn(order: WorkOrder) -> tuple[str, str]:
    """What is to be done about it, in words, and how much it weighs."""
    weight = SEVERITY[order.priority]
    if order.contradicted:
        return _("Two crews disagree"), weight
    if order.aside:
        return _("Word from a crew that was taken off"), weight
    if order.state == State.PLANNED:
        return _("Work order without a crew"), weight
    if order.state == State.NOT_POSSIBLE:
        return _("Work was not possible"), weight
    if order.state == State.DONE:
        return _("Work is done: is it repaired?"), weight
    # A crew has it in hand; it rises by itself as its day comes.
    return _("Work under way") if order.state == State.UNDER_WAY else _("Crew is sent"), "minor"
