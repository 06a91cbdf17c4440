"""A city that is stopped, killed or badly set up leaves nothing behind and says what is wrong."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from http.client import HTTPConnection
from pathlib import Path

import psutil
import psycopg
import pytest

from candia.config import sample_city
from candia.engines.home import Home
from candia.engines.part import StartError
from tests.engines_once import free_port, wait_for


@pytest.fixture
def candia(tmp_path):
    """Starts `candia …` over a home of its own; everything is ended after the test."""
    started = []
    home = tmp_path / "home"

    def start(*words, stdout=None, patched="", **settings):
        own = {"HOME": home, "MQTT_PORT": free_port(), "PORT": free_port()} | settings
        environ = {name: value for name, value in os.environ.items() if not name.startswith("CANDIA_")}
        environ |= {f"CANDIA_{name}": str(value) for name, value in own.items()}
        told = (tmp_path / f"told-{len(started)}").open("w+")
        text = f"{patched}\nfrom candia.cli import main; main()"
        process = subprocess.Popen(
            [sys.executable, "-c", text, *words], env=environ, stdout=stdout or told, stderr=told
        )
        process.home, process.told = home, lambda: Path(told.name).read_text()
        started.append((process, told))
        return process

    yield start
    for process, told in started:
        if process.poll() is None:
            process.terminate()
        process.wait(15)
        told.close()


def up(process):
    """Wait until the city runs; its family of processes."""
    stamp = process.home / "run" / "up"
    wait_for(
        lambda: (stamp.exists() and stamp.read_text() == str(process.pid)) or process.poll() is not None, 180
    )
    assert process.poll() is None, process.told()
    return psutil.Process(process.pid).children(recursive=True)


OWN = ("ingest", "gateway", "jobs", "play", "web")


def gone(family):
    return all(not one.is_running() or one.status() == psutil.STATUS_ZOMBIE for one in family)


def test_ctrl_c_stops_all_within_ten_seconds(candia):
    city = candia("run", "--engines")
    family = up(city)
    assert len(family) > 3
    asked = time.monotonic()
    city.send_signal(signal.SIGINT)
    assert city.wait(10) == 0
    assert time.monotonic() - asked < 10
    assert gone(family)


def test_a_killed_run_takes_its_parts_along_and_the_next_one_starts(candia):
    first = candia("run", "--engines")
    family = up(first)
    with psycopg.connect(_database(first.home), autocommit=True) as database:
        database.execute("CREATE TABLE kept AS SELECT 7 AS number")
    first.kill()
    first.wait()
    wait_for(lambda: gone(family), 15)
    up(candia("run", "--engines"))
    with psycopg.connect(_database(first.home)) as database:
        assert database.execute("SELECT number FROM kept").fetchone() == (7,)


def _database(home):
    return (home / "secrets" / "database_url").read_text()


def test_whatever_part_of_a_city_is_killed_or_hangs_comes_back(candia, tmp_path):
    facts = 'name = "A city"\nlanguages = ["en"]\ntimezone = "UTC"\ncentre = [25, 35]\nservices = []\n'
    # A sample, so that it has every part.
    (tmp_path / "city.toml").write_text(facts + "sample = true\n")
    port = free_port()
    sooner = "from candia.engines import heartbeat, supervisor; heartbeat.QUIET, supervisor.LOOK = 24, 0.25"
    city = candia("run", CITY=tmp_path / "city.toml", PORT=port, WEB_WORKERS=2, patched=sooner)
    up(city)
    assert _status(port) == 200
    parts = {path.stem: json.loads(path.read_text())[0] for path in (city.home / "run").glob("*.json")}
    assert parts.keys() == {"postgres", "clickhouse", "nats", *OWN}
    for name in OWN:
        process = psutil.Process(parts[name])
        # Of the web one worker alone; each other loop is its part's own.
        (process.children()[0] if name == "web" else process).suspend()
    for name in parts.keys() - set(OWN):
        os.kill(parts[name], signal.SIGKILL)
    for name in parts:
        wait_for(lambda name=name: f"{name} is ready again" in city.told(), 180)
    assert all(f"{name} has not answered for a while" in city.told() for name in OWN)
    wait_for(lambda: _status(port) == 200)
    family = psutil.Process(city.pid).children(recursive=True)
    city.send_signal(signal.SIGINT)
    assert city.wait(10) == 0
    assert gone(family)


def _status(port):
    line = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        line.request("GET", "/healthz", headers={"Host": "localhost"})
        return line.getresponse().status
    finally:
        line.close()


@pytest.mark.parametrize("name", ["postgres", "clickhouse", "nats"])
def test_a_killed_engine_is_started_again(engines, name):
    before = engines.pid(name)
    engines.kill(name)
    assert engines.pid(name) != before
    assert not psutil.pid_exists(before)


def test_one_home_has_one_run(candia):
    up(candia("run", "--engines"))
    second = candia("run", "--engines")
    assert second.wait(15) == 1
    assert "CANDIA_HOME is" in second.told()
    assert "a city runs already" in second.told()


@pytest.mark.parametrize("name", ["PORT", "MQTT_PORT"])
def test_a_port_in_use_is_named(candia, name):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        city = candia("run", **{name: port})
        assert city.wait(15) == 1
    assert f"CANDIA_{name} is {port}, which another process uses" in city.told()
    assert not (city.home / "postgres").exists()


def test_an_address_of_another_machine_is_named(candia):
    city = candia("run", HOST="192.0.2.1")
    assert city.wait(15) == 1
    assert "CANDIA_HOST is 192.0.2.1" in city.told()


@pytest.mark.parametrize("command", ["run", "check"])
def test_a_home_that_cant_be_written_is_named(candia, command):
    city = candia(command, HOME="/proc/candia")
    assert city.wait(15) == 1
    assert "CANDIA_HOME is /proc/candia" in city.told()


def test_a_wrong_value_is_named(candia):
    city = candia("run", PORT="eight thousand")
    assert city.wait(15) == 1
    assert "CANDIA_PORT" in city.told()
    assert "eight thousand" in city.told()


def test_a_service_that_nobody_installed_is_named(candia, tmp_path):
    text = sample_city.read_text("utf-8").replace("services = [", 'services = ["watre", ')
    (tmp_path / "city.toml").write_text(text.replace("zones =", "# zones ="), "utf-8")
    city = candia("run", CITY=tmp_path / "city.toml")
    assert city.wait(60) == 1
    sentence = city.told().strip().splitlines()[-1]
    assert sentence.startswith("city.toml switches on the service 'watre', which is not installed.")


def test_an_address_where_nobody_listens_is_named(candia):
    city = candia("run", DATABASE_URL=f"postgresql://somebody@127.0.0.1:{free_port()}/city")
    assert city.wait(15) == 1
    assert "CANDIA_DATABASE_URL names a server that does not answer (nobody listens there)" in city.told()


def test_a_folder_may_have_any_name_and_the_terminal_may_go_away(candia, tmp_path):
    read, write = os.pipe()
    city = candia("run", "--engines", HOME=tmp_path / "η πόλη μου", stdout=write)
    os.close(write)
    os.close(read)
    city.home = tmp_path / "η πόλη μου"
    family = up(city)
    city.send_signal(signal.SIGHUP)
    assert city.wait(10) == 0
    wait_for(lambda: gone(family), 5)


def test_a_full_disk_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**9, 10**9 - 5, 5))
    with pytest.raises(StartError, match=r"CANDIA_HOME is .* 0 MB left"):
        Home(tmp_path).take()


def test_secrets_are_for_the_owner_alone(engines):
    for path in (engines.home / "secrets").iterdir():
        assert path.stat().st_mode & 0o077 == 0, path
    assert (engines.home / "secrets").stat().st_mode & 0o077 == 0


def test_no_secret_stands_on_a_command_line(engines):
    kept = [path.read_text().strip() for path in (engines.home / "secrets").iterdir()]
    for name in ("postgres", "clickhouse", "nats"):
        line = " ".join(psutil.Process(engines.pid(name)).cmdline())
        assert not [secret for secret in kept if secret in line]


def test_what_an_earlier_run_left_is_ended_and_nothing_else(tmp_path):
    left, stranger = (subprocess.Popen(["sleep", "600"], start_new_session=True) for _ in range(2))
    try:
        earlier = Home(tmp_path)
        earlier.take()
        earlier.record("left", left.pid)
        earlier.record("stranger", stranger.pid)
        # The number of the stranger's process once belonged to a part of ours.
        record = tmp_path / "run" / "stranger.json"
        record.write_text(record.read_text().replace('"]', '0"]'))
        earlier.leave()
        later = Home(tmp_path)
        later.take()
        later.leave()
        assert left.poll() is not None
        assert stranger.poll() is None
    finally:
        for process in (left, stranger):
            process.kill()
            process.wait()
