"""The rival of the store bench: PostgreSQL with the same rows, partitioned and indexed as one would in earnest.

Monthly partitions; a B-tree on (property, entity, time) for one meter's questions, which also answers
"latest of all"; a BRIN on time for the wide ones; loaded by binary COPY before the indexes are built.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import psycopg

tuning = {
    "maintenance_work_mem": "1GB",
    "work_mem": "256MB",
    "max_parallel_workers_per_gather": "2",
    "jit": "on",
}

questions = {
    "latest of all": """
        SELECT DISTINCT ON (entity) entity, time, value FROM reading
        WHERE property = 1 AND time >= %(until)s - interval '2 days' ORDER BY entity, time DESC""",
    "one meter's month": """
        SELECT time, value FROM reading
        WHERE property = 1 AND entity = %(meter)s AND time >= %(until)s - interval '30 days' ORDER BY time""",
    "night minimum by district, 90 days": """
        SELECT entity, (time AT TIME ZONE 'Europe/Athens')::date AS day, min(value) FROM reading
        WHERE property = 2 AND entity < 10
          AND extract(hour FROM time AT TIME ZONE 'Europe/Athens') BETWEEN 2 AND 4
        GROUP BY 1, 2""",
    "daily totals of all, 90 days": """
        SELECT (time AT TIME ZONE 'Europe/Athens')::date AS day, sum(value) FROM reading
        WHERE property = 1 GROUP BY 1 ORDER BY 1""",
    "night-flow rule over all meters, last day": """
        SELECT entity, min(value), count(*) FROM reading
        WHERE property = 1 AND time >= %(until)s - interval '1 day' GROUP BY entity""",
}


def prepare(connection: psycopg.Connection[Any], since: date, days: int) -> None:
    """An empty table with one partition for each month touched."""
    connection.execute("DROP TABLE IF EXISTS reading")
    connection.execute(
        "CREATE TABLE reading (property int2 NOT NULL, entity int4 NOT NULL, time timestamptz NOT NULL,"
        " value float8 NOT NULL) PARTITION BY RANGE (time)"
    )
    month, last = since.replace(day=1), since + timedelta(days=days)
    while month <= last:
        following = (month + timedelta(days=32)).replace(day=1)
        connection.execute(
            f"CREATE TABLE reading_{month:%Y%m} PARTITION OF reading FOR VALUES FROM ('{month}') TO ('{following}')"
        )
        month = following


def load(connection: psycopg.Connection[Any], day: np.ndarray) -> None:
    """One day's rows (structured: property, entity, time in µs since 2000, value) by binary COPY."""
    count = len(day)
    fields = np.dtype(
        [("n", ">i2"), ("l1", ">i4"), ("p", ">i2"), ("l2", ">i4"), ("e", ">i4"), ("l3", ">i4"), ("t", ">i8"),
         ("l4", ">i4"), ("v", ">f8")]
    )  # fmt: skip
    packed = np.empty(count, fields)
    packed["n"], packed["l1"], packed["l2"], packed["l3"], packed["l4"] = 4, 2, 4, 8, 8
    packed["p"], packed["e"], packed["t"], packed["v"] = day["property"], day["entity"], day["time"], day["value"]
    with connection.cursor() as cursor, cursor.copy("COPY reading FROM STDIN (FORMAT binary)") as copy:
        copy.write(b"PGCOPY\n\xff\r\n\0" + b"\0" * 8)
        copy.write(packed.tobytes())
        copy.write(b"\xff\xff")


def finish(connection: psycopg.Connection[Any]) -> None:
    """The indexes, and what the planner needs to know."""
    connection.execute("CREATE INDEX ON reading (property, entity, time) INCLUDE (value)")
    connection.execute("CREATE INDEX ON reading USING brin (time)")
    connection.commit()
    connection.autocommit = True
    connection.execute("VACUUM (ANALYZE, FREEZE) reading")


def size(connection: psycopg.Connection[Any]) -> int:
    """Bytes of the table and its indexes."""
    row = connection.execute(
        "SELECT sum(pg_total_relation_size(inhrelid)) FROM pg_inherits WHERE inhparent = 'reading'::regclass"
    ).fetchone()
    return int(row[0]) if row else 0


def ask(connection: psycopg.Connection[Any], sql: str, meter: int, until: datetime) -> int:
    """Ask one question and fetch everything; answers with the number of rows."""
    return len(connection.execute(sql, {"meter": meter, "until": until}).fetchall())
