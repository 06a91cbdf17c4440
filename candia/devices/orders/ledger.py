"""Ledger: many orders written in few statements, each change with its event, in the caller's transaction."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from candia.core.access import Actor, Machine, system
from candia.core.capability import Capability
from candia.core.event import Event, EventType, Happened, record_all
from candia.core.service import capabilities
from candia.devices.models import Order, WantedState
from candia.devices.orders.recipients import devices_of
from candia.devices.orders.states import State

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
_columns = {"state": "text", "due": "timestamptz", "attempts": "int", "looks": "int", "sent": "timestamptz"}
_columns |= {"done": "timestamptz", "changed": "timestamptz", "until": "timestamptz", "note": "text"}
_columns |= {"queued_by_id": "bigint", "fetched": "timestamptz"}
_wanted = {"claims": "jsonb", "value": "jsonb", "reason": "text", "version": "int", "ordered": "int"}
_wanted |= {"turns": "timestamptz"}


@dataclass
class Ledger:
    """Collects what becomes of orders at one moment, and writes it."""

    now: datetime
    _touched: dict[Any, Order] = field(default_factory=dict)
    _told: list[tuple[str, Happened, Actor]] = field(default_factory=list)

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
        if order.queued_by is None:
            order.queued_by = Event.objects.filter(about=order.story_id).order_by("id").first()
        order.note = note or order.note
        self._told.append((f"devices.order_{state}", _happened(order, told), by))
        self.touch(order)

    def touch(self, order: Order) -> None:
        """Have an order's other columns written as well."""
        self._touched[order.pk] = order

    def write(self) -> None:
        """Write all of it."""
        if self._told:
            record_all(self._told)
        _update("devices_order", "uuid", _columns, self._touched.values())


def _happened(order: Order, more: Mapping[str, object] | None = None) -> Happened:
    told = {
        "order": str(order.pk),
        "capability": order.capability,
        "value": order.value,
        "device": order.device,
    }
    told |= more or {}
    return Happened(order.entity_id, order.story_id, told, order.queued_by)


def queue(states: Sequence[WantedState], now: datetime, because: Event | None = None) -> list[Order]:
    """Make an order of each wanted state that has none of its version yet, and let go of those before it.

    A thing that no device speaks for has its order failed at once. Where nothing is wanted any more, none is made.
    """
    by_device = devices_of(state.entity_id for state in states)
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
        orders.append((order, Machine(claim.by or "system"), because or _reason(state)))
    _update("devices_wantedstate", "bigint", _wanted, states)
    _wake_older([(state.entity_id, state.capability) for state in states], now)
    return place(orders, now)


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


def _reason(state: WantedState) -> Event | None:
    """The event since which the state is wanted as it is."""
    told = Event.objects.filter(entity=state.entity_id, kind__in=WISHES, data__capability=state.capability)
    return told.order_by("-id").first()


def place(orders: Sequence[tuple[Order, Actor, Event | None]], now: datetime) -> list[Order]:
    """Write new orders, each with who gave it and the event it is because of."""
    told = []
    for order, by, because in orders:
        happened = _happened(order)
        told.append((QUEUED, Happened(happened.entity, happened.about, happened.data, because), by))
    events = record_all(told)
    placed = [order for order, _by, _because in orders]
    for order, event in zip(placed, events, strict=True):
        order.queued_by = event
    Order.objects.bulk_create(placed)
    lost = [order for order in placed if not order.device]
    ledger = Ledger(now)
    for order in lost:
        ledger.change(order, State.FAILED)
    ledger.write()
    return placed


def _wake_older(slots: Sequence[tuple[str, str]], now: datetime) -> None:
    """Have the orders looked at now that wait for an answer while something newer is wanted."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE devices_order o SET due = %s FROM unnest(%s::text[], %s::text[]) AS slot(entity, capability) "
            "WHERE o.entity_id = slot.entity AND o.capability = slot.capability AND o.state IN ('queued', 'sent')",
            [now, [entity for entity, _ in slots], [name for _, name in slots]],
        )


def _update(table: str, key: str, columns: Mapping[str, str], rows: Iterable[Any]) -> None:
    """Write these columns of many rows in one statement, which takes them as one piece of JSON."""
    told = [{"id": row.pk, **{name: getattr(row, name) for name in columns}} for row in rows]
    if not told:
        return
    kinds = ", ".join(f"{name} {kind}" for name, kind in {"id": key, **columns}.items())
    assigned = ", ".join(f"{name} = new.{name}" for name in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} SET {assigned} FROM jsonb_to_recordset(%s::jsonb) AS new({kinds}) "
            f"WHERE {table}.id = new.id",
            [json.dumps(told, default=str)],
        )
