"""PostgreSQL, partitioned, indexed and tuned in earnest.

Monthly partitions; a B-tree on (property, entity, time) that holds the value as well, for questions about one
meter; a BRIN on time for the wide ones; loaded by binary COPY while there is no index, which is its fastest way.
Properties and entities are numbers in it, not names: 22 bytes of data in a row.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import psutil
import psycopg

from bench.engine import Engine, config_in
from bench.rivals import Rows
from candia.engines import postgres

if TYPE_CHECKING:
    from bench.asked import Question

# Milliseconds from 1970 to 2000, where PostgreSQL's time begins.
EPOCH = 946_684_800_000
_copied = np.dtype(
    [("n", ">i2"), ("l1", ">i4"), ("p", ">i2"), ("l2", ">i4"), ("e", ">i4"), ("l3", ">i4"), ("t", ">i8"),
     ("l4", ">i4"), ("v", ">f8")]
)  # fmt: skip


def tuning() -> dict[str, str]:
    """What its handbook advises for questions over many rows on a machine of this size."""
    memory, cores = psutil.virtual_memory().total // 2**20, str(psutil.cpu_count() or 1)
    return {
        "shared_buffers": f"{memory // 4}MB",
        "effective_cache_size": f"{memory * 3 // 4}MB",
        "work_mem": "256MB",
        "maintenance_work_mem": "1GB",
        "max_wal_size": "8GB",
        "wal_level": "minimal",
        "max_wal_senders": "0",
        "checkpoint_timeout": "30min",
        "random_page_cost": "1.1",
        "effective_io_concurrency": "200",
        "max_parallel_workers": cores,
        "max_parallel_workers_per_gather": cores,
        "max_parallel_maintenance_workers": cores,
        "io_workers": "3",
        "jit": "on",
    }


class PostgreSQL:
    """A server of its own in a folder of its own."""

    name = "PostgreSQL"

    def __init__(self, folder: Path) -> None:
        config = config_in(folder)
        self._engine = Engine(postgres.part(config), folder / "postgres", tuning())
        self._url = (folder / "secrets" / "database_url").read_text("utf-8")
        self._line: psycopg.Connection[Any] | None = None

    @classmethod
    def is_here(cls) -> bool:
        """It comes with Candia."""
        return True

    def __enter__(self) -> Self:
        self._engine.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._hang_up()
        self._engine.stop()

    def _open(self) -> psycopg.Connection[Any]:
        if self._line is None or self._line.closed:
            self._line = psycopg.connect(self._url, autocommit=True, prepare_threshold=None)
        return self._line

    def _hang_up(self) -> None:
        if self._line is not None:
            self._line.close()

    def prepare(self, since: datetime, days: int, meters: int) -> None:
        """An empty table with a partition for each month, and the list of meters."""
        line = self._open()
        line.execute(
            "CREATE TABLE reading (property int2 NOT NULL, entity int4 NOT NULL, time timestamptz NOT NULL,"
            " value float8 NOT NULL) PARTITION BY RANGE (time)"
        )
        month, last = since.replace(day=1, hour=0), since + timedelta(days=days)
        while month <= last:
            following = (month + timedelta(days=32)).replace(day=1)
            name = f"reading_{month:%Y%m}"
            bounds = f"FROM ('{month.isoformat()}') TO ('{following.isoformat()}')"
            line.execute(f"CREATE TABLE {name} PARTITION OF reading FOR VALUES {bounds}")
            month = following
        line.execute("CREATE TABLE meter (id int4 PRIMARY KEY)")
        line.execute("INSERT INTO meter SELECT generate_series(0, %s - 1)", [meters])
        line.execute("VACUUM (ANALYZE, FREEZE) meter")

    def load(self, rows: np.ndarray) -> None:
        """Rows of property, entity, time (ms since 1970) and value, by binary COPY."""
        packed = np.empty(len(rows), _copied)
        packed["n"], packed["l1"], packed["l2"], packed["l3"], packed["l4"] = 4, 2, 4, 8, 8
        packed["p"], packed["e"], packed["v"] = rows["property"], rows["entity"], rows["value"]
        packed["t"] = (rows["time"] - EPOCH) * 1000
        with self._open().cursor() as cursor, cursor.copy("COPY reading FROM STDIN (FORMAT binary)") as copy:
            copy.write(b"PGCOPY\n\xff\r\n\0" + b"\0" * 8)
            copy.write(packed.tobytes())
            copy.write(b"\xff\xff")

    def begin(self) -> None:
        """Take the indexes away, so that the next rows are loaded as fast as the first."""
        self._open().execute("DROP INDEX IF EXISTS reading_meter, reading_time")

    def finish(self) -> None:
        """The indexes, and what the planner and the index need to know."""
        self._open().execute("CREATE INDEX reading_meter ON reading (property, entity, time) INCLUDE (value)")
        self._open().execute("CREATE INDEX reading_time ON reading USING brin (time)")
        self._open().execute("VACUUM (ANALYZE, FREEZE) reading")

    def size(self) -> tuple[int, int]:
        """Bytes of the table, and of its indexes."""
        row = self._open().execute(
            "SELECT sum(pg_table_size(inhrelid))::int8, sum(pg_indexes_size(inhrelid))::int8 "
            "FROM pg_inherits WHERE inhparent = 'reading'::regclass"
        ).fetchone()  # fmt: skip
        return (int(row[0]), int(row[1])) if row else (0, 0)

    def forget(self) -> None:
        """Start it anew."""
        self._hang_up()
        self._engine.forget()
        self._open()

    def ask(self, question: Question, since: datetime, until: datetime) -> Rows:
        """Ask one question, the moments written into it so that partitions are left out."""
        cursor = psycopg.ClientCursor(self._open())
        return cursor.execute(question.postgresql, {"since": since, "until": until}).fetchall()
