"""What a crew's phone keeps: its own open orders as data, with what is known of the work so far."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone

from candia.core.access import Person
from candia.core.zones import zone_name
from candia.operations.work.models import FieldEvent, WorkOrder
from candia.operations.work.states import OPEN

# What was closed so lately still stands on the phone, so that nobody wonders where it went.
LATELY = timedelta(hours=20)
MOST = 100


def orders_of(by: Person) -> list[dict[str, Any]]:
    """The orders that this person is on: what is open, by urgency and due date, then what ended lately."""
    lately = Q(state__in=OPEN) | Q(ended__gt=timezone.now() - LATELY)
    found = list(
        WorkOrder.objects.filter(lately, assignments__person=by, assignments__until=None)
        .prefetch_related("assignments__person")
        .order_by("due", "number")[:MOST]
    )
    counted = FieldEvent.objects.filter(order__in=found, standing=FieldEvent.COUNTED)
    told: dict[str, list[FieldEvent]] = defaultdict(list)
    for event in counted.order_by("phone", "sequence"):
        told[event.order_id].append(event)
    return [_order(order, told[order.pk]) for order in found]


def _order(order: WorkOrder, told: list[FieldEvent]) -> dict[str, Any]:
    return {
        "number": order.number,
        "version": order.version,
        "state": order.state,
        "decided": order.decided,
        "contradicted": order.contradicted,
        "what": order.name,
        "place": order.place,
        "zone": zone_name(order.zone) if order.zone else "",
        "lon": order.lon,
        "lat": order.lat,
        "priority": order.priority,
        "due": order.due.isoformat() if order.due else None,
        "parts": order.parts,
        "safety": order.safety,
        "checklist": order.checklist,
        "crew": [str(person) for person in order.crew],
        "events": [
            {
                "id": str(one.pk),
                "phone": str(one.phone),
                "sequence": one.sequence,
                "kind": one.kind,
                "at": one.at.isoformat(),
                "data": one.data,
            }
            for one in told
        ],
    }
