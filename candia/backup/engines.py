"""Engines: the three engines of a home alone, for as long as it is filled; no device is let in meanwhile."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from candia.backup.errors import BackupFailed
from candia.config import Config
from candia.engines import ports
from candia.engines.supervisor import tie

STOP = 30.0
# How PostgreSQL says that its log ends before the moment it was to go to.
SHORT = "recovery ended before configured recovery target was reached"


@contextmanager
def started(home: Path, environ: Mapping[str, str], patience: float) -> Iterator[Config]:
    """Start the engines that no address was given for, and stop them; raises BackupFailed.

    Beside a city that runs on this machine they take other ports; without a gateway no device is known to them.
    """
    port = str(ports.kept_or_free(home / "secrets" / "none"))
    own = {"HOME": str(home), "MQTT_HOST": "127.0.0.1", "MQTT_PORT": port, "BACKUP_WAL": ""}
    environment = {**environ, **{f"CANDIA_{name}": value for name, value in own.items()}}
    stamp, words = home / "run" / "up", home / "run" / "restore.told"
    words.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with words.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "candia.cli", "run", "--engines"],
            env=environment,
            stdout=out,
            stderr=out,
            start_new_session=True,
            preexec_fn=tie(signal.SIGTERM, os.getpid()),  # noqa: PLW1509
        )
    try:
        _wait(process, stamp, words, patience)
        yield Config.read(environment)
    finally:
        process.terminate()
        try:
            process.wait(STOP)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(process: subprocess.Popen[bytes], stamp: Path, words: Path, patience: float) -> None:
    until = time.monotonic() + patience
    while not stamp.exists():
        if process.poll() is not None or time.monotonic() > until:
            said = words.read_text("utf-8", "replace").strip()
            if SHORT in said:
                raise BackupFailed("The write-ahead log ends before that moment. Name an earlier one.")
            raise BackupFailed(f"The engines did not start. {said[-1000:]}")
        time.sleep(0.1)
