"""A NATS and a gateway whose home lies on a disk of its own, so small that it can be filled."""

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from candia.conditions import Conditions
from candia.config import Config
from candia.engines import nats
from candia.engines.supervisor import tie
from candia.telemetry.stream import OBSERVATIONS, Stream
from tests.engines.parts import soon
from tests.engines_once import free_port

MB = 1_000_000
# Only NATS is started, and watched as in any city.
CITY = """
import asyncio, os, sys
from candia.config import Config
from candia.engines import nats
from candia.engines.home import FOLDERS, Home
from candia.engines.supervisor import Supervisor
config = Config.read(os.environ)
for name in FOLDERS:
    (config.home / name).mkdir(exist_ok=True)
asyncio.run(Supervisor(Home(config.home), [[nats.part(config)]], print).run(lambda: print("up", flush=True)))
"""


class SmallDisk:
    """A file system of so many MB in memory; whoever is not root can't have one."""

    def __init__(self, megabytes):
        if os.geteuid():
            pytest.skip("Only root may mount a disk of its own; CI does.")
        self.path = Path(tempfile.mkdtemp(prefix="candia-small-"))
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "none", str(self.path)], check=True
        )

    @property
    def free(self):
        return shutil.disk_usage(self.path).free

    def fill(self, leave=0, pause=0.0):
        """As some other program would, to the last bytes; so many MB at a time."""
        for size in (MB, 4096):
            with (self.path / "other").open("ab", buffering=0) as file, contextlib.suppress(OSError):
                while self.free > leave + size or leave == 0:
                    file.write(bytes(size))
                    time.sleep(pause)

    def free_all_but(self, leave):
        """Make room, until so many bytes are free again."""
        other = self.path / "other"
        os.truncate(other, max(0, other.stat().st_size - max(0, leave - self.free)))

    def close(self):
        subprocess.run(["umount", "-l", str(self.path)], check=True)
        self.path.rmdir()


class SmallCity:
    """NATS under a supervisor of its own, and a gateway that knows the devices of the tests' records."""

    def __init__(self, engines, database, disk, **settings):
        url = urlsplit(engines.config.database_url)._replace(path=f"/{database}").geturl()
        told = {
            "HOME": disk.path,
            "DATABASE_URL": url,
            "TELEMETRY_URL": engines.config.telemetry_url,
            "MQTT_PORT": free_port(),
            **settings,
        }
        rest = {name: value for name, value in os.environ.items() if not name.startswith("CANDIA_")}
        self._environ = rest | {f"CANDIA_{name}": str(value) for name, value in told.items()}
        # Their words shall not fill the disk, nor be kept from it.
        self._words = Path(tempfile.mkdtemp(prefix="candia-words-"))
        self._running = {}
        self._start("nats", sys.executable, "-c", CITY)
        soon(lambda: "up" in self.said("nats"))
        self.config = Config.read(self._environ)
        self.conditions = Conditions(self.config.home)
        self.ask(lambda stream: stream.prepare(self.config.stream_bytes))
        self.start_gateway()

    def start_gateway(self):
        self._start("gateway", sys.executable, "-m", "candia.cli", "part", "gateway")
        ready = self.config.home / "run" / "gateway.ready"
        soon(lambda: ready.read_text() == str(self._running["gateway"].pid))

    def _start(self, name, *words):
        with (self._words / name).open("ab") as said:
            self._running[name] = subprocess.Popen(
                words,
                env=self._environ | {"PYTHONUNBUFFERED": "1"},
                stdout=said,
                stderr=said,
                preexec_fn=tie(signal.SIGTERM, os.getpid()),  # noqa: PLW1509
            )

    def said(self, name):
        return (self._words / name).read_text()

    def pid(self, name):
        return self._running[name].pid

    def ask(self, question):
        """What a coroutine answers that is given the stream."""

        async def go():
            stream = await Stream.connect(self.config.stream_url)
            try:
                return await question(stream)
            finally:
                await stream.client.close()

        return asyncio.run(go())

    def stored(self):
        """The payloads that the stream holds."""

        async def read(stream):
            state = (await stream.context.stream_info(OBSERVATIONS)).state
            reader = await stream.context.subscribe("v1.>", stream=OBSERVATIONS, ordered_consumer=True)
            return [(await reader.next_msg(timeout=10)).data for _ in range(state.messages)]

        return self.ask(read)

    def can_write(self):
        return not nats.failures(self.config.gateway_url)

    def stands(self, name):
        return name in {one.name for one in self.conditions.standing()}

    def close(self):
        if os.environ.get("KEEP"):
            shutil.copytree(self._words, os.environ["KEEP"], dirs_exist_ok=True)
            shutil.copytree(self.config.home / "log", os.environ["KEEP"], dirs_exist_ok=True)
        for process in reversed(self._running.values()):
            process.send_signal(signal.SIGTERM)
            process.wait(20)
        shutil.rmtree(self._words)
