"""Newest: the last number that the stream was seen to give, noted outside of it by whoever keeps the door.

What a device was told is kept, and ingest has not read yet, lies in the stream alone. Where a power cut takes the
stream's end, only this note says that there was something; ingest tells it.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Cut:
    """The stream ended at `left`, where it had gone on to `last` before."""

    left: int
    last: int


class Newest:
    """The note of one home, which the gateway and ingest keep: `200`, or `200 180` for a stream that was cut."""

    def __init__(self, home: Path) -> None:
        self._file = home / "run" / "stream_newest"

    def seen(self, last: int) -> Cut | None:
        """The stream's last message has this number; the cut that shows by it, or showed before and is not settled.

        A full disk keeps the note as it was.
        """
        with suppress(OSError), self._alone():
            match self._read():
                case [most, left]:
                    return Cut(left, most)
                case [most] if last < most:
                    self._write(most, last)
                    return Cut(last, most)
                case noted if [last] != noted:
                    self._write(last)
        return None

    def settle(self, cut: Cut) -> None:
        """What is gone was told: from here on the stream is what it is now."""
        with self._alone():
            self._write(cut.left)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._file.with_name(f"{self._file.name}.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _read(self) -> list[int]:
        try:
            return [int(number) for number in self._file.read_text("ascii").split()]
        except (FileNotFoundError, ValueError):
            return []

    def _write(self, *numbers: int) -> None:
        written = self._file.with_name(f"{self._file.name}.new")
        with written.open("w", encoding="ascii") as file:
            file.write(" ".join(map(str, numbers)))
            file.flush()
            # A power cut must not take the note with what it is about.
            os.fsync(file.fileno())
        written.replace(self._file)
