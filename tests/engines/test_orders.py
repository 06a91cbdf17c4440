"""Orders on the real broker: from a wish at the desk to what a device did, with gateway and ingest as processes."""

import asyncio
import contextlib
import secrets
import threading
import time

import pytest

from candia.core import errors
from candia.core.access import system
from candia.core.service import entity_kinds, services
from candia.devices.models import Order, OrderGroup, WantedState
from candia.devices.orders import commands
from candia.devices.orders.worker import Worker
from tests.dummy.service import LEVEL, MODE, PULSE, service
from tests.engines.parts import issue, soon, thing
from tests.simulator import SimulatedDevice

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _dummy():
    """The city has the service of the tests."""
    services()["dummy"] = service
    entity_kinds().update({model.kind: model for model in service.entities})
    yield
    del services()["dummy"]
    for model in service.entities:
        del entity_kinds()[model.kind]


@pytest.fixture
def worker(parts):
    """The worker of orders, in this process so that it knows the dummy service."""
    loop, started = asyncio.new_event_loop(), threading.Event()

    async def work():
        started.set()
        with contextlib.suppress(asyncio.CancelledError):
            await Worker(parts.config.stream_url, 1000).run()

    thread = threading.Thread(target=loop.run_until_complete, args=(task := loop.create_task(work()),))
    thread.start()
    started.wait()
    yield
    loop.call_soon_threadsafe(task.cancel)
    thread.join()
    loop.close()


@pytest.fixture
def lamp():
    return thing(f"dummy.lamp:{secrets.token_hex(6)}").id


@pytest.fixture
def simulated(parts):
    """Simulated devices, by what they do with orders."""
    there = []

    def start(manner="obey", entities=(), **more):
        name = f"sim-{secrets.token_hex(4)}"
        secret = issue(name, entities=list(entities))
        there.append(SimulatedDevice(parts.config.mqtt_port, name, secret, manner, **more))
        return there[-1]

    yield start
    for one in there:
        one.sleep()


def want(lamp, value, capability=LEVEL, **more):
    return commands.want_state(by=system, entity=lamp, capability=capability.qualified, value=value, **more)


def state(lamp, capability=LEVEL):
    newest = Order.objects.filter(entity=lamp, capability=capability.qualified).order_by("-made").first()
    return newest and newest.state


def test_a_device_obeys(parts, worker, simulated, lamp):
    device = simulated(entities=[lamp], report=False)
    want(lamp, 40)
    soon(lambda: state(lamp) == "done")
    assert device.states[lamp, "level"] == 40
