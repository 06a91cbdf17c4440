"""One engine alone, in a folder of its own: started, stopped, and made to forget what it has read."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Self

import psutil

from candia.config import Config
from candia.engines import ports
from candia.engines.home import FOLDERS
from candia.engines.part import Part
from candia.engines.supervisor import tie


def config_in(folder: Path) -> Config:
    """A configuration of its own home and free ports, whatever the environment says."""
    for name in FOLDERS:
        (folder / name).mkdir(parents=True, exist_ok=True)
    told = {
        "HOME": folder,
        "PORT": ports.kept_or_free(folder / "-"),
        "MQTT_PORT": ports.kept_or_free(folder / "-"),
    }
    return Config.read({f"CANDIA_{name}": str(value) for name, value in told.items()})


class Engine:
    """A part of the city that runs without the city; `options` are added to its command."""

    def __init__(self, part: Part, data: Path, options: Mapping[str, str] | None = None) -> None:
        added = [word for name, value in (options or {}).items() for word in ("-c", f"{name}={value}")]
        self._part = replace(part, command=(*part.command, *added))
        self._data = data
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self._part.prepare()
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start it, and return once it answers."""
        part = self._part
        with (self._data.parent / "log" / f"{part.name}.log").open("ab") as log:
            self._process = subprocess.Popen(
                part.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                env={**os.environ, **part.environment},
                preexec_fn=tie(part.orphaned, os.getpid()),  # noqa: PLW1509 — the bench has no threads yet
                user=part.user,
                group=part.user,
                extra_groups=[] if part.user else None,
            )
        until = time.monotonic() + part.patience
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > until:
                words = Path(log.name).read_text("utf-8", "replace").splitlines()[-5:]
                raise SystemExit("\n".join([f"{part.name} does not start. Its last words:", *words]))
            time.sleep(0.02)

    def process(self) -> psutil.Process:
        """The process that runs, for what it spends."""
        if self._process is None:
            raise SystemExit(f"{self._part.name} does not run.")
        return psutil.Process(self._process.pid)

    def _answers(self) -> bool:
        try:
            return self._part.ready()
        except OSError:
            return False

    def stop(self) -> None:
        """Stop it in good order."""
        if self._process is not None:
            self._process.send_signal(self._part.stop)
            try:
                self._process.wait(60)
            except subprocess.TimeoutExpired:
                self._process.send_signal(signal.SIGKILL)
                self._process.wait()
            self._process = None

    def forget(self) -> None:
        """Start it anew, its files out of the memory of the system as well."""
        self.stop()
        out_of_memory(self._data)
        self.start()


def out_of_memory(folder: Path) -> None:
    """Have the system read the files of this folder from the disk when they are asked for next."""
    for path in folder.rglob("*"):
        if path.is_file():
            told = os.open(path, os.O_RDONLY)
            os.fdatasync(told)
            os.posix_fadvise(told, 0, 0, os.POSIX_FADV_DONTNEED)
            os.close(told)
