"""Conditions: what is wrong with this installation at this moment, each known by a name and since when.

Whatever notices one reports it, and clears it once it is over; the desk, /readyz and the metrics tell those that
stand (`candia/doors/health.py` has their sentences). They lie as small files under the home, where a part can
report one also while an engine is away; a full disk may keep the file from being written, so what watches the disk
reports long before.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

Fact = str | int | float
_name = re.compile(r"[a-z]+(_[a-z]+)*")


@dataclass(frozen=True)
class Condition:
    """One thing that is wrong: its name, since when (UTC), and the facts that its sentence tells."""

    name: str
    since: datetime
    facts: Mapping[str, Fact]


class Conditions:
    """The conditions of one home; any process of the city may report and clear its own."""

    def __init__(self, home: Path) -> None:
        self._folder = home / "run" / "conditions"

    def report(self, name: str, **facts: Fact) -> None:
        """It stands, with these facts; since when is kept from the first report on."""
        if not _name.fullmatch(name):
            raise ValueError(f"{name!r} is no name of a condition: small letters and underscores.")
        before = self._read(self._folder / f"{name}.json")
        since = before.since.timestamp() if before else time.time()
        if before and before.facts == facts:
            return
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Whole or not at all: a reader never meets half a file.
        written = self._folder / f".{name}.{os.getpid()}"
        written.write_text(json.dumps({"since": since, "facts": facts}), "utf-8")
        written.replace(self._folder / f"{name}.json")

    def clear(self, name: str) -> None:
        """It is over, or never was."""
        (self._folder / f"{name}.json").unlink(missing_ok=True)

    def stands(self, name: str) -> bool:
        """Whether this one does."""
        return (self._folder / f"{name}.json").exists()

    def standing(self) -> list[Condition]:
        """Those that stand, the oldest first."""
        found = (self._read(path) for path in self._folder.glob("*.json"))
        return sorted((one for one in found if one), key=lambda one: one.since)

    @staticmethod
    def _read(path: Path) -> Condition | None:
        with contextlib.suppress(OSError, ValueError, KeyError):
            told = json.loads(path.read_text("utf-8"))
            return Condition(path.stem, datetime.fromtimestamp(told["since"], UTC), told["facts"])
        return None
