"""Ledger: many orders written in few statements, each change with its event, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from candia.core import bulk
from candia.core.access import Actor, Machine, system
from candia.core.capability import Capability
from candia.core.event import Event, EventType, record_all
from candia.core.service import capabilities
from candia.devices.models import LorawanAddress, Order, WantedState
from candia.devices.orders import lorawan
from candia.devices.orders import states as rules
from candia.devices.orders.recipients import devices_of
from candia.devices.orders.states import Standing, State, Step

QUEUED = "devices.order_queued"
#: One kind of event for each state, save those that a command records.
EVENTS = (
    EventType(QUEUED, _("Order queued")),
    EventType("devices.order_sent", _("Order sent")),
    EventType("devices.order_received", _("Order received by the device")),
    EventType("devices.order_done", _("Order done")),
    EventType("devices.order_confirmed", _("Order confirmed by measurement")),
    EventType("devices.order_contradicted", _("Order contradicted by measurement")),
    EventType("devices.order_refused", _("Order refused by the device")),
    EventType("devices.order_failed", _("Order failed")),
    EventType("devices.order_replaced", _("Order replaced by a newer one")),
    EventType("devices.order_expired", _("Order expired")),
    EventType("devices.order_unanswered", _("Order unanswered")),
)
# By these something else is wanted.
WISHES = ("devices.state_wanted", "devices.state_released")
# What changes in the life of an order, and of what is wanted.
_columns = (
    "state",
    "due",
    "attempts",
    "looks",
    "sent",
    "done",
    "changed",
    "until",
    "note",
    "queued_by",
    "fetched",
    "ticket",
    "trouble",
)
WANTED = ("claims", "value", "reason", "version", "ordered", "turns")


@dataclass
class Ledger:
    """Collects what becomes of orders at one moment, and writes it."""

    now: datetime
    _touched: dict[Any, Order] = field(default_factory=dict)
    _told: list[tuple[State, Order, Actor, Mapping[str, object]]] = field(default_factory=list)

    def change(
        self,
        order: Order,
        state: State,
        *,
        by: Actor = system,
        note: str = "",
        told: Mapping[str, object] | None = None,
    ) -> None:
        """Let an order be in another state from now on, and have the event say so, with what else is `told`."""
        order.state, order.changed, order.due = state, self.now, None
        order.note = note or order.note
        self._told.append((state, order, by, told or {}))
        self.touch(order)

    def step(self, order: Order, step: Step) -> None:
        """Take an order where its rules say; one that is to be sent is put into the stream by the caller."""
        if step.state != order.state:
            silent = step.state == State.UNANSWERED and not order.momentary
            self.change(order, step.state, told=in_words(order) if silent else None)
        if step.send:
            order.attempts += 1
            order.sent, order.fetched = order.sent or self.now, None
        order.due = step.due
        self.touch(order)

    def touch(self, order: Order) -> None:
        """Have an order's other columns written as well."""
        self._touched[order.pk] = order

    def write(self, new: Sequence[Order] = ()) -> None:
        """Write all of it, and the orders that are `new`."""
        _find_beginnings([order for _state, order, _by, _more in self._told if order.queued_by_id is None])
        record_all(
            [
                _event(f"devices.order_{state}", order, by, order.queued_by_id, more)
                for state, order, by, more in self._told
            ]
        )
        bulk.insert(new)
        made = {order.pk for order in new}
        bulk.update([order for key, order in self._touched.items() if key not in made], _columns)


def in_words(order: Order) -> dict[str, Any]:
    """What was ordered, as the alert about it says it, in whichever language: `title` and `value`."""
    capability = capabilities().get(order.capability)
    unit = f" {capability.unit}" if capability and capability.unit else ""
    title = (capability.title or capability.name) if capability else order.capability
    with override(None):
        title = str(title)
    return {"title": title, "value": f"{order.get_value()}{unit}"}


def _find_beginnings(orders: Sequence[Order]) -> None:
    """Of orders that a command made, the event that it recorded is what their events are because of."""
    if orders:
        told = Event.objects.filter(about__in=[order.story_id for order in orders]).order_by("about", "id")
        first = dict(told.distinct("about").values_list("about", "pk"))
        for order in orders:
            order.queued_by_id = first.get(order.story_id)


def _event(
    kind: str, order: Order, by: Actor, because: int | None, more: Mapping[str, object] | None = None
) -> Event:
    told = {
        "order": str(order.pk),
        "capability": order.capability,
        "value": order.value,
        "device": order.device,
        **(more or {}),
    }
    return Event(
        kind=kind,
        by=by.actor_id,
        because_id=because,
        entity=order.entity_id,
        about=order.story_id,
        data=told,
    )


