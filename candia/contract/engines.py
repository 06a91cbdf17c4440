"""A pytest plugin: one temporary home for the run, named to Django before its settings are read.

The engines start when a test first needs them (the fixtures `engines` and `db`), once for the whole run.
"""

import atexit
import contextlib
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from candia.config import Config
from candia.engines import clickhouse, nats, postgres
from candia.engines.supervisor import tie

ENGINES = {"postgres": postgres, "clickhouse": clickhouse, "nats": nats}
HOME = Path(tempfile.mkdtemp(prefix="candia-test-"))
atexit.register(shutil.rmtree, HOME, ignore_errors=True)


@dataclass
class Engines:
    """PostgreSQL, ClickHouse and NATS of this run, watched by `candia run --engines`."""

    config: Config

    @property
    def home(self) -> Path:
        return self.config.home

    def pid(self, name: str) -> int:
        """The process of an engine: postgres, clickhouse or nats."""
        pid: int = json.loads((self.home / "run" / f"{name}.json").read_text())[0]
        return pid

    def kill(self, name: str, ready_within: float = 20) -> None:
        """Kill an engine as `kill -9` does, and wait until its successor answers."""
        before = self.pid(name)
        os.kill(before, signal.SIGKILL)
        url = {
            "postgres": self.config.database_url,
            "clickhouse": self.config.telemetry_url,
            "nats": self.config.stream_url,
        }[name]
        wait_for(lambda: self._lives_anew(name, before) and ENGINES[name].answers(url), ready_within)

    def _lives_anew(self, name: str, before: int) -> bool:
        return (self.home / "run" / f"{name}.json").exists() and self.pid(name) != before


def wait_for(condition, within: float = 10):
    """The first true answer of `condition`; an OSError counts as not yet. Fails when the time is over."""
    until = time.monotonic() + within
    while True:
        try:
            if answer := condition():
                return answer
        except OSError:
            pass
        assert time.monotonic() < until, f"not within {within} s: {condition}"
        time.sleep(0.02)


def free_port() -> int:
    # Below those that the kernel gives to whoever connects: such a one may be taken a moment later.
    while True:
        port = random.randrange(15_000, 32_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def pytest_configure(config: pytest.Config) -> None:
    """Hand in the fixtures now that pytest-django is there: of one name the later counts."""
    from candia.contract import fixtures

    config.pluginmanager.register(fixtures)


def _name_the_home() -> None:
    for name in [name for name in os.environ if name.startswith("CANDIA_")]:
        del os.environ[name]
    os.environ |= {
        "CANDIA_HOME": str(HOME),
        "CANDIA_MQTT_PORT": str(free_port()),
        "CANDIA_PORT": str(free_port()),
        "CANDIA_DISK_RESERVE": "64",
    }
    # Another city than the sample, for a run within a run (`candia test`).
    if city := os.environ.get("TEST_CITY"):
        os.environ["CANDIA_CITY"] = city
    # The addresses are settled now, so that Django's settings know them before anything runs.
    config = Config.read(os.environ)
    for engine in ENGINES.values():
        engine.part(config)


@pytest.fixture(scope="session")
def engines() -> Iterator[Engines]:
    """The three engines, started once per run."""
    words = [sys.executable, "-m", "candia.cli", "run", "--engines"]
    told = HOME / "told"
    with told.open("wb") as out:
        process = subprocess.Popen(words, stdout=out, stderr=out, preexec_fn=tie(signal.SIGTERM, os.getpid()))  # noqa: PLW1509
    wait_for(lambda: (HOME / "run" / "up").exists() or process.poll() is not None, 300)
    assert process.poll() is None, "The engines did not start:\n" + told.read_text()
    yield Engines(Config.read(os.environ))
    process.send_signal(signal.SIGTERM)
    process.wait(15)


_name_the_home()
