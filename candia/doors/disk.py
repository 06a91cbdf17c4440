"""Disk: whether there is room for what devices say, and a reserve for what is under way when there is none."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from pathlib import Path
from shutil import disk_usage

MB = 1_000_000
# Once there was too little, there must be so much more than the reserve before devices come back.
AGAIN = 1.25
# Of the reserve, so much lies in a file, and that is let go where less than so much else is left.
HELD, LAST = 1 / 4, 1 / 8


class Disk:
    """The disk of the home; `reserve` in bytes shall stay free of what devices say."""

    def __init__(
        self, home: Path, reserve: int, free: Callable[[Path], int] = lambda path: disk_usage(path).free
    ) -> None:
        self._home, self._reserve, self._measure = home, reserve, free
        self._file, self._size = home / "run" / "reserve", int(reserve * HELD)
        self._held = self._file.exists() and self._file.stat().st_size >= self._size
        #: Whether there is room, and how many bytes were free at the last look.
        self.has_room, self.free = True, 0

    @property
    def needed(self) -> int:
        """How many bytes must be free for devices to come back."""
        return int(self._reserve * AGAIN)

    def look(self) -> bool:
        """Whether there is room; lets the file go, or takes it again, as that changes."""
        self.free = self._measure(self._home)
        self.has_room = self.free > (self._reserve if self.has_room else self.needed)
        if self._held and self.free < self._reserve * LAST:
            self._let_go()
        elif not self._held and self.free > self.needed + self._size:
            self._hold()
        return self.has_room

    def _hold(self) -> None:
        try:
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle = os.open(self._file, os.O_WRONLY | os.O_CREAT, 0o600)
            try:
                os.posix_fallocate(handle, 0, max(1, self._size))
                self._held = True
            finally:
                os.close(handle)
        except OSError:
            self._let_go()

    def _let_go(self) -> None:
        with contextlib.suppress(OSError):
            self._file.unlink(missing_ok=True)
        self._held = False
