"""Evidence: what is observed confirms an order that a device calls done, or contradicts it, and an alert opens.

Another opens of a state that was ordered and of which no word ever came.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import OuterRef, Q, Subquery
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from candia.core import alert
from candia.core.alert import Alert
from candia.core.rule import CLEAR, Open, Rule, Verdict
from candia.core.service import capabilities
from candia.core.telemetry import store
from candia.devices.models import Order, WantedState
from candia.devices.orders import states
from candia.devices.orders.ledger import Ledger, in_words
from candia.devices.orders.rounds import ACKNOWLEDGED
from candia.devices.orders.states import State
from candia.telemetry import questions

if TYPE_CHECKING:
    from candia.core.event import Event

#: Orders looked at in one go, and the longest pause between two looks at one.
MOST, LONGEST = 1000, timedelta(minutes=5)
#: An order of which nothing is observed for so long is not asked about any more.
PATIENCE = timedelta(days=7)
_WATCHED = Q(state__in=(State.DONE, State.CONTRADICTED)) | ACKNOWLEDGED
TEXT = gettext_noop(
    "“{capability}” was ordered to be {wanted}, the device says it is done, but {observed} is measured."
)
TAKEN_IN = gettext_noop(
    "“{capability}” was ordered to be {wanted}, the device has acknowledged it, but {observed} is measured."
)


def contradicted(event: Event) -> Verdict:
    """An order that its device calls done is contradicted by what is measured."""
    told = event.data
    if "observed" not in told:
        return CLEAR
    facts = {"capability": told["title"], "wanted": told["value"], "observed": told["observed"]}
    text = TAKEN_IN if told.get("acknowledged") else TEXT
    return Open(text, {**facts, "order": told["order"]}, severity="severe")


SILENT = gettext_noop("“{capability}” was ordered to be {wanted}, and the device has not answered.")


def unanswered(event: Event) -> Verdict:
    """A state was ordered, and in all the time that this was worth its device has said nothing."""
    told = event.data
    # Whoever ordered an act of a moment saw within seconds that nobody answered.
    if "title" not in told:
        return CLEAR
    facts = {"capability": told["title"], "wanted": told["value"], "order": told["order"]}
    return Open(SILENT, facts, severity="moderate")


silence = Rule(function=unanswered, title=_("Order unanswered"), hears="devices.order_unanswered")
#: Its alerts close as soon as what is measured agrees with the newest orders of the thing.
rule = Rule(
    function=contradicted, title=_("Order contradicted by measurement"), hears="devices.order_contradicted"
)


def look(now: datetime) -> int:
    """Compare the orders that are due with the latest observations; how many changed. One question a property."""
    watched = (
        Order.objects.filter(_WATCHED, due__lte=now).exclude(ACKNOWLEDGED, until__lte=now).order_by("due")
    )
    due = list(watched.values_list("pk", "capability", "entity")[:MOST])
    seen = dict[tuple[str, str], dict[str, Any]]()
    for name, entities in _by_capability(due).items():
        seen |= _latest(name, entities)
    changed = _judge([pk for pk, _name, _entity in due], seen, now) if due else 0
    _close_alerts(now)
    return changed


def _by_capability(due: Iterable[tuple[Any, str, str]]) -> dict[str, set[str]]:
    found = defaultdict[str, set[str]](set)
    for _pk, name, entity in due:
        found[name].add(entity)
    return found


def _latest(name: str, entities: set[str]) -> dict[tuple[str, str], dict[str, Any]]:
    capability = capabilities().get(name)
    if capability is None:
        return {}
    property = f"{name.partition('.')[0]}.{capability.state_property}"
    rows = questions.latest(store(), property, sorted(entities)).to_pylist()
    return {(row["entity"], name): row for row in rows}


@transaction.atomic
def _judge(due: list[Any], seen: dict[tuple[str, str], dict[str, Any]], now: datetime) -> int:
    newest = WantedState.objects.filter(entity=OuterRef("entity"), capability=OuterRef("capability"))
    orders = (
        Order.objects.select_for_update(of=("self",))
        .filter(_WATCHED, pk__in=due)
        .annotate(newest=Subquery(newest.values("version")))
        .order_by("pk")
    )
    book, changed = Ledger(now), 0
    for order in orders:
        if order.is_acknowledged and order.newest != order.version:
            # The newer one replaces it, in the next round.
            continue
        before = order.state
        observed = seen.get((order.entity_id, order.capability))
        state = _state(order, observed)
        order.due = _next_look(order, now)
        if state != before and order.newest == order.version:
            due_again = order.due if state == State.CONTRADICTED else None
            told = {**_told(order, observed), "acknowledged": order.is_acknowledged}
            book.change(order, state, told=told)
            order.due = due_again
            changed += 1
        book.touch(order)
    book.write()
    return changed


def _next_look(order: Any, now: datetime) -> datetime | None:
    """When its observations are looked at again, after pauses that grow; None where nobody needs to know."""
    if order.newest != order.version or now > (order.done or now) + PATIENCE:
        return None
    due = now + min(timedelta(seconds=2 ** min(order.looks, 10)), LONGEST)
    order.looks += 1
    return min(due, order.until) if order.is_acknowledged else due


def _state(order: Order, observed: dict[str, Any] | None) -> State:
    capability = capabilities().get(order.capability)
    if capability is None or observed is None or order.sent is None or order.done is None:
        return State(order.state)
    moment = observed["time"].replace(tzinfo=observed["time"].tzinfo or UTC)
    # A device may report just before it answers; what it reported before it was told says nothing.
    agrees = capability.agrees(order.value, _value(observed))
    if agrees and moment < order.sent:
        return State(order.state)
    return states.observed(
        State(order.state), agrees=agrees, settled=moment >= order.done + capability.settles
    )


def _value(observed: dict[str, Any]) -> float | str | None:
    value: float | str | None = observed["state"] if observed["value"] is None else observed["value"]
    return value


def _told(order: Order, observed: dict[str, Any] | None) -> dict[str, Any]:
    told, seen = in_words(order), _value(observed) if observed else None
    capability = capabilities()[order.capability]
    unit = f" {capability.unit}" if capability.unit else ""
    return {**told, "observed": f"{seen:g}{unit}" if isinstance(seen, float | int) else str(seen)}


def _close_alerts(now: datetime) -> None:
    """Close the alert of each thing whose newest order stands so no more, however that came."""
    wanted = WantedState.objects.filter(
        entity=OuterRef("entity"), capability=OuterRef("capability"), version=OuterRef("version")
    )
    for one, state in ((rule, State.CONTRADICTED), (silence, State.UNANSWERED)):
        name = f"devices.{one.name}"
        alarmed = set(Alert.objects.filter(rule=name, closed=None).values_list("entity", flat=True))
        if alarmed:
            standing = Order.objects.filter(entity__in=alarmed, state=state)
            standing = standing.annotate(newest=Subquery(wanted.values("version"))).exclude(newest=None)
            clear = alarmed - set(standing.values_list("entity", flat=True))
            alert.apply(one, "devices", [(entity, CLEAR) for entity in clear], now)
