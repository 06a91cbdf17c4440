"""Groups: an order to many things, released as orders of their own, so many at a time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from candia.core import bulk
from candia.core.access import Machine
from candia.core.event import Event
from candia.core.service import capabilities
from candia.devices.models import Order, OrderGroup, WantedState
from candia.devices.orders import ledger
from candia.devices.orders.recipients import devices_of
from candia.devices.orders.wanted import Claim


def release(now: datetime, allowed: int, most: int) -> tuple[int, list[Order]]:
    """Give the next things of the oldest group their orders: how many things, and those orders."""
    group = OrderGroup.objects.select_for_update(skip_locked=True).filter(left__gt=0).order_by("id").first()
    if group is None or allowed < 1:
        return 0, []
    count = min(allowed, most, group.left)
    start = len(group.entities) - group.left
    entities = group.entities[start : start + count]
    group.left -= count
    group.save(update_fields=["left"])
    capability = capabilities().get(group.capability)
    if capability is None:
        return count, []
    because = Event.objects.filter(entity=group.story_id).order_by("id").first()
    if not capability.momentary:
        return count, ledger.queue(_claimed(entities, group, now), now, because)
    by, by_device, cause = Machine(group.by), devices_of(entities), because.pk if because else None
    acts = [
        (
            ledger.new_order(capability, one, by_device.get(one, ""), group.value, now, group=group.pk),
            by,
            cause,
        )
        for one in entities
    ]
    held = ledger.open_slots([(one, group.capability) for one in entities])
    return count, ledger.place(acts, now, held)


def _claimed(entities: Sequence[str], group: OrderGroup, now: datetime) -> list[WantedState]:
    """The wanted states of these things with a claim of the group's reason, locked and not written."""
    found = _locked(entities, group)
    if missing := set(entities) - {state.entity_id for state in found}:
        new = [WantedState(entity_id=one, capability=group.capability) for one in sorted(missing)]
        bulk.insert(new, unless_there=True)
        found = _locked(entities, group)
    claim = Claim(group.value, group.by, group.until, group.pk)
    for state in found:
        state.write(state.read().with_claim(group.reason, claim, now))
    return found


def _locked(entities: Sequence[str], group: OrderGroup) -> list[WantedState]:
    states = WantedState.objects.select_for_update().filter(entity__in=entities, capability=group.capability)
    return list(states.order_by("id"))
