"""Mirror: a table of the records in memory, for a process that must answer without asking; it knows no Django."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

import psycopg

Row = tuple[Any, ...]
Ask = Callable[[str, Sequence[object]], list[Row]]
# A row's xmin is the transaction that wrote it. What was under way at the last reading, or began since, is read.
_question = """
SELECT told.floor, told.rows, found.*
FROM (SELECT pg_snapshot_xmin(pg_current_snapshot())::xid::text AS floor,
             (SELECT count(*) FROM {table}) AS rows) AS told
LEFT JOIN (SELECT {columns} FROM {table} WHERE %s::text IS NULL OR age(xmin) <= age(%s::text::xid)) AS found ON true
"""


class Mirror:
    """The rows of a table by their first column; `refresh` reads what changed, or all where rows are gone.

    The table needs no column, trigger or index for it: PostgreSQL knows which transaction wrote a row.
    """

    def __init__(self, ask: Ask, table: str, columns: Sequence[str]) -> None:
        self._ask = ask
        self._sql = _question.format(table=table, columns=", ".join(columns))
        self._floor: str | None = None
        self._lock = threading.Lock()
        self.rows: dict[str, Row] = {}

    def refresh(self) -> list[Row]:
        """Read what changed since the last time; the rows that are new or other than before."""
        with self._lock:
            changed, count = self._read()
            self.rows.update((row[0], row) for row in changed)
            if len(self.rows) != count:
                self._floor = None
                changed, _count = self._read()
                self.rows = {row[0]: row for row in changed}
            return changed

    def _read(self) -> tuple[list[Row], int]:
        answer = self._ask(self._sql, [self._floor, self._floor])
        self._floor = answer[0][0]
        return [row[2:] for row in answer if row[2] is not None], answer[0][1]


class Line:
    """A connection to the records that is opened when it is needed, and anew after it broke."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: psycopg.Connection[Row] | None = None

    def __call__(self, sql: str, parameters: Sequence[object]) -> list[Row]:
        """The rows of an answer; raises psycopg.OperationalError where nothing answers."""
        for attempt in (1, 2):
            try:
                if self._connection is None:
                    self._connection = psycopg.connect(self._url, autocommit=True, connect_timeout=5)
                return self._connection.execute(sql, parameters).fetchall()
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
