"""Rivals of the store: each keeps the same rows, set up as its own handbook advises, and is asked the same."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, Self

if TYPE_CHECKING:
    import numpy as np

    from bench.asked import Question

Rows = Sequence[Sequence[Any]]


class Rival(Protocol):
    """Another store, in a folder of its own; it runs within `with`."""

    name: str

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...

    def prepare(self, since: datetime, days: int, meters: int) -> None:
        """Make room for so many days of so many meters."""

    def begin(self) -> None:
        """Before more rows are loaded."""

    def load(self, rows: np.ndarray) -> None:
        """Take rows of property, entity, time (ms since 1970) and value."""

    def finish(self) -> None:
        """After they were loaded: whatever makes questions fast."""

    def size(self) -> tuple[int, int]:
        """Bytes of the readings, and of what stands beside them."""

    def forget(self) -> None:
        """Start anew, with the files out of the system's memory, and a connection that is open already."""

    def ask(self, question: Question, since: datetime, until: datetime) -> Rows:
        """Ask one question and fetch everything."""


def rivals(folder: Path) -> list[Rival]:
    """Those that can be had on this machine."""
    from bench.rivals.duckdb import DuckDB
    from bench.rivals.postgresql import PostgreSQL
    from bench.rivals.victoria_metrics import VictoriaMetrics

    known: tuple[type[Any], ...] = (PostgreSQL, DuckDB, VictoriaMetrics)
    return [one(folder / one.name.lower()) for one in known if one.is_here()]
