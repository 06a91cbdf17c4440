"""A city of its own for the tests of backups: its engines run, and its parts when a test asks for them."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from candia.config import Config
from candia.engines.supervisor import tie
from tests.engines.parts import Parts
from tests.engines_once import free_port, wait_for

FACTS = """
name = "Πόλη δοκιμής"
languages = ["el", "en"]
timezone = "Europe/Athens"
centre = [25.13, 35.33]
services = ["people", "devices", "water", "dialogue"]
"""


class Town:
    """One home and its environment; `start` and `stop` are of its engines."""

    def __init__(self, home: Path, **settings):
        self.home = home
        city = home.parent / "city.toml"
        if not city.exists():
            city.write_text(FACTS, "utf-8")
        own = {"HOME": home, "CITY": city, "MQTT_PORT": free_port(), "PORT": free_port(), **settings}
        self.environ = {name: value for name, value in os.environ.items() if not name.startswith("CANDIA_")}
        self.environ |= {f"CANDIA_{name}": str(value) for name, value in own.items()}
        self._engines = None

    @property
    def config(self):
        return Config.read(
            {name: value for name, value in self.environ.items() if name.startswith("CANDIA_")}
        )

    def start(self, *, whole=False):
        told = self.home.parent / f"{self.home.name}.told"
        with told.open("wb") as out:
            self._engines = subprocess.Popen(
                [sys.executable, "-m", "candia.cli", "run", *([] if whole else ["--engines"])],
                env=self.environ,
                stdout=out,
                stderr=out,
                preexec_fn=tie(signal.SIGTERM, os.getpid()),  # noqa: PLW1509
            )
        up = self.home / "run" / "up"
        wait_for(lambda: up.exists() or self._engines.poll() is not None, 300)
        assert self._engines.poll() is None, told.read_text()

    def stop(self):
        if self._engines is not None:
            self._engines.terminate()
            self._engines.wait(30)

    def parts(self):
        """Its ingest and gateway, to be started."""
        parts = Parts(self.config, "candia")
        parts._environ = self.environ
        return parts

    def candia(self, *words, **settings):
        """What a verb of `candia` answers: its code, and all that it says."""
        return self.python("-m", "candia.cli", *words, **settings)

    def python(self, *words, **settings):
        environ = self.environ | {f"CANDIA_{name}": str(value) for name, value in settings.items()}
        done = subprocess.run(
            [sys.executable, *words], env=environ, capture_output=True, text=True, check=False, timeout=120
        )
        return done.returncode, " ".join((done.stdout + done.stderr).split())

    def filled(self):
        """Bring it to this version, and put something of every kind into it; what that was."""
        code, said = self.candia("part", "migrate")
        assert code == 0, said
        environ = self.environ
        told = subprocess.run(
            [sys.executable, "-m", "tests.backup.filling"],
            env=environ,
            capture_output=True,
            text=True,
            check=False,
        )
        assert told.returncode == 0, told.stderr
        return json.loads(told.stdout.strip().splitlines()[-1])
