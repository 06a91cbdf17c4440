"""Heartbeat: each process of a part says once a second that its own loop goes round; the supervisor counts.

The words go through a socket in the home's `run/`, so they need no disk and no clock: whoever judges compares
what was counted between its own looks. One that looks late, because the machine was asleep or busy, has
looked once. Without a supervisor nobody listens, and a part does not mind.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import threading
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import psutil

# Seconds from beat to beat.
EVERY = 1.0
# So many looks in a row, a second or more each, without a beat: the process hangs.
QUIET = 30
LONGEST_WORD = 100


class Heartbeat:
    """One process's own: beats for the part of this name."""

    def __init__(self, home: Path, name: str) -> None:
        self._word = f"{name} {os.getpid()}".encode()
        self._line = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._line.setblocking(False)
        with contextlib.suppress(OSError), _reached(home) as address:
            self._line.connect(address)

    def beat(self) -> None:
        """Say it once; not heard by a supervisor that is away, or has not listened for a while."""
        with contextlib.suppress(OSError):
            self._line.send(self._word)

    async def beat_on(self) -> None:
        """Say it for as long as the running loop goes round."""
        while True:
            self.beat()
            await asyncio.sleep(EVERY)

    def beat_beside(self) -> None:
        """Say it from a thread, for a process that has no loop of its own."""

        def beat_on() -> None:
            while True:
                self.beat()
                pause.wait(EVERY)

        pause = threading.Event()
        threading.Thread(target=beat_on, name="beat", daemon=True).start()


class Beats:
    """What the supervisor has heard: part → process → how many beats."""

    def __init__(self, home: Path) -> None:
        self.heard: dict[str, dict[int, int]] = defaultdict(lambda: defaultdict(int))
        self._line = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._line.setblocking(False)
        (home / "run" / "beats").unlink(missing_ok=True)
        with _reached(home) as address:
            self._line.bind(address)

    def listen(self) -> None:
        """Count in the running loop from now on."""
        asyncio.get_running_loop().add_reader(self._line, self._hear)

    def close(self) -> None:
        """Hear nothing more."""
        with contextlib.suppress(RuntimeError):
            asyncio.get_running_loop().remove_reader(self._line)
        self._line.close()

    def _hear(self) -> None:
        with contextlib.suppress(BlockingIOError, ValueError):
            while word := self._line.recv(LONGEST_WORD):
                name, _, pid = word.decode().partition(" ")
                self.heard[name][int(pid)] += 1


class Pulse:
    """The beats of one part since it was started: which of its processes hang, as look follows look."""

    def __init__(self, beats: Beats, name: str, leader: int) -> None:
        self._leader = leader
        self._heard = beats.heard[name]
        # A leader that never says a word hangs as well.
        self._heard.setdefault(leader, 0)
        self._seen: dict[int, tuple[int, int]] = {}

    def hangs(self) -> bool:
        """Look once more: whether a process of this part has been silent for too many looks."""
        for pid, count in self._heard.items():
            before, looks = self._seen.get(pid, (count, -1))
            self._seen[pid] = (count, looks + 1 if count == before else 0)
        silent = {pid for pid, (_, looks) in self._seen.items() if looks >= QUIET}
        hung = silent & self._family() if silent else set()
        for pid in silent - hung:
            # It has ended, or never was one of ours.
            del self._heard[pid], self._seen[pid]
        return bool(hung)

    def _family(self) -> set[int]:
        with contextlib.suppress(psutil.Error):
            leader = psutil.Process(self._leader)
            return {one.pid for one in (leader, *leader.children(recursive=True)) if _lives(one)}
        return set()


def _lives(process: psutil.Process) -> bool:
    with contextlib.suppress(psutil.Error):
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    return False


@contextlib.contextmanager
def _reached(home: Path) -> Iterator[str]:
    """The socket's address: by way of an open folder, as a path of more than 107 bytes is refused."""
    folder = os.open(home / "run", os.O_PATH | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/beats"
    finally:
        os.close(folder)
