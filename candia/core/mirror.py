"""Mirror: a table of the records in memory, for a process that must answer without asking; it knows no Django."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Generic, TypeVar

import psycopg

Kept = TypeVar("Kept")
Row = tuple[Any, ...]
Ask = Callable[[str, Sequence[object]], Iterable[Row]]
# A row's xmin is the transaction that wrote it. What was under way at the last reading, or began since, is read.
# One statement, so that the rows and their number are of one moment; the number comes in a row of its own.
_question = """
WITH moment AS (SELECT pg_snapshot_xmin(pg_current_snapshot())::xid::text AS floor,
                     (SELECT count(*) FROM {table}) AS rows),
     found AS (SELECT {columns} FROM {table} WHERE %s::text IS NULL OR age(xmin) <= age(%s::text::xid))
SELECT moment.*, found.* FROM moment FULL JOIN found ON false
"""


class Mirror(Generic[Kept]):
    """The rows of a table by their first column; `refresh` reads what changed, or all where rows are gone.

    `keep` says what is remembered of a row. The table needs no column, trigger or index for it: PostgreSQL knows
    which transaction wrote a row.
    """

    def __init__(self, ask: Ask, table: str, columns: Sequence[str], keep: Callable[[Row], Kept]) -> None:
        self._ask, self._keep = ask, keep
        self._sql = _question.format(table=table, columns=", ".join(columns))
        self._floor: str | None = None
        self._lock = threading.Lock()
        self.rows: dict[str, Kept] = {}

    def refresh(self) -> dict[str, Kept | None]:
        """Read what changed since the last time; what was kept before of the rows that are new, other or gone."""
        with self._lock:
            changed, count = self._read()
            before = {id: self.rows.get(id) for id in changed}
            if len(self.rows) + sum(id not in self.rows for id in changed) == count:
                self.rows.update(changed)
                return before
            self._floor = None
            after, _count = self._read()
            before |= {id: kept for id, kept in self.rows.items() if id not in after}
            self.rows = after
            return before

    def _read(self) -> tuple[dict[str, Kept], int]:
        found, count = {}, 0
        for floor, rows, *row in self._ask(self._sql, [self._floor, self._floor]):
            if floor is None:
                found[row[0]] = self._keep(tuple(row))
            else:
                self._floor, count = floor, rows
        return found, count


class Line:
    """A connection to the records that is opened when it is needed, and anew after it broke."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: psycopg.Connection[Row] | None = None

    def __call__(self, sql: str, parameters: Sequence[object]) -> Iterable[Row]:
        """The rows of an answer; raises psycopg.OperationalError where nothing answers."""
        for attempt in (1, 2):
            try:
                if self._connection is None:
                    self._connection = psycopg.connect(self._url, autocommit=True, connect_timeout=5)
                return self._connection.execute(sql, parameters)
            except psycopg.OperationalError:
                self.close()
                if attempt == 2:  # noqa: PLR2004 — an old connection may have died; a new one that fails is news
                    raise
        raise AssertionError

    def close(self) -> None:
        """Hang up."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
