"""Obeying: the sample's meters do as they are told through their gateway, all but one, which never answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

from django.db import transaction

from candia.core.access import Person
from candia.core.sample import clock
from candia.core.telemetry import store
from candia.devices.models import Order
from candia.devices.orders import commands, evidence, rounds
from candia.devices.orders.message import Answer
from candia.devices.orders.states import State
from candia.services.water.interval import INTERVAL
from candia.telemetry import questions
from candia.telemetry.observation import Observation
from candia.telemetry.store import columns

if TYPE_CHECKING:
    from candia.services.water.network import Network
    from candia.telemetry.replay import Device

REPORTED = f"water.{INTERVAL.state_property}"
HOUR = 3_600_000
# So long before the first start two meters were told something.
AGO, AT_ONCE = timedelta(days=3), timedelta(minutes=1)


@dataclass
class Meters:
    """Which meters are `there`, and at which `intervals` (h) they speak, where that is not each hour."""

    deaf: str
    there: frozenset[str] = frozenset()
    intervals: dict[str, int] = field(default_factory=dict)
    _heard: SimpleQueue[dict[str, Any]] = field(default_factory=SimpleQueue)

    @classmethod
    def of(cls, network: Network) -> Meters:
        """Those of a network, as they spoke last."""
        found = questions.latest(store(), REPORTED).to_pylist()
        homes = frozenset(network.ids[: len(network.homes)])
        return cls(deaf(network), homes, {row["entity"]: round(row["value"]) for row in found})

    def hear(self, order: dict[str, Any]) -> None:
        """Note an order as it comes, in whichever thread."""
        self._heard.put(order)

    def obey(self, door: Device, now: datetime) -> None:
        """Do what was heard since the last time, report it, and answer."""
        for order in self._orders():
            if order["entity"] == self.deaf:
                continue
            wanted = order["value"]
            if order["entity"] not in self.there or wanted != round(wanted):
                why = "whole hours only" if order["entity"] in self.there else "a sum, not a meter"
                door.answer(order["order"], State.REFUSED, why)
                continue
            self.intervals[order["entity"]] = round(wanted)
            moment = int(now.timestamp() * 1000)
            door.send([Observation(order["entity"], REPORTED, moment, float(wanted))])
            door.answer(order["order"], State.DONE)

    def _orders(self) -> Iterator[dict[str, Any]]:
        while True:
            try:
                yield self._heard.get_nowait()
            except Empty:
                return

    def says(self, seen: Observation) -> bool:
        """Whether a meter sends this reading of an hour, at the interval that it was told."""
        return seen.time // HOUR % self.intervals.get(seen.entity, 1) == 0


def deaf(network: Network) -> str:
    """The meter that never answers: that of the last home."""
    return network.ids[len(network.homes) - 1]


def stage(network: Network, by: Person, now: datetime) -> None:
    """Let two meters have been told something days ago: one did it, of the other no word came in time.

    A job makes an alert of that.
    """
    then, obeys = now - AGO, network.ids[len(network.homes) - 2]
    done, looked, over = then + AT_ONCE, then + 2 * AT_ONCE, then + INTERVAL.lives
    # As one, so that the part `jobs` does not send what is long over.
    with transaction.atomic():
        with clock(then):
            for meter in (obeys, deaf(network)):
                commands.want_state(by=by, entity=meter, capability=INTERVAL.qualified, value=1)
            rounds.round_at(then, 0)
        seen = Observation(obeys, REPORTED, int(done.timestamp() * 1000), 1.0)
        store().append(columns([seen], int(now.timestamp() * 1_000_000)))
        order = Order.objects.get(entity=obeys)
        with clock(done):
            rounds.answer([(order.device, Answer(order.pk, State.DONE))], done)
        with clock(looked):
            evidence.look(looked)
        with clock(over):
            rounds.round_at(over, 0)
