"""A real city over a temporary home, small and there in seconds, that may be killed, stopped and started again."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from candia.config import Config
from candia.engines.supervisor import tie
from candia.telemetry import damage
from candia.telemetry.store import Store, StoreAway
from tests.engines_once import free_port

ROOT = Path(__file__).parents[2]
STARTS_WITHIN, WHOLE_WITHIN = 120, 400
FACTS = """
name = "Κακή Μέρα"
name_en = "Bad Day"
languages = ["el", "en"]
timezone = "Europe/Athens"
centre = [25.13, 35.33]
zoom = 12
services = ["water", "dialogue"]
"""
#: What of the parts' words tells that one of them failed, and not that another was away.
FAILED = ("panic:", "unexpected way", "Segmentation fault")


class Breach(Exception):
    """Something that was promised did not hold; the sentence says what."""


@dataclass
class City:
    """`candia run` with its home; `filled` are its devices and people as tests/soak/fill.py tells them."""

    home: Path
    #: Where what is not the city's own lies: its facts, and what the supervisor says.
    folder: Path
    environ: dict[str, str]
    process: subprocess.Popen[bytes] | None = None
    filled: dict[str, Any] = field(default_factory=dict)

    @property
    def config(self) -> Config:
        """Its settings, as any of its parts reads them."""
        return Config.read(self.environ)

    def store(self) -> Store:
        """Its observations, asked past everything that the city itself keeps."""
        return Store(self.config.telemetry_url, patience=120)

    def start(self) -> None:
        """Start it and wait until every part is ready; raises Breach."""
        stamp = self.home / "run" / "up"
        with (self.folder / "told").open("ab") as told:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "candia.cli", "run"],
                cwd=ROOT,
                env=self.environ,
                stdout=told,
                stderr=told,
                preexec_fn=tie(signal.SIGTERM, os.getpid()),  # noqa: PLW1509 — tied before it is anything else
            )
        pid, until = str(self.process.pid), time.monotonic() + STARTS_WITHIN
        while not (stamp.exists() and stamp.read_text() == pid):
            if self.process.poll() is not None or time.monotonic() > until:
                raise Breach(f"The city does not start. Its words:\n{self.told()[-3000:]}")
            time.sleep(0.05)

    def stop(self) -> None:
        """As Ctrl-C does; what does not go by itself within half a minute is killed."""
        if self.process is None:
            return
        family = self.family()
        with suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        _, alive = psutil.wait_procs(family, timeout=10)
        for one in alive:
            with suppress(psutil.Error):
                one.kill()
        self.process = None

    def kill_supervisor(self) -> None:
        """Kill the supervisor, see its parts go with it, and start the city again, as an init system does."""
        assert self.process is not None
        family = self.family()
        self.process.kill()
        self.process.wait()
        _, alive = psutil.wait_procs(family, timeout=30)
        if alive:
            raise Breach(f"These outlived the supervisor by half a minute: {alive}")
        self.start()

    def family(self) -> list[psutil.Process]:
        """Every process of it but the supervisor."""
        assert self.process is not None
        with suppress(psutil.Error):
            return psutil.Process(self.process.pid).children(recursive=True)
        return []

    def part(self, name: str) -> psutil.Process | None:
        """The leader of a part that runs now; None between its fall and its next start."""
        try:
            pid: int = json.loads((self.home / "run" / f"{name}.json").read_text("utf-8"))[0]
            return psutil.Process(pid)
        except (OSError, ValueError, psutil.Error):
            return None

    def resident(self, *names: str) -> dict[str, float]:
        """MB that each of these parts, with its children, holds in memory."""
        found = {}
        for name in names:
            leader, total = self.part(name), 0
            with suppress(psutil.Error):
                for one in [leader, *leader.children(recursive=True)] if leader else []:
                    total += one.memory_info().rss
            found[name] = total / 2**20
        return found

    def told(self) -> str:
        """What the supervisor has said since the first start."""
        path = self.folder / "told"
        return path.read_text("utf-8", "replace") if path.exists() else ""

    def log(self, name: str) -> str:
        """What a part has said."""
        path = self.home / "log" / f"{name}.log"
        return path.read_text("utf-8", "replace") if path.exists() else ""

    def restarts(self, name: str = "") -> int:
        """How often a part (or any) was started again."""
        return sum("starting it again" in line and name in line for line in self.told().splitlines())

    def conditions(self) -> list[str]:
        """The names of what is wrong with this installation, as it tells itself."""
        from candia.conditions import Conditions

        return [standing.name for standing in Conditions(self.home).standing()]

    def missing_rows(self) -> int:
        """How many rows of its store it says may be missing."""
        from candia.conditions import Conditions

        standing = Conditions(self.home).standing()
        return sum(int(one.facts["rows"]) for one in standing if one.name == damage.NAME)

    def wait_until_whole(self) -> None:
        """Wait until the city has found what is torn of its store and has brought it back; raises Breach."""
        until = time.monotonic() + WHOLE_WITHIN
        while damage.NAME in self.conditions() or not self._is_whole():
            if time.monotonic() > until:
                raise Breach(f"The store is not whole {WHOLE_WITHIN:.0f} s later: {self.conditions()}")
            time.sleep(1)

    def _is_whole(self) -> bool:
        with suppress(StoreAway):
            return all(row["is_passed"] for table in damage.TABLES for row in self.store().check(table))
        return False

    def console(self, *words: str) -> str:
        """What a verb of `candia` answers in this city, whether it succeeds or not."""
        command = [sys.executable, "-m", "candia.cli", *words]
        done = subprocess.run(
            command, cwd=ROOT, env=self.environ, capture_output=True, text=True, check=False, timeout=600
        )
        return done.stdout + done.stderr

    def fill(self, **what: int) -> None:
        """Make districts, devices and people; see tests/soak/fill.py."""
        words = [sys.executable, "-m", "tests.soak.fill", json.dumps(what)]
        done = subprocess.run(words, cwd=ROOT, env=self.environ, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise Breach(f"The city can't be filled:\n{done.stderr[-3000:]}")
        self.filled = json.loads(done.stdout)


@contextmanager
def running(home: Path | None = None, **filled: int) -> Iterator[City]:
    """A city from its start to its end, over `home` or a folder that is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="candia-soak-"))
    city = City(home or folder / "home", folder, _environ(folder, home or folder / "home"))
    try:
        city.start()
        if filled:
            city.fill(**filled)
        yield city
    finally:
        city.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _environ(folder: Path, home: Path) -> dict[str, str]:
    facts = folder / "city.toml"
    facts.write_text(FACTS, "utf-8")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CANDIA_")}
    return kept | {
        "CANDIA_HOME": str(home),
        "CANDIA_CITY": str(facts),
        "CANDIA_PORT": str(free_port()),
        "CANDIA_MQTT_PORT": str(free_port()),
        "CANDIA_REQUIRE_MFA": "false",
        "PYTHONWARNINGS": "default",
    }


def failures(city: City) -> int:
    """How often a part said something that tells of a failure of its own."""
    logs = [city.log(path.stem) for path in (city.home / "log").glob("*.log")]
    return sum(log.count(word) for log in logs for word in FAILED)
