"""Downlinks: has the queue that ChirpStack keeps for a device hold what the records say; hears what became of it.

An order is marked as sent, and that is committed, before ChirpStack has it; an act of a moment is marked as handed
over as well, so that it can't be handed over twice. A kill in between leaves an order that is looked at again when
it is due: then ChirpStack is asked what it has, and what is missing is put there. So a device that sleeps for a
week has one downlink for each capability, whatever was wanted meanwhile.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from django.db import transaction

from candia.core.access import Machine
from candia.core.service import capabilities
from candia.devices.models import LorawanAddress, Order
from candia.devices.orders import lorawan, states
from candia.devices.orders.chirpstack import ChirpStack, NotTaken
from candia.devices.orders.ledger import Ledger
from candia.devices.orders.message import Acknowledgement
from candia.devices.orders.rounds import mark_done
from candia.devices.orders.states import State

log = logging.getLogger(__name__)
#: The troubles for which it is of no use to try again.
FINAL = frozenset({"wrong", "no_code", "asleep"})
#: What failed is tried again at least so often.
RETRY = timedelta(minutes=5)
#: A device that acknowledged a state has so long to report it.
REPORTS = timedelta(days=2)


class Downlinks:
    """Brings the queues of devices up to date, one device at a time."""

    def __init__(self, chirpstack: ChirpStack) -> None:
        self._chirpstack = chirpstack
        self._away = False

    def bring(self, devices: Iterable[str], now: datetime) -> None:
        """Have ChirpStack hold what is to be told to these devices (by name), and nothing else."""
        away = False
        for address in LorawanAddress.objects.filter(device__in=set(devices)).order_by("pk"):
            orders = _in_flight(address, now)
            # Who does not answer once is not asked for each of ten thousand devices.
            trouble = "away" if away else self._trouble(address, orders, now)
            if trouble:
                _note(orders, trouble, now)
            away = trouble == "away"
        if self._away and not away:
            Order.objects.filter(state=State.SENT, trouble="away", momentary=False).update(due=now)
        if away and not self._away:
            log.warning("ChirpStack does not answer. Orders by LoRaWAN wait.")
        self._away = away

    def _trouble(self, address: LorawanAddress, orders: Sequence[Order], now: datetime) -> str:
        """Bring one queue up to date; what kept it from that, or nothing."""
        try:
            self._bring(address, orders, now)
        except NotTaken as refused:
            return refused.trouble
        return ""

    def _bring(self, address: LorawanAddress, orders: Sequence[Order], now: datetime) -> None:
        there = self._chirpstack.queue(address.dev_eui)
        known = {order.ticket for order in orders}
        act_waits = any(order.momentary and order.ticket in there for order in orders)
        # A queue is emptied only as a whole; an act that was handed over just now is not put back.
        if there - known and not act_waits:
            self._chirpstack.flush(address.dev_eui)
            there = set()
        for order in orders:
            if order.ticket in there or (order.momentary and order.ticket):
                continue
            try:
                self._hand_over(address, order, now)
            except NotTaken as refused:
                if refused.trouble not in FINAL:
                    raise
                _note([order], refused.trouble, now)

    def _hand_over(self, address: LorawanAddress, order: Order, now: datetime) -> None:
        if order.momentary and not Order.objects.filter(pk=order.pk, fetched=None).update(fetched=now):
            return
        capability = capabilities().get(order.capability)
        # It was declared otherwise when the order was made.
        if capability is None or (wrong := lorawan.trouble(capability, order.value, address)):
            raise NotTaken(wrong if capability else "no_code")
        data = capability.on_air(order.value)
        ticket = self._chirpstack.enqueue(address.dev_eui, address.f_port, data, order.until)
        Order.objects.filter(pk=order.pk).update(ticket=ticket, trouble="")
        order.ticket = ticket


def _in_flight(address: LorawanAddress, now: datetime) -> list[Order]:
    """What of a device's orders is sent and neither acknowledged nor too late, the oldest first."""
    found = Order.objects.filter(device=address.device_id, state=State.SENT, until__gt=now)
    # An act that was handed over without a ticket may have come: it is not touched any more.
    return list(found.exclude(momentary=True, fetched__isnull=False, ticket="").order_by("made"))


@transaction.atomic
def _note(orders: Sequence[Order], trouble: str, now: datetime) -> None:
    """Write down what keeps these orders back; they are tried again soon, or never where that is of no use."""
    waiting = [order for order in orders if not order.ticket]
    book = Ledger(now)
    locked = Order.objects.select_for_update().filter(pk__in=[one.pk for one in waiting], state=State.SENT)
    for order in locked.order_by("pk"):
        order.trouble = trouble
        if trouble in FINAL:
            book.change(order, State.FAILED)
        elif not order.momentary:
            _again(order, now)
        book.touch(order)
    book.write()


def _again(order: Order, now: datetime) -> None:
    soon = now + min(states.pause(order.attempts), RETRY)
    order.due = min(order.due or soon, soon, order.until)


@transaction.atomic
def hear(words: Sequence[Acknowledgement], now: datetime) -> int:
    """Write down what ChirpStack says of downlinks; how many words changed something."""
    by_ticket = {word.ticket: word for word in words if word.ticket}
    orders = Order.objects.select_for_update().filter(ticket__in=by_ticket, state=State.SENT).order_by("pk")
    reached = _devices(by_ticket.values())
    book, changed = Ledger(now), 0
    for order in orders:
        word = by_ticket[order.ticket]
        # Nobody speaks of another device's downlinks.
        if reached.get(word.dev_eui) != order.device:
            continue
        changed += 1
        if word.heard:
            _acknowledge(order, book, now)
        else:
            order.ticket, order.trouble = "", "lost"
            if not order.momentary:
                _again(order, now)
            book.touch(order)
    book.write()
    return changed


def _acknowledge(order: Order, book: Ledger, now: datetime) -> None:
    """What is measured has the next word on a state; of anything else this one is the last."""
    by, capability = Machine(f"device:{order.device}"), capabilities().get(order.capability)
    order.trouble = ""
    if capability is None or not capability.state_property:
        book.change(order, State.DONE, by=by)
        mark_done(order, now)
        return
    book.change(order, State.RECEIVED, by=by)
    order.done = order.due = now
    order.until = now + max(capability.works, REPORTS)


def _devices(words: Iterable[Acknowledgement]) -> Mapping[str, str]:
    found = LorawanAddress.objects.filter(dev_eui__in={word.dev_eui for word in words})
    return dict(found.values_list("dev_eui", "device"))
