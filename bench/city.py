"""A city of the bench's own: the sample city in a temporary home, with 50,000 meters more and devices for them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from bench.engine import config_in
from bench.services import found
from candia.config import Config
from candia.engines.supervisor import tie
from candia.telemetry.ingest import COUNTERS
from candia.telemetry.store import Store
from candia.telemetry.stream import OBSERVATIONS, Stream

ROOT = Path(__file__).parents[1]
STARTS_WITHIN = 300
# So many cores the parts of a city use together while nothing happens.
QUIET = 0.25
LAMPS = """
name = "Δήμος Μετρήσεων"
languages = ["el", "en"]
timezone = "Europe/Athens"
centre = [25.13, 35.33]
services = ["dummy"]
"""


@dataclass
class City:
    """A running city; `devices` are (id, secret, meters), `operator` is a signed-in operator's cookie."""

    config: Config
    devices: list[tuple[str, str, list[str]]]
    operator: str
    up_after: float
    environment: dict[str, str]

    @property
    def web(self) -> str:
        """Where its pages are."""
        return f"http://127.0.0.1:{self.config.port}"

    def store(self) -> Store:
        """Its observations."""
        return Store(self.config.telemetry_url)

    def processes(self) -> dict[str, list[psutil.Process]]:
        """Its processes by part, each with its children, and the supervisor."""
        found = {}
        for path in sorted((self.config.home / "run").glob("*.json")):
            part = psutil.Process(json.loads(path.read_text("utf-8"))[0])
            found[path.stem] = [part, *part.children(recursive=True)]
        supervisor = int((self.config.home / "run" / "lock").read_text("utf-8"))
        return {**found, "supervisor": [psutil.Process(supervisor)]}

    def cpu(self) -> dict[str, float]:
        """Seconds of processor time that each part has used so far."""
        return {
            name: sum(sum(one.cpu_times()[:2]) for one in processes)
            for name, processes in self.processes().items()
        }

    def come_to_rest(self, within: float = 240) -> None:
        """Wait until the sample's history is written: until all parts together use next to no processor time."""
        until, used = time.monotonic() + within, sum(self.cpu().values())
        while time.monotonic() < until:
            time.sleep(5)
            before, used = used, sum(self.cpu().values())
            if used - before < QUIET * 5:
                return

    def load(self, program: str, **what: Any) -> subprocess.Popen[bytes]:
        """Begin a load in a process of its own: mqtt, packs or visitors; see `told`."""
        with tempfile.TemporaryFile() as words:
            words.write(json.dumps(what).encode())
            words.seek(0)
            return subprocess.Popen(
                [sys.executable, "-m", f"bench.{program}"],
                cwd=ROOT,
                stdin=words,
                stdout=subprocess.PIPE,
                preexec_fn=tie(signal.SIGKILL, os.getpid()),  # noqa: PLW1509 — no other thread is here
            )


def told(load: subprocess.Popen[bytes]) -> dict[str, Any]:
    """Wait until a load has ended; what it says of itself."""
    out, _ = load.communicate()
    if load.returncode != 0:
        raise SystemExit("A load generator failed; its words are above.")
    answer: dict[str, Any] = json.loads(out)
    return answer


@contextmanager
def running(*, lamps: bool = False) -> Iterator[City]:
    """A city that has been filled and has come to rest; it and its home are gone afterwards.

    With `lamps` it is a city of the tests' dummy service alone, whose things can be told something, and is empty.
    """
    with tempfile.TemporaryDirectory(prefix="candia-bench-") as name:
        config = config_in(Path(name))
        environment = {key: value for key, value in os.environ.items() if not key.startswith("CANDIA_")}
        environment |= {
            "CANDIA_HOME": name,
            "CANDIA_PORT": str(config.port),
            "CANDIA_MQTT_PORT": str(config.mqtt_port),
            **(_with_lamps(Path(name)) if lamps else {}),
        }
        began = time.monotonic()
        with (config.home / "log" / "city.log").open("wb") as log:
            city = subprocess.Popen(
                [sys.executable, "-m", "candia.cli", "run"],
                cwd=ROOT,
                env=environment,
                stdout=log,
                stderr=log,
                preexec_fn=tie(signal.SIGTERM, os.getpid()),  # noqa: PLW1509 — no other thread is here
            )
        try:
            _wait_until_up(city, config)
            up_after = time.monotonic() - began
            filled = {"devices": [], "operator": ""} if lamps else _filled(environment)
            there = City(
                Config.read(environment), filled["devices"], filled["operator"], up_after, environment
            )
            there.come_to_rest()
            yield there
        finally:
            city.send_signal(signal.SIGTERM)
            city.wait(60)


def _with_lamps(home: Path) -> dict[str, str]:
    """The settings of a city whose only service is found beside it."""
    file = home / "city.toml"
    file.write_text(LAMPS, "utf-8")
    path = found(home, {"dummy": "candia.contract.dummy.service:service"})
    return {"CANDIA_CITY": str(file), "PYTHONPATH": path, "CANDIA_ORDER_RATE": "500"}


def _filled(environment: dict[str, str]) -> dict[str, Any]:
    words = [sys.executable, "-m", "bench.fill"]
    done = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"The city was not filled:\n{done.stderr}")
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def _wait_until_up(city: subprocess.Popen[bytes], config: Config) -> None:
    until = time.monotonic() + STARTS_WITHIN
    while not (config.home / "run" / "up").exists():
        if city.poll() is not None or time.monotonic() > until:
            words = (config.home / "log" / "city.log").read_text("utf-8", "replace")
            raise SystemExit(f"The city does not start. Its words:\n{words}")
        time.sleep(0.1)


class Progress:
    """How far ingest is behind the stream, asked of both."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream

    @classmethod
    @asynccontextmanager
    async def of(cls, city: City) -> AsyncIterator[Progress]:
        """A view of a city's stream."""
        stream = await Stream.connect(city.config.stream_url)
        try:
            yield cls(stream)
        finally:
            await stream.close()

    async def backlog(self) -> int:
        """How many messages of the stream can't be asked for yet."""
        counters = await self.counters()
        state = (await self._stream.context.stream_info(OBSERVATIONS)).state
        # What arrived between the two answers counts as not stored.
        return state.last_seq - int(counters["stored"])

    async def counters(self) -> dict[str, Any]:
        """What ingest tells of itself."""
        answer = await self._stream.client.request(COUNTERS, b"", timeout=10)
        told: dict[str, Any] = json.loads(answer.data)
        return told
