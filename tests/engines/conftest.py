"""A home without engines, and a watch over parts of a test's own."""

import asyncio
import os
import signal
import sys

import pytest

from candia.engines.home import Home
from candia.engines.part import Part
from candia.engines.supervisor import Supervisor
from tests.engines.parts import Parts
from tests.engines_once import wait_for


@pytest.fixture
def home(tmp_path):
    home = Home(tmp_path / "home")
    home.take()
    yield home
    home.leave()


@pytest.fixture
async def watch(home):
    """Runs parts until the test ends; the lines that were told."""
    told, runs = [], []

    async def watch(*stages, changed=None):
        up = asyncio.Event()
        runs.append(asyncio.create_task(Supervisor(home, stages, told.append, changed).run(up.set)))
        waiting = asyncio.create_task(up.wait())
        done, _ = await asyncio.wait({runs[-1], waiting}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if runs[-1] in done:
            runs.pop().result()
        return told

    yield watch
    for run in runs:
        if not run.done():
            os.kill(os.getpid(), signal.SIGTERM)
        await run


def script(name, text, **keywords):
    return Part(name, (sys.executable, "-c", text), **keywords)


async def soon(condition, within=10):
    return await asyncio.to_thread(wait_for, condition, within)


@pytest.fixture(scope="module")
def lasting_parts(engines, django_db_setup, django_db_blocker):
    """The same for all tests of a module."""
    from django.db import connection

    with django_db_blocker.unblock():
        parts = Parts(engines.config, connection.settings_dict["NAME"])
    parts.store.prepare()
    parts.with_stream(lambda stream: stream.prepare())
    parts.start("gateway", "ingest")
    yield parts
    assert parts.stop() == {0}


@pytest.fixture
def parts(engines, transactional_db):
    """Gateway and ingest as processes of their own, over the records of this test."""
    from django.db import connection

    parts = Parts(engines.config, connection.settings_dict["NAME"])
    parts.store.prepare()
    parts.with_stream(lambda stream: stream.prepare())
    parts.start("gateway", "ingest")
    yield parts
    parts.stop()
