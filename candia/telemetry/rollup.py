"""Roll-up: each hour of each entity, computed anew from the observations themselves.

Nothing is ever added to what was computed before, so observations that come twice, late or shuffled
give the same hours as one clean delivery. `computed` is the moment at which a computation began to read:
of two that overlap, the one that began later has seen all that the other one saw, and its rows stay.
"""

from __future__ import annotations

import logging
import math
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pyarrow as pa

from candia.telemetry import days
from candia.telemetry.days import RISE, counters
from candia.telemetry.move import KEPT
from candia.telemetry.observation import EXCHANGE, Observation, Property
from candia.telemetry.store import Store, StoreAway, columns

log = logging.getLogger(__name__)
HOUR = 3_600_000
Work = Callable[[pa.Table, Mapping[str, Property]], None]

# Of all counters the days of so many days are computed by one statement.
DAYS_AT_ONCE = timedelta(days=5)

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
# Of hours just computed those that stand on as many observations as the ones that are there, or more.
KEEP = """
AS made LEFT JOIN (
    SELECT property, hour, entity, count AS had FROM hourly FINAL WHERE {among}
) AS before USING (property, hour, entity) WHERE made.count >= had
"""
SPAN = "{time} >= toDateTime({{since:Int64}}, 'UTC') AND {time} < toDateTime({{until:Int64}}, 'UTC')"
# The hours that were touched; from the first to the last, so that parts of other times are not looked into.
TOUCHED = (
    f"(property, entity, toStartOfHour({{time}})) IN (SELECT property, entity, hour FROM touched) AND {SPAN}"
)


class Rollup:
    """Computes hours; one at a time in a process. `properties` are the city's by qualified name.

    With `growing` an hour is left as it is where it would be made of fewer observations than before: where those of
    a damaged part are brought back as far as they are left.
    """

    def __init__(self, store: Store, *, growing: bool = False, zone: str = "") -> None:
        self._store = store.alone()
        # Whose days are computed; if need be the store says it.
        self._zone = zone
        self._lock = threading.Lock()
        self._growing = growing
        self._last: int | None = None

    def compute(self, touched: pa.Table, properties: Mapping[str, Property]) -> None:
        """Compute the hours that were touched, rows of property, hour (s since 1970) and entity, and their days.

        Should the store refuse so many at once, they are computed by halves.
        """
        self.compute_hours(touched, properties)
        self.compute_days(touched, properties)

    def compute_hours(self, touched: pa.Table, properties: Mapping[str, Property]) -> None:
        """Compute the hours alone; their days must follow."""
        with self._lock:
            self._by_halves(self._hours_at_once, touched, properties)

    def compute_days(self, touched: pa.Table, properties: Mapping[str, Property]) -> None:
        """Compute the days of these hours, if days are kept."""
        with self._lock:
            self._by_halves(self._days_at_once, touched, properties)

    def _by_halves(self, work: Work, touched: pa.Table, properties: Mapping[str, Property]) -> None:
        if not touched.num_rows:
            return
        try:
            work(touched, properties)
        except StoreAway:
            raise
        except Exception:
            half = touched.num_rows // 2
            if not half:
                raise
            log.exception("The store refuses to compute %d hours at once", touched.num_rows)
            self._by_halves(work, touched.slice(0, half), properties)
            self._by_halves(work, touched.slice(half), properties)

    def _hours_at_once(self, touched: pa.Table, properties: Mapping[str, Property]) -> None:
        where, among = TOUCHED.format(time="time"), TOUCHED.format(time="hour")
        self._insert(where, among, properties, **self._touch(touched))

    def _days_at_once(self, touched: pa.Table, properties: Mapping[str, Property]) -> None:
        self._insert_days(days.TOUCHED, properties, **self._touch(touched))

    def _touch(self, touched: pa.Table) -> dict[str, int]:
        """Have the store know what was touched; from when to when that is (s since 1970)."""
        self._store.command(
            "CREATE TEMPORARY TABLE IF NOT EXISTS touched "
            "(property LowCardinality(String), hour DateTime('UTC'), entity String)"
        )
        self._store.command("TRUNCATE TABLE touched")
        self._store.insert("touched", touched)
        from pyarrow import compute as pc

        span = pc.min_max(touched["hour"].cast(pa.int64()))
        return {"since": span["min"].as_py(), "until": span["max"].as_py() + 3600}

    def rebuild(self, since: datetime, until: datetime, properties: Mapping[str, Property]) -> None:
        """Compute every hour from `since` to `until`, as after a change of a counter's declaration."""
        with self._lock:
            begin, end = int(since.timestamp()) // 3600 * 3600, math.ceil(until.timestamp())
            where, among = SPAN.format(time="time"), SPAN.format(time="hour")
            self._insert(where, among, properties, since=begin, until=end)
            self._insert_days(days.BETWEEN, properties, begin, end)

    def rebuild_days(self, since: datetime, until: datetime, properties: Mapping[str, Property]) -> None:
        """Compute from the hours every day that has a part of this stretch, if days are kept."""
        with self._lock:
            self._insert_days(days.BETWEEN, properties, int(since.timestamp()), math.ceil(until.timestamp()))

    def _insert(self, where: str, among: str, properties: Mapping[str, Property], **parameters: int) -> None:
        keep = KEEP.format(among=among) if self._growing else ""
        self._store.command(
            f"INSERT INTO hourly ({', '.join(KEPT)}, computed) "
            f"SELECT {', '.join(KEPT.values())}, fromUnixTimestamp64Milli({{computed:Int64}}, 'UTC') FROM ("
            f"{HOURS} FROM observations FINAL WHERE {where} GROUP BY property, hour, entity) {keep}",
            computed=self._begin(),
            settings={"do_not_merge_across_partitions_select_final": 1, "max_partitions_per_insert_block": 0},
            **counters(properties),
            **parameters,
        )

    def _insert_days(self, where: str, properties: Mapping[str, Property], since: int, until: int) -> None:
        self._zone = self._zone or self._store.zone_of_days()
        told = counters(properties)
        if not (self._zone and told["counters"]):
            return
        self._store.command(
            f"INSERT INTO daily ({days.COLUMNS}) SELECT {days.COLUMNS} FROM ({days.DAYS.format(where=where)})",
            computed=self._begin(),
            zone=self._zone,
            since=since,
            until=until,
            settings={"do_not_merge_across_partitions_select_final": 1, "max_partitions_per_insert_block": 0},
            **told,
        )

    def _begin(self) -> int:
        """The moment (ms) before the first row is read, by the store's clock.

        It is later than those of all computations before, also where the clock was put back meanwhile.
        """
        if self._last is None:
            told = self._store.ask("SELECT toUnixTimestamp64Milli(max(computed)) AS at FROM hourly")
            self._last = told["at"][0].as_py() or 0
        self._last = max(self._store.clock(), self._last + 1)
        return self._last

    def close(self) -> None:
        """Close the connection."""
        self._store.close()


