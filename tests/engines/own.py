"""A stream and a store of a test's own, whose home it may damage; and ingest over them, in the test's process."""

import asyncio
import contextlib
import os
import subprocess
from pathlib import Path

from candia.conditions import Conditions
from candia.config import Config
from candia.engines import clickhouse, nats
from candia.telemetry.ingest import Ingest
from candia.telemetry.newest import Newest
from candia.telemetry.observation import Property
from candia.telemetry.store import Store
from candia.telemetry.stream import Stream
from tests.engines_once import free_port, wait_for

PROPERTIES = {
    "water": {"index": Property("index", counter=True), "flow": Property("flow", low=-1000, high=100_000)}
}


class Everything(frozenset):
    """A city that has every entity."""

    def __contains__(self, id):
        return True


async def end(running):
    """Cancel a task until it has ended: Python 3.11's wait_for may swallow what comes with its answer."""
    while not running.done():
        running.cancel()
        await asyncio.wait({running}, timeout=1)


class Own:
    """NATS and ClickHouse in a home of their own; whoever stops or kills one starts it again."""

    def __init__(self, home: Path) -> None:
        home.mkdir(exist_ok=True)
        environ = {"CANDIA_HOME": str(home), "CANDIA_MQTT_PORT": str(free_port())}
        config = Config.read(environ)
        self.home, self.conditions, self.newest = home, Conditions(home), Newest(home)
        self._parts = {engine.part(config).name: engine.part(config) for engine in (nats, clickhouse)}
        self.config = Config.read(environ)
        self._running = {}
        self.start("nats", "clickhouse")
        self.store = Store(self.config.telemetry_url, patience=20)
        self.store.prepare()

    def start(self, *names):
        for name in names:
            part = self._parts[name]
            part.prepare()
            with (self.home / f"told-{name}").open("ab") as told:
                command = list(part.command)
                self._running[name] = subprocess.Popen(
                    command, stdout=told, stderr=told, env=dict(os.environ)
                )
        for name in names:
            wait_for(lambda name=name: self._parts[name].ready(), 40)

    def stop(self, name):
        self._running[name].terminate()
        self._running[name].wait(20)

    def kill(self, name):
        self._running[name].kill()
        self._running[name].wait()

    def signal(self, name, number):
        self._running[name].send_signal(number)

    def close(self):
        self.store.close()
        for name in self._running:
            self.kill(name)

    @contextlib.asynccontextmanager
    async def stream(self):
        stream = await Stream.connect(self.config.stream_url)
        await stream.prepare()
        try:
            yield stream
        finally:
            await stream.close()

    @contextlib.asynccontextmanager
    async def ingest(self, stream, catalogue):
        """Ingest as it runs in a city; ended as a kill would, wherever it is."""
        store = Store(self.config.telemetry_url, patience=20)
        one = Ingest(store, stream, catalogue, self.conditions, self.newest)
        running = asyncio.create_task(one.run())
        try:
            yield one
        finally:
            await end(running)

    def standing(self):
        return {one.name: dict(one.facts) for one in self.conditions.standing()}
