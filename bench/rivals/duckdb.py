"""DuckDB: one file, read and written by the bench's own process; each size of the bench is sorted anew.

It has no server to keep, and nothing in it that could be asked while another process writes.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Self

import duckdb
import numpy as np
import pyarrow as pa

from bench.engine import out_of_memory
from bench.rivals import Rows

if TYPE_CHECKING:
    from bench.asked import Question


class DuckDB:
    """A database in a file of its own."""

    name = "DuckDB"

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        self._file = folder / "readings"
        self._line: duckdb.DuckDBPyConnection | None = None

    @classmethod
    def is_here(cls) -> bool:
        """It came with the tools."""
        return True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def prepare(self, since: datetime, days: int, meters: int) -> None:  # noqa: ARG002 — as the others
        """An empty table."""
        columns = "property SMALLINT, entity INTEGER, time TIMESTAMPTZ, value DOUBLE"
        self._open().execute(f"CREATE TABLE reading ({columns})")

    def begin(self) -> None:
        """There is no index to take away."""

    def load(self, rows: np.ndarray) -> None:
        """The rows by way of Arrow, which it reads without a copy."""
        told = pa.table(
            {
                "property": rows["property"],
                "entity": rows["entity"],
                "time": pa.array(rows["time"] * 1000).cast(pa.timestamp("us", "UTC")),
                "value": rows["value"],
            }
        )
        line = self._open()
        line.register("told", told)
        line.execute("INSERT INTO reading SELECT * FROM told")
        line.unregister("told")

    def finish(self) -> None:
        """Sorted by thing and time, so that one thing's rows lie together."""
        line = self._open()
        line.execute("CREATE TABLE sorted AS SELECT * FROM reading ORDER BY property, entity, time")
        line.execute("DROP TABLE reading")
        line.execute("ALTER TABLE sorted RENAME TO reading")
        line.execute("CHECKPOINT")

    def size(self) -> tuple[int, int]:
        """Bytes of the blocks in use; nothing stands beside."""
        asked = "SELECT block_size * used_blocks FROM pragma_database_size()"
        [(told,)] = self._open().execute(asked).fetchall()
        return int(told), 0

    def forget(self) -> None:
        """Close it, and open it again."""
        self._close()
        out_of_memory(self._file.parent)
        self._open()

    def ask(self, question: Question, since: datetime, until: datetime) -> Rows:
        """As PostgreSQL is asked, where it is not asked in words of its own."""
        sql = question.duckdb or question.postgresql
        for name, moment in (("since", since), ("until", until)):
            sql = sql.replace(f"%({name})s", f"TIMESTAMPTZ '{moment.isoformat()}'")
        answer = self._open().sql(sql).to_arrow_table()
        return [tuple(row.values()) for row in answer.to_pylist()]

    def _open(self) -> duckdb.DuckDBPyConnection:
        if self._line is None:
            self._line = duckdb.connect(str(self._file))
            self._line.execute("SET TimeZone = 'UTC'")
        return self._line

    def _close(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None
