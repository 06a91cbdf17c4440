"""The watch over processes, with processes that misbehave."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

import psutil
import pytest

from candia.engines import supervisor
from candia.engines.changes import Changes
from candia.engines.part import MISCONFIGURED, Part, StartError
from tests.engines.conftest import script, soon


def family():
    return {process.pid for process in psutil.Process().children(recursive=True)}


async def test_one_that_cant_start_stops_the_others_and_tells_its_last_words(home, watch):
    before = family()
    bad = script("bad", "import sys; sys.exit('no bread today')", ready=lambda: False)
    slow = replace(script("slow", "import time; time.sleep(600)"), prepare=lambda: time.sleep(0.5))
    with pytest.raises(StartError, match=r"bad ended with code 1 .*(?s:.*)no bread today"):
        await watch([script("good", "import time; time.sleep(600)"), bad, slow])
    await soon(lambda: not family() - before)
    assert not list((home.path / "run").glob("*.json"))


async def test_one_that_is_never_ready_is_given_up(watch):
    mute = script("mute", "import time; time.sleep(600)", ready=lambda: False, patience=0.3)
    with pytest.raises(StartError, match="mute was not ready within"):
        await watch([mute])


async def test_a_stage_waits_for_the_one_before(watch, tmp_path):
    first = script("first", f"open({str(tmp_path / 'made')!r}, 'w').close()", once=True)
    second = script("second", f"open({str(tmp_path / 'made')!r}); import time; time.sleep(600)")
    told = await watch([first], [second])
    assert [line.split("s  ")[1].split(" (")[0] for line in told] == ["first is done", "second is ready"]


async def test_one_that_fails_its_only_task_stops_the_start(watch):
    with pytest.raises(StartError, match="migrate ended with code 3"):
        await watch([script("migrate", "raise SystemExit(3)", once=True)], [script("never", "")])


async def test_a_worker_does_not_outlive_its_leader(watch, tmp_path):
    note = tmp_path / "worker"
    leader = Part("leader", ("sh", "-c", f"sleep 600 & echo $! > {note}; wait"), ready=note.exists)
    told = await watch([leader])
    worker = psutil.Process(int(await soon(lambda: note.read_text().strip())))
    os.kill(worker.ppid(), signal.SIGKILL)
    await soon(lambda: not worker.is_running() or worker.status() == psutil.STATUS_ZOMBIE)
    await soon(lambda: any("leader is ready again" in line for line in told))


async def test_one_whose_code_changes_starts_again_and_the_others_go_on(home, watch, tmp_path, monkeypatch):
    monkeypatch.setattr(supervisor, "LOOK", 0.05)
    (tmp_path / "jobs").mkdir()
    code = tmp_path / "jobs" / "rules.py"
    code.write_text("first")
    changes = Changes([tmp_path])
    parts = [script(name, "import time; time.sleep(600)") for name in ("jobs", "postgres")]
    told = await watch(parts, changed=lambda: {path.parent.name for path in changes.found()})
    before = {
        name: json.loads((home.path / "run" / f"{name}.json").read_text())[0] for name in ("jobs", "postgres")
    }

    (tmp_path / "jobs" / "note.md").write_text("no process reads this")
    code.write_text("second")
    os.utime(code, ns=(0, 0))

    await soon(lambda: any("jobs is ready again" in line for line in told))
    after = {
        name: json.loads((home.path / "run" / f"{name}.json").read_text())[0] for name in ("jobs", "postgres")
    }
    assert after["jobs"] != before["jobs"]
    assert after["postgres"] == before["postgres"]
    assert [line.split("s  ")[1] for line in told if "changed" in line] == [
        "jobs has changed; starting it again"
    ]


async def test_a_stubborn_one_is_killed_when_its_grace_is_over(watch, tmp_path):
    before, ready = family(), tmp_path / "ready"
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN)"
    text = f"{deaf}; open({str(ready)!r}, 'w').close(); time.sleep(600)"
    told = await watch([script("stubborn", text, ready=ready.exists, grace=0.3)])
    os.kill(os.getpid(), signal.SIGTERM)
    await soon(lambda: any("stubborn took longer" in line for line in told))
    await soon(lambda: not family() - before)


async def test_one_that_hangs_is_ended_and_started_again(home, watch, tmp_path, monkeypatch):
    monkeypatch.setattr(supervisor, "LOOK", 0.05)
    hangs = tmp_path / "hangs"

    def alive():
        if hangs.exists():
            raise TimeoutError

    # It has a child in a session of its own, as PostgreSQL's are, and hangs no longer once it starts anew.
    child = "import os, signal; os.setsid(); signal.pause()"
    text = (
        f"import pathlib, subprocess, sys, time; pathlib.Path({str(hangs)!r}).unlink(missing_ok=True);"
        f"subprocess.Popen([sys.executable, '-c', {child!r}]); time.sleep(600)"
    )
    told = await watch([script("deaf", text, alive=alive)])
    leader = psutil.Process(json.loads((home.path / "run" / "deaf.json").read_text("utf-8"))[0])
    await soon(leader.children)
    before = [leader, *leader.children()]
    hangs.touch()
    await soon(lambda: any("deaf is ready again" in line for line in told))
    assert any("deaf has not answered for a while" in line for line in told)
    await soon(lambda: all(not one.is_running() or one.status() == psutil.STATUS_ZOMBIE for one in before))


async def test_one_that_refuses_is_left_alone(watch, monkeypatch):
    monkeypatch.setattr(supervisor, "LOOK", 0.02)
    asked = []

    def alive():
        asked.append(True)
        raise ConnectionRefusedError

    told = await watch([script("busy", "import time; time.sleep(600)", alive=alive)])
    await soon(lambda: len(asked) > 3 * supervisor.SILENCES)
    assert not any("has not answered" in line for line in told)


async def test_what_a_part_says_of_a_wrong_setting_is_all_that_is_said(watch):
    text = f"import sys; print('city.toml names no such service.'); sys.exit({MISCONFIGURED})"
    with pytest.raises(StartError, match=r"^city\.toml names no such service\.$"):
        await watch([script("migrate", text, once=True)])


def test_a_part_that_is_deep_in_work_ends_when_it_is_told():
    # Neither its loop nor its thread looks up.
    text = (
        "import asyncio, pathlib, time; from candia.engines.heartbeat import Heartbeat\n"
        "from candia.parts import _until_told_to_stop\n"
        "async def work():\n"
        "    thread = asyncio.create_task(asyncio.to_thread(time.sleep, 600))\n"
        "    await asyncio.sleep(0.05)\n"
        "    print('busy', flush=True)\n"
        "    while True: pass\n"
        "asyncio.run(_until_told_to_stop(work(), Heartbeat(pathlib.Path('/nowhere'), 'busy')))"
    )
    with subprocess.Popen([sys.executable, "-c", text], stdout=subprocess.PIPE, text=True) as busy:
        assert busy.stdout.readline() == "busy\n"
        busy.terminate()
        try:
            assert busy.wait(20) == 0
        finally:
            busy.kill()
