"""A rule that hears at once opens its alert when a device speaks, and no minute has to pass for it."""

import asyncio
import secrets
import threading
from dataclasses import replace

import pytest

from candia.core import at_once
from candia.core.alert import Alert
from candia.core.rule import CLEAR, UNSURE, Open, Row, Rule, Verdict, minutes
from candia.core.service import services
from candia.services.water.models import Meter
from candia.telemetry.observation import Window
from tests.engines.parts import Device, issue, soon


def empty(row: Row) -> Verdict:
    """A battery is empty."""
    if row.last is None:
        return UNSURE
    return Open("Empty.") if row.last <= 1 else CLEAR


rule = Rule(
    function=empty,
    title="Empty",
    on=Meter,
    over=Window("battery", hours=1, take=("last",)),
    every=minutes(60),
    at_once=True,
)


@pytest.fixture
def city(monkeypatch):
    """Water with that rule and no other, so that nothing runs on a rhythm."""
    water = replace(services()["water"], rules=(rule,))
    monkeypatch.setattr(at_once, "services", lambda: {"water": water})


@pytest.fixture
def battery(parts):
    """A meter's device, which says what its battery holds."""
    meter = Meter.objects.create(id=f"water.meter:{secrets.token_hex(6)}", name="1")
    name = f"once-{secrets.token_hex(3)}"
    device = Device(parts.config, name, issue(name, entities=[meter.id]))
    assert device.let_in()
    yield lambda percent: device.say({"battery": percent})
    device.close()


@pytest.fixture
def listening(parts, city):
    """Somebody hears of what is observed, in a thread of its own, until the test ends."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    async def begin():
        return asyncio.create_task(at_once.listen(parts.config.stream_url))

    async def end(task):
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await loop.shutdown_default_executor()

    task = asyncio.run_coroutine_threadsafe(begin(), loop).result()
    yield
    asyncio.run_coroutine_threadsafe(end(task), loop).result()
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


def test_what_a_device_says_is_judged_as_soon_as_it_is_stored(listening, battery):
    battery(1)
    soon(standing)
    battery(90)
    soon(lambda: not standing())


def standing():
    return Alert.objects.filter(rule="water.empty", closed=None).exists()
