"""The sample city from outside: it names its accounts, goes on through the devices' door, and is made once."""

import csv
import os
import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from candia.config import sample_city
from candia.telemetry.store import Store
from tests.engines_once import free_port, wait_for

SMALL = {"meters = 3000": "meters = 600", "history = 90": "history = 12", "hourly = 35": "hourly = 4"}


@pytest.fixture
def environ(tmp_path):
    """The sample city with a fifth of its meters and less of a past, in a home of its own."""
    folder = tmp_path / "city"
    shutil.copytree(sample_city.parent, folder)
    told = (folder / "water.toml").read_text("utf-8")
    for before, after in SMALL.items():
        assert before in told
        told = told.replace(before, after)
    (folder / "water.toml").write_text(told, "utf-8")
    city = (folder / "city.toml").read_text("utf-8").replace('"dialogue", ', "")
    (folder / "city.toml").write_text(city, "utf-8")
    plain = {name: value for name, value in os.environ.items() if not name.startswith("CANDIA_")}
    own = {
        "CANDIA_HOME": str(tmp_path / "home"),
        "CANDIA_CITY": str(folder / "city.toml"),
        "CANDIA_PORT": str(free_port()),
        "CANDIA_MQTT_PORT": str(free_port()),
    }
    return {**plain, **own}


@contextmanager
def running(environ):
    """The city from its start to its end; gives what it told."""
    home = Path(environ["CANDIA_HOME"])
    told = home.parent / "told"
    with told.open("w") as out:
        words = [sys.executable, "-m", "candia.cli", "run"]
        city = subprocess.Popen(words, env=environ, stdout=out, stderr=subprocess.STDOUT)
        try:
            wait_for(lambda: (home / "run" / "up").exists() or city.poll() is not None, 600)
            wait_for(lambda: "with the password" in told.read_text(), 10)
            yield told.read_text()
        finally:
            city.send_signal(signal.SIGINT)
            city.wait(20)


def test_the_sample_city_tells_who_may_sign_in_and_goes_on_as_time_goes(environ, tmp_path):
    with running(environ) as told:
        assert f"http://127.0.0.1:{environ['CANDIA_PORT']}/" in told
        assert told.index("http://") < told.index("play is ready"), (
            "Its pages are open while it is being filled."
        )
        password = (tmp_path / "home" / "secrets" / "sample_accounts").read_text().split()[-1]
        assert password in told
        for email in ("resident@example.gr", "operator@example.gr", "admin@example.gr"):
            assert email in told
        _moves_on(tmp_path / "home")
        before = _meters(tmp_path / "home")
        _tells_the_truth(environ, tmp_path / "truth.csv")

    with running(environ) as told:
        assert password in told
        _moves_on(tmp_path / "home")
        assert _meters(tmp_path / "home") == before


def _moves_on(home: Path) -> None:
    """A meter's reading of a moment after this one comes in."""
    store = Store((home / "secrets" / "telemetry_url").read_text().strip())
    now = datetime.now(UTC)
    newest = "SELECT max(time) AS newest FROM latest WHERE property = 'water.index'"
    wait_for(lambda: store.ask(newest)["newest"][0].as_py() > now, 90)
    store.close()


def _meters(home: Path) -> int:
    store = Store((home / "secrets" / "telemetry_url").read_text().strip())
    found = store.ask("SELECT uniqExact(entity) AS meters FROM latest WHERE property = 'water.index'")
    store.close()
    return int(found["meters"][0].as_py())


def _tells_the_truth(environ, path: Path) -> None:
    words = [sys.executable, "-m", "candia.cli", "simulate", "--truth", str(path), "--only-truth"]
    subprocess.run(words, env=environ, check=True, capture_output=True)
    with path.open(newline="") as table:
        rows = list(csv.DictReader(table))
    # The resident's own leak at least.
    assert {"leak"} <= {row["kind"] for row in rows}
    assert all(row["begin"] < row["end"] for row in rows)
