"""The home: one folder of all state, locked by one run, and swept of what an earlier run left alive."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import signal
from collections.abc import Iterable
from pathlib import Path
from typing import IO

import psutil

from candia.engines.part import StartError

# Below this the engines would soon stop in the middle of a write.
LEAST_FREE = 256 * 1024 * 1024
# What a first start needs: the sample takes 0.2 GB (measured), a log of the records written at speed as much again,
# and a city that goes on needs a reserve on top.
FIRST_START = 1536 * 1024 * 1024
#: The file that marks a home whose restore has not come to its end.
UNFINISHED = "restore.unfinished"
FOLDERS = ("secrets", "run", "log", "media", "mail")


class Home:
    """The folder of one city's state while one run holds it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock: IO[str] | None = None

    def take(self) -> None:
        """Make the folders, lock the home and end what an earlier run left; raises StartError."""
        try:
            for name in FOLDERS:
                (self.path / name).mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock = (self.path / "run" / "lock").open("a+", encoding="utf-8")
        except OSError as error:
            raise StartError(
                f"CANDIA_HOME is {self.path}, where nothing can be written ({error.strerror}). "
                "Name a folder of your own, or change its owner."
            ) from error
        try:
            self._claim(self._lock)
            keep_others_out(self.path)
            check_space(self.path, FIRST_START if is_new(self.path) else LEAST_FREE)
        except StartError:
            self.leave()
            raise
        end_all(self._left_alive())

    def check_whole(self) -> None:
        """Raise StartError where a restore began and did not come to its end."""
        if (self.path / UNFINISHED).exists():
            raise StartError(
                f"CANDIA_HOME is {self.path}, where a restore did not come to its end. "
                "Remove the folder, and restore again."
            )

    def _claim(self, lock: IO[str]) -> None:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StartError(
                f"CANDIA_HOME is {self.path}, where a city runs already (process {self.holder()}). "
                "Stop that one, or name another folder."
            ) from error
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()

    def holder(self) -> str:
        """The number of the process that runs a city here, or nothing."""
        try:
            with (self.path / "run" / "lock").open(encoding="utf-8") as lock:
                try:
                    fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
                except BlockingIOError:
                    return lock.read().strip()
        except OSError:
            pass
        return ""

    def leave(self) -> None:
        """Give the home back."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def log(self, name: str) -> Path:
        """The file that a part's words go to."""
        return self.path / "log" / f"{name}.log"

    def record(self, name: str, pid: int) -> None:
        """Write down a part's process, so that the next run can end it should this one be killed."""
        identity = _identity(pid)
        if identity is not None:
            (self.path / "run" / f"{name}.json").write_text(json.dumps([pid, identity]), "utf-8")

    def forget(self, name: str) -> None:
        """The part has ended."""
        (self.path / "run" / f"{name}.json").unlink(missing_ok=True)

    def _left_alive(self) -> list[psutil.Process]:
        left: list[psutil.Process] = []
        for path in (self.path / "run").glob("*.json"):
            with contextlib.suppress(ValueError, OSError):
                pid, identity = json.loads(path.read_text("utf-8"))
                if _identity(pid) == identity:
                    left += _family(pid)
                left += _session(pid, self.path)
            path.unlink(missing_ok=True)
        return left


def keep_others_out(home: Path) -> None:
    """Let none but the owner into the home and what lies in it, whatever an earlier version allowed.

    What lies deeper is out of reach with that. Raises StartError for what belongs to somebody else.
    """
    with contextlib.suppress(PermissionError):
        # A volume may have another owner; it is its folders that count.
        home.chmod(home.stat().st_mode & 0o700)
    for path in home.iterdir():
        try:
            if not path.is_symlink() and path.stat().st_mode & 0o077:
                path.chmod(path.stat().st_mode & 0o700)
        except PermissionError as foreign:
            raise StartError(
                f"{path} belongs to another user, and others can read it. Make it your own: chown -R."
            ) from foreign


def is_new(home: Path) -> bool:
    """Whether no engine has lived there yet."""
    return not any((home / name).exists() for name in ("postgres", "clickhouse", "nats"))


def check_space(path: Path, needed: int = LEAST_FREE) -> None:
    """Raise StartError when the disk of the home has less left than is needed, in bytes."""
    there = next(folder for folder in (path, *path.parents) if folder.exists())
    free = shutil.disk_usage(there).free
    if free < needed:
        raise StartError(
            f"CANDIA_HOME is {path}, whose disk has only {free // 1_000_000} MB left. "
            f"Free at least {needed // 1_000_000} MB, or name a folder on another disk."
        )


def end_all(processes: Iterable[psutil.Process], grace: float = 5.0) -> None:
    """Ask processes to end and, after `grace` seconds, end them."""
    processes = list(processes)
    for process in processes:
        with contextlib.suppress(psutil.Error):
            process.terminate()
    _, alive = psutil.wait_procs(processes, timeout=grace)
    for process in alive:
        with contextlib.suppress(psutil.Error):
            process.send_signal(signal.SIGKILL)
    psutil.wait_procs(alive, timeout=grace)


def _identity(pid: int) -> str | None:
    """Tells a process from a later one with the same number: the boot, and the tick of its start."""
    try:
        # The command's name, in parentheses, may itself hold spaces.
        ticks = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()[19]
        return f"{Path('/proc/sys/kernel/random/boot_id').read_text('utf-8').strip()} {ticks}"
    except OSError:
        return None


def _family(pid: int) -> list[psutil.Process]:
    """A process with all that it started; nothing of one that ends while it is looked for."""
    with contextlib.suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    return []


def kill_family(pid: int) -> None:
    """End a process that hears nothing any more, with all that it started, in whatever sessions that runs."""
    with contextlib.suppress(psutil.Error):
        for process in _family(pid):
            with contextlib.suppress(psutil.Error):
                process.kill()


def _session(leader: int, home: Path) -> list[psutil.Process]:
    """Processes of ours whose leader died: its session, with our home in their environment."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if os.getsid(process.pid) == leader and process.environ().get("CANDIA_HOME") == str(home):
                found.append(process)
    return found
