"""A store with its tables, and a stream, on the engines of this run."""

import asyncio
import secrets
from zoneinfo import ZoneInfo

import pytest

from candia.telemetry.observation import Property
from candia.telemetry.rollup import keep_days
from candia.telemetry.store import Store
from candia.telemetry.stream import Stream

PROPERTIES = {
    "water": {
        "index": Property("index", unit="m3", counter=True, rollover=1000, low=0, high=1000),
        "flow": Property("flow", unit="L/h", low=-1000, high=100_000),
        "valve": Property("valve", states=("open", "closed")),
    }
}
QUALIFIED = {f"water.{name}": declared for name, declared in PROPERTIES["water"].items()}


@pytest.fixture
def store(engines):
    store = Store(engines.config.telemetry_url)
    store.prepare()
    keep_days(store, ZoneInfo("Europe/Athens"), QUALIFIED)
    yield store
    store.close()


@pytest.fixture
async def stream(engines):
    stream = await Stream.connect(engines.config.stream_url)
    await stream.prepare()
    yield stream
    await stream.close()


@pytest.fixture
def name():
    """Makes names of entities that no other test has."""
    mark = secrets.token_hex(4)
    return lambda local: f"water.meter:{mark}-{local}"


async def until(condition, within=15.0):
    """Wait for a condition, asked in a thread of its own; fails when the time is over."""
    loop = asyncio.get_running_loop()
    end = loop.time() + within
    while not (answer := await asyncio.to_thread(condition)):
        assert loop.time() < end, f"not within {within} s"
        await asyncio.sleep(0.02)
    return answer
