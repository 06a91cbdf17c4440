"""A part that hangs is known by its silence, and nothing else is taken for it."""

import asyncio
import json
import time

import psutil
import pytest

from candia.engines import heartbeat, supervisor
from tests.engines.conftest import script, soon


@pytest.fixture
def beating(home, monkeypatch):
    """A part whose loop beats often, beside a thread and workers that do something else."""
    monkeypatch.setattr(supervisor, "LOOK", 0.05)
    monkeypatch.setattr(heartbeat, "QUIET", 20)

    def beating(besides="pass", workers=0):
        text = (
            "import asyncio, os, pathlib, threading, time; from candia.engines import heartbeat\n"
            "heartbeat.EVERY = 0.05\n"
            f"def besides():\n    {besides}\n"
            f"leads = all(os.fork() for _ in range({workers}))\n"
            "if leads: threading.Thread(target=besides, daemon=True).start()\n"
            f"asyncio.run(heartbeat.Heartbeat(pathlib.Path({str(home.path)!r}), 'heart').beat_on())"
        )
        return script("heart", text, beats=True)

    return beating


def _leader(home):
    return psutil.Process(json.loads((home.path / "run" / "heart.json").read_text("utf-8"))[0])


async def test_one_whose_loop_stands_still_is_ended_and_started_again(home, watch, beating):
    told = await watch([beating()])
    _leader(home).suspend()
    await soon(lambda: any("heart is ready again" in line for line in told))
    assert any("heart has not answered for a while" in line for line in told)


async def test_a_worker_that_hangs_is_not_overlooked_beside_one_that_lives(home, watch, beating):
    told = await watch([beating(workers=2)])
    one, _other = await soon(lambda: (two := _leader(home).children()) and len(two) == 2 and two)
    await asyncio.sleep(0.5)
    one.suspend()
    await soon(lambda: any("heart is ready again" in line for line in told))


async def test_one_that_ended_is_no_worker_that_hangs(home, watch, beating, monkeypatch):
    told = await watch([beating(workers=2)])
    one, _other = await soon(lambda: (two := _leader(home).children()) and len(two) == 2 and two)
    await asyncio.sleep(0.5)
    one.kill()
    await _looks(monkeypatch, 3 * heartbeat.QUIET)
    assert not any("has not answered" in line for line in told)


async def test_one_that_is_deep_in_work_does_not_hang(watch, beating, monkeypatch):
    told = await watch([beating("while True: sum(range(10_000))")])
    await _looks(monkeypatch, 3 * heartbeat.QUIET)
    assert not any("has not answered" in line for line in told)


async def test_what_the_supervisor_slept_through_is_nobodys_silence(watch, beating, monkeypatch):
    told = await watch([beating()])
    for _ in range(3):
        # As when a laptop's lid was shut: nothing is looked at, nothing is heard.
        time.sleep(0.05 * heartbeat.QUIET + 0.5)  # noqa: ASYNC251 — it is the loop that sleeps
        await _looks(monkeypatch, 2)
    assert not any("has not answered" in line for line in told)


async def _looks(monkeypatch, number):
    """Wait until the supervisor has looked so many times."""
    looks, really = [], heartbeat.Pulse.hangs
    monkeypatch.setattr(heartbeat.Pulse, "hangs", lambda pulse: looks.append(1) or really(pulse))
    await soon(lambda: len(looks) >= number, 30)
    monkeypatch.setattr(heartbeat.Pulse, "hangs", really)
