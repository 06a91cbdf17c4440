"""Groups: an order to many things, released as orders of their own, so many at a time."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from candia.core.access import Machine
from candia.core.event import Event
from candia.core.service import capabilities
from candia.devices.models import OrderGroup, WantedState
from candia.devices.orders import ledger
from candia.devices.orders.recipients import devices_of
from candia.devices.orders.wanted import Claim


@transaction.atomic
def release(now: datetime, allowed: int, most: int) -> int:
    """Give the next things of the oldest group their orders; how many."""
    group = OrderGroup.objects.select_for_update(skip_locked=True).filter(left__gt=0).order_by("id").first()
    if group is None or allowed < 1:
        return 0
    count = min(allowed, most, group.left)
    start = len(group.entities) - group.left
    entities = group.entities[start : start + count]
    group.left -= count
    group.save(update_fields=["left"])
    capability, acts = capabilities().get(group.capability), []
    if capability is None:
        return count
    because = Event.objects.filter(entity=group.story_id).order_by("id").first()
    if capability.momentary:
        by, value, by_device = Machine(group.by), group.value, devices_of(entities)
        for one in entities:
            order = ledger.new_order(capability, one, by_device.get(one, ""), value, now, group=group.pk)
            acts.append((order, by, because))
        ledger.place(acts, now)
    else:
        ledger.queue(_claimed(entities, group, now), now, because)
    return count


def _claimed(entities: Iterable[str], group: OrderGroup, now: datetime) -> list[WantedState]:
    """The wanted states of these things with a person's claim for what the group wants, locked and not written."""
    names = list(entities)
    WantedState.objects.bulk_create(
        [WantedState(entity_id=one, capability=group.capability) for one in names], ignore_conflicts=True
    )
    found = list(
        WantedState.objects.select_for_update()
        .filter(entity__in=names, capability=group.capability)
        .order_by("id")
    )
    claim = Claim(group.value, group.by, group.until, group.pk)
    for state in found:
        state.write(state.read().with_claim("person", claim, now))
    return found