def queue(states: Sequence[WantedState], now: datetime, because: Event | None = None) -> list[Order]:
    """Make an order of each wanted state that has none of its version yet, and let go of those before it.

    A thing that no device speaks for has its order failed at once. Where nothing is wanted any more, none is made.
    """
    by_device = devices_of(state.entity_id for state in states)
    reasons = {} if because else _reasons(states)
    known, orders = capabilities(), []
    for state in states:
        state.ordered = state.version
        capability, claim = known.get(state.capability), state.read().claim
        if capability is None or claim is None:
            continue
        device = by_device.get(state.entity_id, "")
        order = new_order(capability, state.entity_id, device, claim.value, now, group=claim.group)
        # What a reason wants until a moment is not worth telling after it.
        order.until = min(order.until, claim.until) if claim.until else order.until
        order.version = state.version
        cause = because.pk if because else reasons.get(state.pk)
        orders.append((order, Machine(claim.by or "system"), cause))
    bulk.update(states, WANTED)
    held = _wake_older([(state.entity_id, state.capability) for state in states], now)
    return place(orders, now, held)


def new_order(
    capability: Capability,
    entity: str,
    device: str,
    value: object,
    now: datetime,
    *,
    group: int | None = None,
) -> Order:
    """An order that is to be sent at once, not written yet."""
    return Order(
        entity_id=entity,
        capability=capability.qualified,
        device=device,
        value=value,
        group_id=group,
        momentary=capability.momentary,
        made=now,
        changed=now,
        until=now + capability.lives,
        due=now,
    )


def _reasons(states: Sequence[WantedState]) -> dict[int, int]:
    """The events since which states are wanted as they are, by the keys of the states."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT w.id, e.id FROM devices_wantedstate w CROSS JOIN LATERAL (SELECT id FROM core_event e "
            "WHERE e.entity = w.entity_id AND e.kind = ANY(%s) AND e.data->>'capability' = w.capability "
            "ORDER BY id DESC LIMIT 1) e WHERE w.id = ANY(%s)",
            [list(WISHES), [state.pk for state in states]],
        )
        return dict(cursor.fetchall())


def place(
    orders: Sequence[tuple[Order, Actor, int | None]], now: datetime, held: Container[tuple[str, str]]
) -> list[Order]:
    """Write new orders, each with who gave it and the event (by its number) that it is because of.

    Those that no open order of the same capability and thing holds back are sent in the same writing; the caller
    puts them into the stream once it is committed.
    """
    placed, events = [], []
    for order, by, because in orders:
        placed.append(order)
        events.append(_event(QUEUED, order, by, because))
    record_all(events)
    ledger, reached = Ledger(now), lorawan.addresses({order.device for order in placed})
    for order, event in zip(placed, events, strict=True):
        order.queued_by_id = event.pk
        order.trouble = _trouble(order, reached)
        if order.trouble or not order.device:
            ledger.change(order, State.FAILED)
        elif (order.entity_id, order.capability) not in held:
            step = rules.at(Standing(State(order.state), order.until, order.momentary), now)
            ledger.step(order, step)
    ledger.write(new=placed)
    return placed


def _trouble(order: Order, reached: Mapping[str, LorawanAddress]) -> str:
    if order.device not in reached:
        return ""
    return lorawan.trouble(capabilities()[order.capability], order.value, reached[order.device])


def open_slots(slots: Sequence[tuple[str, str]]) -> set[tuple[str, str]]:
    """Which of these things' capabilities have an order that is open."""
    return _of_open_orders("SELECT o.entity_id, o.capability FROM devices_order o, slot", slots)


def _wake_older(slots: Sequence[tuple[str, str]], now: datetime) -> set[tuple[str, str]]:
    """The same, of orders that are looked at now where they wait for an answer while something newer is wanted."""
    wake = (
        "UPDATE devices_order o SET due = CASE WHEN o.state = 'received' AND o.done IS NULL THEN o.due "
        "ELSE %s END FROM slot"
    )
    return _of_open_orders(wake, slots, now, ends="RETURNING o.entity_id, o.capability")


def _of_open_orders(
    does: str, slots: Sequence[tuple[str, str]], *values: datetime, ends: str = ""
) -> set[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH slot AS (SELECT * FROM unnest(%s::text[], %s::text[]) AS slot(entity, capability)) "
            f"{does} WHERE o.entity_id = slot.entity AND o.capability = slot.capability "
            f"AND o.state IN ('queued', 'sent', 'received') {ends}",
            [[entity for entity, _ in slots], [name for _, name in slots], *values],
        )
        return set(cursor.fetchall())
