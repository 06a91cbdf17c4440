"""Roll-up: each hour of each entity, computed anew from the observations themselves.

Nothing is ever added to what was computed before, so observations that come twice, late or shuffled
give the same hours as one clean delivery. `computed` is the moment at which a computation began to read:
of two that overlap, the one that began later has seen all that the other one saw, and its rows stay.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc

from candia.telemetry.observation import EXCHANGE, Observation, Property
from candia.telemetry.store import Store, columns

HOUR = 3_600_000

# What a counter rose by from one reading to the next, `d` being their difference. A register that turned over
# falls by nearly its whole range; any other fall, and an exchange, begins a new baseline.
RISE = "multiIf({d} >= 0, {d}, {r} > 0 AND {d} < -{r} / 2, {d} + {r}, 0)"

# Of rows (property, entity, time, value, state), at most one for each moment, the hours.
HOURS = f"""
SELECT
    property, toStartOfHour(time) AS hour, entity,
    toUInt32(count()) AS count, toUInt32(count(value)) AS numbers,
    sum(value) AS sum, min(value) AS min, max(value) AS max,
    argMin(value, time) AS first, argMax(value, time) AS last,
    min(time) AS first_time, max(time) AS last_time,
    transform(property, {{counters:Array(String)}}, {{rollovers:Array(Float64)}}, -1.) AS rollover,
    arraySort(
        groupArrayIf((time, assumeNotNull(value), state), isNotNull(value) AND rollover >= 0)
    ) AS readings,
    arraySum(
        (a, b) -> if(b.3 = '{EXCHANGE}', 0, {RISE.format(d="(b.2 - a.2)", r="rollover")}),
        arrayPopBack(readings), arrayPopFront(readings)
    ) AS increase,
    argMinIf(state, time, isNotNull(value)) = '{EXCHANGE}' AS fresh,
    argMaxIf(state, time, state != '') AS last_state
"""
COLUMNS = (
    "property, hour, entity, count, numbers, sum, min, max, "
    "first, last, first_time, last_time, increase, fresh, last_state"
)


class Rollup:
    """Computes hours; one at a time in a process. `properties` are the city's by qualified name."""

    def __init__(self, store: Store) -> None:
        self._store = store.alone()
        self._lock = threading.Lock()

    def compute(self, touched: pa.Table, properties: Mapping[str, Property]) -> None:
        """Compute the hours that were touched: rows of property, hour (s since 1970) and entity."""
        with self._lock:
            self._store.command(
                "CREATE TEMPORARY TABLE IF NOT EXISTS touched "
                "(property LowCardinality(String), hour DateTime('UTC'), entity String)"
            )
            self._store.command("TRUNCATE TABLE touched")
            self._store.insert("touched", touched)
            # The day as well as the hour, because the day is in the table's key.
            where = (
                "(property, toDate(time), entity) IN (SELECT property, toDate(hour), entity FROM touched) "
                "AND (property, toStartOfHour(time), entity) IN (SELECT property, hour, entity FROM touched)"
            )
            self._insert(where, properties)

    def rebuild(self, since: datetime, until: datetime, properties: Mapping[str, Property]) -> None:
        """Compute every hour from `since` to `until`, as after a change of a counter's declaration."""
        with self._lock:
            self._insert(
                "time >= toStartOfHour(fromUnixTimestamp64Milli({since:Int64}, 'UTC')) "
                "AND time < fromUnixTimestamp64Milli({until:Int64}, 'UTC')",
                properties,
                since=int(since.timestamp() * 1000),
                until=int(until.timestamp() * 1000),
            )

    def _insert(self, where: str, properties: Mapping[str, Property], **parameters: int) -> None:
        # The moment is a constant of the statement, taken before the first row is read.
        self._store.command(
            f"INSERT INTO hourly ({COLUMNS}, computed) SELECT {COLUMNS}, now64(6, 'UTC') FROM ("
            f"{HOURS} FROM observations FINAL WHERE {where} GROUP BY property, hour, entity)",
            settings={"do_not_merge_across_partitions_select_final": 1, "max_partitions_per_insert_block": 0},
            **counters(properties),
            **parameters,
        )

    def close(self) -> None:
        """Close the connection."""
        self._store.close()


def counters(properties: Mapping[str, Property]) -> dict[str, list[str] | list[float]]:
    """The counters and where each turns over (0 for nowhere), as the parameters of HOURS."""
    found = {name: declared.rollover or 0.0 for name, declared in properties.items() if declared.counter}
    return {"counters": list(found), "rollovers": list(found.values())}


def touched_by(batches: Sequence[pa.Table]) -> pa.Table:
    """The hours that these batches of observations touch, each once."""
    batch = pa.concat_tables(batches)
    hour = pc.floor_temporal(batch["time"], unit="hour").cast(pa.timestamp("s", "UTC"))
    keys = pa.table({"property": batch["property"], "hour": hour, "entity": batch["entity"]})
    return keys.group_by(["property", "hour", "entity"]).aggregate([])


def record(
    store: Store, observations: Sequence[Observation], properties: Mapping[str, Property], received: datetime
) -> None:
    """Append and roll up at once, past the stream: for history that is loaded, and for tests."""
    batch = columns(observations, int(received.timestamp() * 1_000_000))
    store.append(batch)
    rollup = Rollup(store)
    try:
        rollup.compute(touched_by([batch]), properties)
    finally:
        rollup.close()
