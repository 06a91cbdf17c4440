"""Every capability that is declared: its orders come to each end that there is, and what it can't be is refused."""

import time
from datetime import timedelta

import pytest
from django.utils import timezone

from candia.contract.declared import ONLY, declared
from candia.contract.dummy import installed
from candia.contract.dummy import service as dummy
from candia.core import errors
from candia.core.access import system
from candia.core.capability import Capability
from candia.core.entity import Entity
from candia.core.telemetry import store
from candia.devices.credentials import issue
from candia.devices.models import Order, WantedState
from candia.devices.orders import commands, evidence, rounds
from candia.devices.orders.message import Answer
from candia.devices.orders.states import State
from candia.telemetry.observation import Observation
from candia.telemetry.store import columns

pytestmark = pytest.mark.django_db
# The dummy has one of each sort; beside a service from outside it has nothing to say.
DUMMY = () if ONLY else dummy.service.capabilities
EVERY = [
    *declared("capabilities"),
    *(pytest.param(dummy.service, one, id=f"dummy.{one.name}") for one in DUMMY),
]
LASTING = [item for item in EVERY if not item.values[1].momentary]
MEASURED = [item for item in EVERY if item.values[1].state_property]


@pytest.fixture(autouse=True)
def _installed():
    with installed():
        yield


@pytest.fixture
def thing(capability: Capability) -> str:
    """One that can be told this, with a device that hears for it."""
    id = f"{capability.on.kind}:contract-{time.monotonic_ns()}"
    Entity.objects.create(id=id, kind_name=capability.on.kind, name="Contract")
    issue(system, "contract", entities=[id])
    return id


def values(capability: Capability) -> list[object]:
    """Two that it takes, different ones where there are."""
    if capability.options:
        return [capability.options[0], capability.options[-1]]
    if not capability.takes_number:
        return [None, None]
    low, high = capability.low or 0.0, capability.high
    return [low, low + 1 if high is None else high]


def ordered(capability: Capability, thing: str, value: object = None) -> Order:
    """An order as it was just sent."""
    value = values(capability)[0] if value is None else value
    ask = commands.order_act if capability.momentary else commands.want_state
    ask(by=system, entity=thing, capability=capability.qualified, value=value)
    rounds.round_at(timezone.now(), 0)
    return newest(thing)


def newest(thing: str) -> Order:
    return Order.objects.filter(entity=thing).order_by("-made").first()


def said(order: Order, *states: State) -> State:
    answers = [("contract", Answer(order.pk, state)) for state in states]
    rounds.answer(answers, timezone.now())
    order.refresh_from_db()
    return State(order.state)


@pytest.mark.parametrize(("service", "capability"), EVERY)
@pytest.mark.parametrize("ends", [State.DONE, State.REFUSED, State.FAILED])
def test_a_device_ends_it(service, capability, thing, ends) -> None:
    order = ordered(capability, thing)
    assert order.state == State.SENT
    assert said(order, State.RECEIVED) == State.RECEIVED
    assert said(order, ends) == ends


@pytest.mark.parametrize(("service", "capability"), EVERY)
def test_nobody_answers(service, capability, thing) -> None:
    order = ordered(capability, thing)
    rounds.round_at(order.until, 0)
    assert newest(thing).state == State.UNANSWERED


@pytest.mark.parametrize(("service", "capability"), EVERY)
def test_it_could_not_be_sent_in_time(service, capability, thing) -> None:
    if capability.momentary:
        value = values(capability)[0]
        commands.order_act(by=system, entity=thing, capability=capability.qualified, value=value)
    else:
        # The device is at work for as long as the newer one lives.
        first, second = values(capability)
        said(ordered(capability, thing, first), State.RECEIVED)
        assert ordered(capability, thing, second).state == State.QUEUED
    rounds.round_at(timezone.now() + capability.lives, 0)
    assert newest(thing).state == State.EXPIRED


@pytest.mark.parametrize(("service", "capability"), LASTING)
def test_it_is_replaced_by_what_is_wanted_later(service, capability, thing) -> None:
    first, second = values(capability)
    order = ordered(capability, thing, first)
    assert ordered(capability, thing, second).state == State.SENT
    order.refresh_from_db()
    assert order.state == State.REPLACED


@pytest.mark.parametrize(("service", "capability"), LASTING)
def test_it_is_cancelled(service, capability, thing) -> None:
    order = ordered(capability, thing)
    commands.cancel_order(by=system, order=order.pk)
    rounds.round_at(timezone.now(), 0)
    assert newest(thing).state == State.CANCELLED
    assert WantedState.objects.get(entity=thing).reason == ""


@pytest.mark.parametrize(("service", "capability"), MEASURED)
def test_measurement_contradicts_and_confirms_it(service, capability, thing) -> None:
    first, second = values(capability)
    order = ordered(capability, thing, first)
    assert said(order, State.DONE) == State.DONE
    settled = timezone.now() + capability.settles
    for moment, seen, ends in (
        (settled, second, "contradicted"),
        (settled + timedelta(seconds=9), first, "confirmed"),
    ):
        observed(thing, capability, moment, seen)
        evidence.look(moment + timedelta(minutes=10))
        order.refresh_from_db()
        assert order.state == ends


def observed(thing: str, capability: Capability, moment, value) -> None:
    name, at = (
        f"{capability.qualified.partition('.')[0]}.{capability.state_property}",
        int(moment.timestamp() * 1000),
    )
    told = {"state": value} if isinstance(value, str) else {"value": float(value)}
    store().append(columns([Observation(thing, name, at, **told)], time.time_ns() // 1000))


@pytest.mark.parametrize(("service", "capability"), EVERY)
def test_nonsense_is_refused(service, capability, thing) -> None:
    ask = commands.order_act if capability.momentary else commands.want_state
    with pytest.raises(errors.Refused):
        ask(by=system, entity=thing, capability=capability.qualified, value="no such value")
    assert not Order.objects.filter(entity=thing).exists()