def touched_by(batches: Sequence[pa.Table]) -> pa.Table:
    """The hours that these batches of observations touch, each once."""
    from pyarrow import compute as pc

    batch = pa.concat_tables(batches)
    hour = pc.floor_temporal(batch["time"], unit="hour").cast(pa.timestamp("s", "UTC"))
    keys = pa.table({"property": batch["property"], "hour": hour, "entity": batch["entity"]})
    return keys.group_by(["property", "hour", "entity"]).aggregate([])


def touched_since(store: Store, received: int) -> pa.Table:
    """The hours touched by what was received after a moment (µs), each once."""
    return store.ask(
        "SELECT DISTINCT property, toStartOfHour(time) AS hour, entity FROM observations "
        "WHERE received > fromUnixTimestamp64Micro({received:Int64})",
        received=received,
    )


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


def keep_days(store: Store, zone: ZoneInfo, properties: Mapping[str, Property]) -> None:
    """Have the store keep the days of this zone from now on; those of all its hours are computed if need be.

    Until that is done questions are answered from the hours. Nobody else may write hours meanwhile.
    """
    if store.zone_of_days() == zone.key:
        return
    store.command("TRUNCATE TABLE day_zone")
    store.command("TRUNCATE TABLE daily")
    rollup = Rollup(store, zone=zone.key)
    try:
        all_days(store, rollup, properties)
    finally:
        rollup.close()
    store.command("INSERT INTO day_zone (zone) VALUES ({zone:String})", zone=zone.key)


def all_days(store: Store, rollup: Rollup, properties: Mapping[str, Property]) -> None:
    """Compute the days of all hours, a few at a time."""
    found = store.ask(
        "SELECT toYYYYMM(hour, 'UTC') AS month, toUnixTimestamp(min(hour)) AS first, "
        "toUnixTimestamp(max(hour)) AS last FROM hourly GROUP BY month ORDER BY month"
    )
    for row in found.to_pylist():
        log.info("The days of %s are computed from its hours", row["month"])
        begin, end = (datetime.fromtimestamp(row[name], UTC) for name in ("first", "last"))
        while begin <= end:
            rollup.rebuild_days(begin, min(begin + DAYS_AT_ONCE, end + timedelta(hours=1)), properties)
            begin += DAYS_AT_ONCE
