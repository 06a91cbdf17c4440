"""Rounds: what is due is done, a few hundred at a time, each round in a transaction; the worker sends what it says.

Whatever is killed in between, the records know what is open: an order is marked as sent before it is, so that a
momentary act can't be sent twice, and any other is sent again when no answer comes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.db.models.expressions import Exists

from candia.core import bulk
from candia.core.access import Machine
from candia.core.service import capabilities
from candia.devices.models import Order, WantedState
from candia.devices.orders import groups, ledger, lorawan, message, states
from candia.devices.orders.ledger import Ledger
from candia.devices.orders.states import IN_FLIGHT, OPEN, Standing, State
from candia.telemetry.downlink import Message, slot

#: Orders of which a device has said, by LoRaWAN, that it took them in, and will say no more.
ACKNOWLEDGED = Q(state=State.RECEIVED, done__isnull=False)
#: Orders in one round.
MOST = 500


@dataclass
class Outbox:
    """What is to be put into the stream after a round is written, what is taken out of it, and if there is more.

    `by_air` are the devices whose queue at ChirpStack is to be looked at.
    """

    messages: list[Message] = field(default_factory=list)
    withdrawn: list[tuple[str, str]] = field(default_factory=list)
    by_air: set[str] = field(default_factory=set)
    released: int = 0
    more: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether there was nothing to do."""
        return not (self.messages or self.withdrawn or self.by_air or self.released or self.more)


@transaction.atomic
def round_at(now: datetime, allowed: int) -> Outbox:
    """Release at most `allowed` orders of groups, make orders of what is newly wanted, and see to what is due."""
    released, orders = groups.release(now, allowed, MOST)
    turned = _turn(now)
    outbox = _due(now)
    outbox.messages += [told(order, now) for order in (*orders, *turned) if order.state == State.SENT]
    _sort_out(outbox)
    outbox.released = released
    outbox.more |= len(turned) == MOST
    return outbox


def _sort_out(outbox: Outbox) -> None:
    """Leave what goes by LoRaWAN out of the stream."""
    concerned = {one.device for one in outbox.messages} | {device for device, _slot in outbox.withdrawn}
    outbox.by_air = set(lorawan.addresses(concerned))
    outbox.messages = [one for one in outbox.messages if one.device not in outbox.by_air]
    outbox.withdrawn = [place for place in outbox.withdrawn if place[0] not in outbox.by_air]


def _turn(now: datetime) -> list[Order]:
    """Make orders of what is wanted since the last round, also where a stronger reason has ended."""
    found = list(
        WantedState.objects.select_for_update(skip_locked=True)
        .filter(Q(version__gt=F("ordered")) | Q(turns__lte=now))
        .order_by("id")[:MOST]
    )
    for state in found:
        state.write(state.read().settled(now))
    return ledger.queue(found, now) if found else []


def _due(now: datetime) -> Outbox:
    """Take each order that is due a step further."""
    due = list(
        _locked(skip_locked=True)
        .filter(due__lte=now, state__in=sorted({*OPEN, State.CANCELLED}))
        .annotate(newest=Subquery(_wanted_version()), blocked=Exists(_others_in_flight()))
        # What is measured decides about these, until their time is over or something newer is wanted.
        .exclude(ACKNOWLEDGED, until__gt=now, newest=F("version"))
        .order_by("due", "version")[:MOST]
    )
    outbox, book = Outbox(more=len(due) == MOST), Ledger(now)
    for order in due:
        _step(order, now, book, outbox)
    book.write()
    if cancelled := [order for order in due if order.state == State.CANCELLED]:
        _drop_claims(cancelled, now)
    return outbox


def _drop_claims(cancelled: Sequence[Order], now: datetime) -> None:
    """With an order that was cancelled goes the wish that it came from."""
    versions = {(order.entity_id, order.capability): order.version for order in cancelled}
    wanted = WantedState.objects.select_for_update().exclude(reason="")
    wanted = wanted.filter(entity__in={entity for entity, _name in versions}).order_by("id")
    gone = [state for state in wanted if versions.get((state.entity_id, state.capability)) == state.version]
    for state in gone:
        state.write(state.read().without(state.reason, now))
    bulk.update(gone, ledger.WANTED)


def _locked(**how: bool) -> QuerySet[Order]:
    return Order.objects.select_for_update(of=("self",), **how)


def _wanted_version() -> Any:
    return WantedState.objects.filter(entity=OuterRef("entity"), capability=OuterRef("capability")).values(
        "version"
    )


def _others_in_flight() -> Any:
    """What keeps a queued order back: one that a device works on, or a momentary act that is on its way."""
    others = Order.objects.filter(entity=OuterRef("entity"), capability=OuterRef("capability"))
    works = Q(state=State.RECEIVED, done=None) | Q(state__in=sorted(IN_FLIGHT), momentary=True)
    return others.filter(works).exclude(pk=OuterRef("pk"))


def _step(order: Any, now: datetime, book: Ledger, outbox: Outbox) -> None:
    superseded = not order.momentary and (order.newest or 0) > order.version
    standing = Standing(
        State(order.state),
        order.until,
        order.momentary,
        order.attempts,
        superseded,
        order.blocked,
        order.is_acknowledged,
    )
    step = states.at(standing, now)
    place = (order.device, slot(order.entity_id, order.capability))
    if order.attempts and step.state not in OPEN:
        outbox.withdrawn.append(place)
    book.step(order, step)
    if step.send:
        outbox.messages.append(told(order, now))


def told(order: Order, now: datetime) -> Message:
    """The order as a message for its device."""
    seconds = int((order.until - now).total_seconds())
    return Message(order.device, slot(order.entity_id, order.capability), payload(order, now), seconds)


def payload(order: Order, now: datetime) -> bytes:
    """The order as its device reads it."""
    words = message.Told(order.pk, order.entity_id, order.capability, order.value, order.until)
    return words.encoded(now)


@transaction.atomic
def answer(said: Iterable[tuple[str, message.Answer]], now: datetime) -> int:
    """Write down what devices (by name) say of their orders, in this order; how many words changed something."""
    said = list(said)
    ids = {word.order for _device, word in said}
    found = {one.pk: one for one in _locked().filter(pk__in=ids).order_by("pk")}
    book, changed = Ledger(now), 0
    for device, word in said:
        order = found.get(word.order)
        # Nobody answers for another device; who tries is not told whether there is such an order.
        if order is None or order.device != device:
            continue
        state = states.answered(State(order.state), order.attempts, word.state)
        if state == order.state:
            continue
        changed += 1
        book.change(order, state, by=Machine(f"device:{device}"), note=word.why)
        _next_look(order, state, now)
    book.write()
    return changed


def _next_look(order: Order, state: State, now: datetime) -> None:
    capability = capabilities().get(order.capability)
    if state == State.RECEIVED:
        works = capability.works if capability else timedelta(0)
        order.until = order.due = max(order.until, now + works) if order.momentary else now + works
    elif state == State.DONE:
        mark_done(order, now)


def mark_done(order: Order, now: datetime) -> None:
    """From now on what is measured says whether it was done, where it is measured."""
    capability = capabilities().get(order.capability)
    order.done = now
    order.due = now if capability and capability.state_property else None
