"""What may be asked for about orders: to want a state, take that back, do something once, tell many, cancel."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as __

from candia.core import errors
from candia.core.access import Actor, Grant, May, RoleHolder, machine
from candia.core.capability import Capability, Value
from candia.core.command import OneOf, command
from candia.core.entity import Entity
from candia.core.event import Happened
from candia.core.service import capabilities
from candia.devices.commands import operates
from candia.devices.models import TROUBLES, LorawanAddress, Order, OrderGroup, WantedState
from candia.devices.orders import ledger, lorawan
from candia.devices.orders.recipients import devices_of
from candia.devices.orders.states import OPEN, State
from candia.devices.orders.wanted import REASONS, Claim

#: One order goes to at most so many things.
MOST = 100_000
giver = May("operator of its service", lambda by, _target: bool(operates(by)))


def may_order(by: Actor, entity: str) -> bool:
    """Whether this actor operates the service of the thing, or it is the city itself that asks."""
    service = entity.partition(".")[0]
    return machine(by) or (
        isinstance(by, RoleHolder) and by.is_active and by.has_role(Grant.OPERATOR, service)
    )


@command(event="devices.state_wanted", title=__("State wanted"), may=giver | machine, api=True)
def want_state(
    by: Actor,
    *,
    entity: str,
    capability: str,
    value: Any,
    reason: Annotated[str, OneOf(*REASONS)] = "person",
    until: datetime | None = None,
) -> Happened:
    """Want a thing to be in a state, for a reason and perhaps until a moment; its device is told at once."""
    known, now = _asked(by, entity, capability), timezone.now()
    if known.momentary:
        raise errors.Refused(_("This is an act of a moment. It can be ordered, but not wanted to last."))
    checked = known.checked(value)
    _check_reason(by, reason)
    _check_end(until, now)
    _check_heard(entity, known, checked)
    state = _locked(entity, capability)
    state.write(state.read().with_claim(reason, Claim(checked, by.actor_id, until), now))
    state.save()
    told = {"capability": capability, "value": checked, "reason": reason, "version": state.version}
    return Happened(entity, data={**told, "until": until})


@command(event="devices.state_released", title=__("Wanted state taken back"), may=giver | machine, api=True)
def release_state(
    by: Actor, *, entity: str, capability: str, reason: Annotated[str, OneOf(*REASONS)] = "person"
) -> Happened:
    """Take back what was wanted for one reason; the next reason comes into force, if there is one."""
    _asked(by, entity, capability)
    _check_reason(by, reason)
    state = _locked(entity, capability)
    if reason not in state.claims:
        raise errors.Conflict(_("Nothing is wanted for this reason any more."))
    state.write(state.read().without(reason, timezone.now()))
    state.save()
    return Happened(entity, data={"capability": capability, "reason": reason, "version": state.version})


@command(event="devices.act_ordered", title=__("Act ordered"), may=giver | machine, api=True)
def order_act(by: Actor, *, entity: str, capability: str, value: Any = None) -> Happened:
    """Have a thing do something once, now or not at all: what is not sent within seconds expires."""
    known, now = _asked(by, entity, capability), timezone.now()
    if not known.momentary:
        raise errors.Refused(_("This is a state that lasts. Say what is wanted instead."))
    checked = known.checked(value)
    device = _check_heard(entity, known, checked)
    _locked(entity, capability)
    if Order.objects.filter(entity=entity, capability=capability, state__in=sorted(OPEN)).exists():
        raise errors.Conflict(_("The same was ordered a moment ago and is under way. Wait for its answer."))
    order = ledger.new_order(known, entity, device, checked, now)
    order.save(force_insert=True)
    told = {"order": str(order.pk), "capability": capability, "value": checked, "device": order.device}
    return Happened(entity, order.story_id, told)


@command(event="devices.group_ordered", title=__("Order to many given"), may=giver | machine, api=True)
def order_group(
    by: Actor,
    *,
    entities: Sequence[str],
    capability: str,
    value: Any = None,
    until: datetime | None = None,
    reason: Annotated[str, OneOf(*REASONS)] = "person",
) -> Happened:
    """Tell many things the same; they get an order each, so many a second, and are counted together."""
    _check_reason(by, reason)
    wanted = list(dict.fromkeys(entities))
    if not wanted or len(wanted) > MOST:
        raise errors.Refused(_("Name from one to %(most)d things.") % {"most": MOST})
    known = None
    for one in wanted:
        known = _asked(by, one, capability)
    missing = set(wanted) - set(Entity.objects.filter(pk__in=wanted).values_list("pk", flat=True))
    if missing or known is None:
        raise errors.Refused(_("The city has no %(ids)s.") % {"ids": ", ".join(sorted(missing)[:5])})
    checked = known.checked(value)
    _check_end(until, timezone.now())
    group = OrderGroup.objects.create(
        capability=capability,
        value=checked,
        entities=wanted,
        left=len(wanted),
        by=by.actor_id,
        until=until,
        reason=reason,
    )
    told = {"capability": capability, "value": checked, "count": len(wanted), "group": group.pk}
    return Happened(f"devices.order-group:{group.pk}", data=told)


@command(event="devices.order_cancelled", title=__("Order cancelled"), may=giver | machine, api=True)
def cancel_order(by: Actor, *, order: Order) -> Happened:
    """Take an order back before its device has it; the wish that it came from goes with it at once after."""
    if not may_order(by, order.entity_id):
        raise errors.Forbidden(_("This thing belongs to a service that you do not operate."))
    if not order.can_cancel:
        raise errors.Conflict(_("It is too late: the order is with its device, or over."))
    now = timezone.now()
    order.state, order.changed, order.due = State.CANCELLED, now, now
    order.save(update_fields=["state", "changed", "due"])
    told = {"order": str(order.pk), "capability": order.capability, "device": order.device}
    return Happened(order.entity_id, order.story_id, told, order.queued_by)


@command(event="devices.group_cancelled", title=__("Order to many cancelled"), may=giver | machine, api=True)
def cancel_group(by: Actor, *, group: OrderGroup) -> Happened:
    """Take back what of an order to many still waits: what no device has answered, and what is yet to be given."""
    if not machine(by) and group.capability.partition(".")[0] not in operates(by):
        raise errors.Forbidden(_("This order belongs to a service that you do not operate."))
    waiting = list(group.orders.select_for_update().filter(state__in=sorted(OPEN)).order_by("pk"))
    waiting = [order for order in waiting if order.can_cancel]
    if not waiting and not group.left:
        raise errors.Conflict(_("It is too late: nothing of this order waits any more."))
    now, count = timezone.now(), len(waiting) + group.left
    book = ledger.Ledger(now)
    for order in waiting:
        book.change(order, State.CANCELLED, by=by)
        # The part that sends drops the wish that it came from.
        order.due = now
    book.write()
    group.left = 0
    group.save(update_fields=["left"])
    return Happened(group.story_id, data={"count": count})


def _asked(by: Actor, entity: str, capability: str) -> Capability:
    """The capability of this thing; raises Forbidden or Refused."""
    if not may_order(by, entity):
        raise errors.Forbidden(_("This thing belongs to a service that you do not operate."))
    known = capabilities().get(capability)
    if known is None or not entity.startswith(f"{known.on.kind}:"):
        raise errors.Refused(_("This thing can't be told that."))
    return known


def _locked(entity: str, capability: str) -> WantedState:
    """The row of this capability of a thing, for as long as the command lasts; raises NotFound.

    The thing itself is not locked: whoever makes orders of what is wanted has this row first, and then the thing.
    """
    if not Entity.objects.filter(pk=entity).exists():
        raise errors.NotFound
    WantedState.objects.get_or_create(entity_id=entity, capability=capability)
    return WantedState.objects.select_for_update().get(entity=entity, capability=capability)


def _check_reason(by: Actor, reason: str) -> None:
    if reason not in REASONS:
        raise errors.Refused(_("A reason is one of: %(known)s.") % {"known": ", ".join(REASONS)})
    if reason in {"rule", "programme"} and isinstance(by, RoleHolder):
        raise errors.Forbidden(_("In the name of a rule or a programme only the city itself speaks."))


def _check_end(until: datetime | None, now: datetime) -> None:
    if until is not None and until <= now:
        past = _("That moment is over. Choose a later one, or none.")
        raise errors.Refused(past, until=past)


def _check_heard(entity: str, known: Capability, value: Value) -> str:
    """The device that hears for a thing; raises Refused where it could not be told this."""
    device = devices_of([entity]).get(entity)
    if device is None:
        raise errors.Refused(_("No device speaks for this thing, so nobody would hear the order."))
    address = LorawanAddress.objects.filter(device=device).first()
    if wrong := lorawan.trouble(known, value, address):
        raise errors.Refused(str(TROUBLES[wrong]))
    return device
