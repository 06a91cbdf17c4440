"""Changes: which files of a program are other than they were, for whoever works on it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

# What a process reads at its start; tests and what builds the front end it does not read.
READ = {".py", ".html", ".txt", ".svg", ".css", ".mo"}
LEFT_OUT = {"__pycache__", "tests", "front", "node_modules"}


class Changes:
    """Looks at the times of the files of some folders, each time it is asked."""

    def __init__(self, folders: Iterable[Path]) -> None:
        self._folders = tuple(folders)
        self._known = dict(self._times())

    def found(self) -> set[Path]:
        """The files that changed, came or went since it was last asked."""
        now, before = dict(self._times()), self._known
        self._known = now
        return {path for path in now.keys() | before.keys() if now.get(path) != before.get(path)}

    def _times(self) -> Iterator[tuple[Path, int]]:
        for top in self._folders:
            for folder, inner, names in os.walk(top):
                inner[:] = [name for name in inner if name not in LEFT_OUT]
                for path in (Path(folder, name) for name in names):
                    if path.suffix in READ:
                        try:
                            yield path, path.stat().st_mtime_ns
                        except OSError:  # gone between the two
                            continue
