"""What the pages and rules ask, in Candia's words and in those of its rivals; all must answer the same.

PostgreSQL's are written as one who knows it would: literal bounds for partitions to be left out, the index that
holds the value, one probe per meter where that is faster than a scan. Numbers stand there for names of things.
DuckDB is asked the same SQL, where it has no faster one of its own.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pyarrow as pa

from bench.readings import SINCE
from candia.telemetry import questions
from candia.telemetry.observation import Property, Window
from candia.telemetry.store import Store

if TYPE_CHECKING:
    from bench.rivals import Rows
    from bench.rivals.victoria_metrics import VictoriaMetrics

ATHENS = ZoneInfo("Europe/Athens")
INDEX = Property("index", unit="m3", counter=True, rollover=100_000)
INFLOW = Property("inflow", unit="l/s")
METER = 4711
ROLLOVER = 100_000.0


@dataclass(frozen=True)
class Question:
    """One question: what it is called, how Candia asks it, and how each of the others is asked."""

    title: str
    ours: Callable[[Store, datetime], pa.Table]
    postgresql: str
    victoria_metrics: Callable[[VictoriaMetrics, datetime, datetime], Rows]
    duckdb: str = ""


_LOCAL_DAY = "(date_trunc('hour', time) AT TIME ZONE 'Europe/Athens')::date"
_NIGHT = "extract(hour FROM time AT TIME ZONE 'Europe/Athens') BETWEEN 2 AND 4"
# A counter's rise belongs to the hour of the later reading; where it turned over, the range is added.
_RISES = """
    SELECT entity, time, CASE WHEN rise < -50000 THEN rise + 100000 WHEN rise < 0 THEN 0 ELSE rise END AS rise
    FROM (SELECT entity, time, value - lag(value) OVER (PARTITION BY entity ORDER BY time) AS rise
          FROM reading WHERE property = 1 AND {where}) AS told"""
_METER = f"entity = {METER} AND time >= %(until)s - interval '33 days' AND time < %(until)s"
_NIGHTS = timedelta(days=58)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
_DAYS = "time >= %(until)s - interval '49 hours' AND time < %(until)s"

_LEAST = "min_over_time(water_inflow[3h])"

asked = (
    Question(
        "latest of all meters",
        lambda store, _until: questions.latest(store, "water.index").select(["entity", "time", "value"]),
        """SELECT meter.id, newest.time, newest.value FROM meter CROSS JOIN LATERAL (
               SELECT time, value FROM reading WHERE property = 1 AND entity = meter.id
               ORDER BY time DESC LIMIT 1) AS newest""",
        lambda vm, _since, until: vm.latest("water_index", until),
        "SELECT entity, max(time), arg_max(value, time) FROM reading WHERE property = 1 GROUP BY entity",
    ),
    Question(
        "one meter's month, each reading",
        lambda store, until: questions.series(
            store, f"water.meter:{METER}", "water.index", until - timedelta(days=30), until
        ).select(["time", "value"]),
        f"""SELECT time, value FROM reading WHERE property = 1 AND entity = {METER}
            AND time >= %(until)s - interval '30 days' AND time < %(until)s ORDER BY time""",
        lambda vm, _since, until: vm.readings(
            f'water_index{{thing="{METER}"}}', until - timedelta(days=30), until
        ),
    ),
    Question(
        "one meter's month, use by day",
        lambda store, until: questions.consumption(
            store, f"water.meter:{METER}", "water.index", until - timedelta(days=30), until, "day", ATHENS,
            rollover=ROLLOVER,
        ).select(["time", "value"]),
        f"""SELECT {_LOCAL_DAY}::timestamp AT TIME ZONE 'Europe/Athens' AS day, sum(rise)
            FROM ({_RISES.format(where=_METER)}) AS rises
            WHERE rise IS NOT NULL AND time >= %(until)s - interval '30 days' GROUP BY 1 ORDER BY 1""",
        lambda vm, _since, until: [
            told
            for _thing, days in vm.stretches(
                f'increase(water_index{{thing="{METER}"}}[1d])', until - timedelta(days=30), until, DAY
            )
            for told in days
        ],
    ),
    Question(
        "night minimum of each district, all days",
        lambda store, until: questions.daily(
            store, "water.inflow", SINCE, until, ATHENS, between=(2, 5)
        ).select(["entity", "day", "min"]),
        f"""SELECT entity, {_LOCAL_DAY} AS day, min(value) FROM reading
            WHERE property = 2 AND {_NIGHT} AND time >= %(since)s AND time < %(until)s GROUP BY 1, 2""",
        lambda vm, since, until: [
            (thing, night.astimezone(ATHENS).date(), least)
            for thing, nights in vm.stretches(_LEAST, since + 2 * HOUR, until, DAY, 3 * HOUR)
            for night, least in nights
        ],
    ),
    Question(
        "use of all meters by day, all days",
        lambda store, until: questions.total_consumption(
            store, "water.index", SINCE, until, "day", ATHENS, rollover=ROLLOVER
        ).select(["time", "value"]),
        f"""SELECT {_LOCAL_DAY}::timestamp AT TIME ZONE 'Europe/Athens' AS day, sum(rise)
            FROM ({_RISES.format(where="time >= %(since)s AND time < %(until)s")}) AS rises
            GROUP BY 1 ORDER BY 1""",
        lambda vm, since, until: [
            told
            for _all, days in vm.stretches("sum(increase(water_index[1d]))", since, until, DAY)
            for told in days
        ],
    ),
    Question(
        "rule night flow: each night's minimum, all districts",
        lambda store, until: questions.window(
            store, "water", INFLOW, Window("inflow", days=58, between=(2, 5), each="day", take=("min",)),
            until=until, zone=ATHENS,
        ),
        f"""SELECT entity, array_agg(least ORDER BY day) FROM (
                SELECT entity, {_LOCAL_DAY} AS day, min(value) AS least FROM reading
                WHERE property = 2 AND {_NIGHT} AND time >= %(until)s - interval '59 days' AND time < %(until)s
                GROUP BY 1, 2) AS nights GROUP BY 1""",
        lambda vm, _since, until: [
            (thing, [least for _night, least in nights])
            for thing, nights in vm.stretches(_LEAST, until - _NIGHTS + 2 * HOUR, until, DAY, 3 * HOUR)
        ],
    ),
    Question(
        "rule leak in the house: two days' use by hour, all meters",
        lambda store, until: questions.window(
            store, "water", INDEX, Window("index", hours=48, each="hour", take=("increase",)),
            until=until, zone=ATHENS,
        ),
        f"""SELECT entity, array_agg(coalesce(rise, 0) ORDER BY time) FROM ({_RISES.format(where=_DAYS)}) AS rises
            WHERE time >= %(until)s - interval '48 hours' GROUP BY 1""",
        lambda vm, _since, until: [
            (thing, [rise for _hour, rise in hours])
            for thing, hours in vm.stretches("increase(water_index[1h])", until - 48 * HOUR, until, HOUR)
        ],
    ),
)  # fmt: skip


def same(ours: pa.Table, theirs: Rows, name: str) -> str:
    """Empty where both answers hold the same rows, else a sentence about the first that differs."""
    left = sorted(_plain(row.values()) for row in ours.to_pylist())
    right = sorted(_plain(row) for row in theirs)
    if len(left) != len(right):
        return f"Candia answers {len(left)} rows and {name} {len(right)}."
    for one, other in zip(left, right, strict=True):
        if len(one) != len(other) or not all(
            math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-6) for a, b in zip(one, other, strict=True)
        ):
            return f"Candia answers {one[:8]} where {name} has {other[:8]}."
    return ""


def _plain(row: Any) -> tuple[float, ...]:
    """A row as numbers: of a thing its own, of a moment its seconds; nights before the first are left out."""
    told: list[float] = []
    for value in row:
        if isinstance(value, list):
            told += [item for item in value if item is not None]
        elif isinstance(value, str):
            told.append(int(value.partition(":")[2]))
        elif isinstance(value, datetime):
            told.append(value.timestamp())
        elif isinstance(value, date):
            told.append(value.toordinal())
        else:
            told.append(value)
    return tuple(told)
