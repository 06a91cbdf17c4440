"""Questions: what is asked of the observations, each in one query; answers are Arrow tables.

Times are UTC; days, nights and months are the city's, in the `zone` given. An hour belongs to the day it
begins on. Properties are named in full (`water.flow`), save in `window`, which takes their declaration.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

import pyarrow as pa

from candia.telemetry.days import RISE
from candia.telemetry.durations import stood
from candia.telemetry.observation import Property, Window
from candia.telemetry.store import SETTINGS, Store
from candia.telemetry.windows import Question

Every = Literal["hour", "day", "month"]
# How far from the stretch asked for the reading may lie from which a counter's consumption is told: of many
# counters only close by, where that of a meter that speaks each hour is.
CLOSE, FAR = timedelta(days=3), timedelta(days=100)

_starts = {
    "hour": "toDateTime64(hour, 3, 'UTC')",
    "day": "toTimeZone(toDateTime64(toStartOfDay(hour, {zone:String}), 3), 'UTC')",
    "month": "toTimeZone(toDateTime64(toStartOfMonth(hour, {zone:String}), 3, {zone:String}), 'UTC')",
}

# A counter's readings by the hour, and by the day: what rose within a row counts as of its first hour.
HOURS = (
    "SELECT entity, hour, hour AS last_hour, first, last, increase, fresh, false AS parted FROM hourly FINAL "
    "WHERE property = {property:String} AND isNotNull(last) "
    "AND hour >= toDateTime({from:Int64}, 'UTC') AND hour < toDateTime({to:Int64}, 'UTC')"
)
DAYS = (
    "SELECT entity, first_hour AS hour, last_hour, first, last, increase, fresh, parted FROM daily FINAL "
    "WHERE property = {property:String} AND numbers > 0 "
    "AND day BETWEEN toDate(toDateTime({from:Int64}, 'UTC')) AND toDate(toDateTime({to:Int64}, 'UTC'))"
)


def latest(store: Store, property: str, entities: Sequence[str] | None = None) -> pa.Table:
    """The newest observation of each entity: entity, time, value, state."""
    return store.ask(
        "SELECT entity, time, value, state FROM latest FINAL WHERE property = {property:String}"
        f"{_only(entities)} ORDER BY entity",
        property=property,
        **_named(entities),
    )


def moments(
    store: Store, entity: str, properties: Sequence[str], until: datetime, most: int
) -> list[datetime]:
    """When one thing spoke last, at most so often, oldest first; of the month before `until`."""
    found = store.ask(
        "SELECT DISTINCT toStartOfSecond(time) AS at FROM observations "
        "WHERE property IN {properties:Array(String)} AND entity = {entity:String} "
        "AND time > fromUnixTimestamp64Milli({since:Int64}, 'UTC') "
        f"ORDER BY at DESC LIMIT {{most:UInt32}} {SETTINGS}",
        entity=entity,
        properties=list(properties),
        most=most,
        since=int((until - timedelta(days=31)).timestamp() * 1000),
    )
    return sorted(at.replace(tzinfo=at.tzinfo or UTC) for at in found["at"].to_pylist())


def recent(store: Store, property: str, since: datetime) -> pa.Table:
    """The entities of which something was observed after `since`, and when last: entity, time."""
    return store.ask(
        "SELECT entity, time FROM latest FINAL WHERE property = {property:String} "
        "AND time > fromUnixTimestamp64Milli({since:Int64}, 'UTC') ORDER BY entity",
        property=property,
        since=int(since.timestamp() * 1000),
    )


def series(
    store: Store,
    entity: str,
    property: str,
    since: datetime,
    until: datetime,
    every: Literal["raw", "hour", "day", "month"] = "raw",
    zone: ZoneInfo | None = None,
) -> pa.Table:
    """One entity's curve from `since` to before `until`, oldest first.

    `raw` gives time, value, state; the others give the start of each stretch and its count, mean, min, max,
    sum, first and last. A stretch with no observation has no row; the hour of `since` is given whole.
    """
    asked: dict[str, Any] = {"entity": entity, "property": property, **_span(since, until)}
    if every == "raw":
        return store.ask(
            "SELECT time, value, state FROM observations FINAL WHERE property = {property:String} "
            "AND entity = {entity:String} AND time >= fromUnixTimestamp64Milli({since:Int64}, 'UTC') "
            f"AND time < fromUnixTimestamp64Milli({{until:Int64}}, 'UTC') ORDER BY time {SETTINGS}",
            **asked,
        )
    return store.ask(
        f"SELECT {_starts[every]} AS at, {_aggregates} FROM hourly AS h FINAL "
        "WHERE property = {property:String} AND entity = {entity:String} AND "
        f"{_hours} GROUP BY at ORDER BY at {SETTINGS}",
        zone=_name(zone, every),
        **asked,
    ).rename_columns(["time", *_aggregated])


def daily(
    store: Store,
    property: str,
    since: datetime,
    until: datetime,
    zone: ZoneInfo,
    between: tuple[int, int] | None = None,
    entities: Sequence[str] | None = None,
) -> pa.Table:
    """Each entity's local days, or the hours `between` of them (a night): entity, day, and as in `series`."""
    start, end = between or (0, 24)
    if start >= end:
        raise ValueError("The hours of a day run from the lower to the higher; a Window may cross midnight.")
    night = "toHour(hour, {zone:String}) >= {start:UInt8} AND toHour(hour, {zone:String}) < {end:UInt8}"
    hours = "" if between is None else f" AND {night}"
    return store.ask(
        f"SELECT entity, toDate32(hour, {{zone:String}}) AS day, {_aggregates} FROM hourly AS h FINAL "
        f"WHERE property = {{property:String}} AND {_hours}{hours}{_only(entities)} "
        f"GROUP BY entity, day ORDER BY entity, day {SETTINGS}",
        property=property,
        zone=zone.key,
        start=start,
        end=end,
        **_span(since, until),
        **_named(entities),
    ).rename_columns(["entity", "day", *_aggregated])


def consumption(
    store: Store,
    entity: str,
    property: str,
    since: datetime,
    until: datetime,
    every: Every = "hour",
    zone: ZoneInfo | None = None,
    *,
    rollover: float | None = None,
) -> pa.Table:
    """What a counter rose by in each hour, day or month: time, value, estimated.

    Where readings lie hours apart, their difference is spread evenly over the hours between and these are
    told as estimated; the sum is exact. What is not known (before the first reading, across an exchange)
    has no row. Whole days of the city are told from the days that the store keeps, all else from the hours.
    """
    reach = _reach(since, until, FAR)
    found = _consumption(store, property, [entity], since, until, every, zone, rollover, reach)
    return found.select(["time", "value", "estimated"])


def total_consumption(
    store: Store,
    property: str,
    since: datetime,
    until: datetime,
    every: Every = "day",
    zone: ZoneInfo | None = None,
    *,
    entities: Sequence[str] | None = None,
    rollover: float | None = None,
) -> pa.Table:
    """What all these counters rose by together: time, value, entities (how many have a share), estimated.

    Told from days or hours as in `consumption`.
    """
    reach = _reach(since, until, CLOSE)
    return _consumption(store, property, entities, since, until, every, zone, rollover, reach)


def window(
    store: Store,
    service: str,
    property: Property,
    window: Window,
    *,
    until: datetime,
    zone: ZoneInfo,
    entities: Sequence[str] | None = None,
) -> pa.Table:
    """What the window takes of every entity that has observations in it: entity, and a column for each take."""
    if "stood" in window.take:
        return stood(store, f"{service}.{property.name}", window, until, entities)
    return Question(f"{service}.{property.name}", property, window, zone, entities).ask(store, until)


_aggregated = ["count", "mean", "min", "max", "sum", "first", "last"]
_aggregates = (
    "sum(h.count), sum(h.sum) / sum(h.numbers), min(h.min), max(h.max), sum(h.sum), "
    "argMin(h.first, h.first_time), argMax(h.last, h.last_time)"
)
_hours = (
    "hour >= toStartOfHour(fromUnixTimestamp64Milli({since:Int64}, 'UTC')) "
    "AND hour < fromUnixTimestamp64Milli({until:Int64}, 'UTC')"
)


def _consumption(
    store: Store,
    property: str,
    entities: Sequence[str] | None,
    since: datetime,
    until: datetime,
    every: Every,
    zone: ZoneInfo | None,
    rollover: float | None,
    reach: Mapping[str, int],
) -> pa.Table:
    whole = every != "hour" and zone is not None and _is_midnight(since, zone) and _is_midnight(until, zone)
    rows = DAYS if whole and zone and store.zone_of_days() == zone.key else HOURS
    return store.ask(
        f"""
        WITH steps AS (
            SELECT entity, hour, increase, parted, row_number() OVER w = 1 OR fresh AS begins,
                if(begins, hour - 3600, lagInFrame(last_hour) OVER w) AS before,
                if(begins, 0, {RISE.format(d="(first - lagInFrame(last) OVER w)", r="{rollover:Float64}")}) AS rise
            FROM ({rows}{_only(entities)})
            WINDOW w AS (PARTITION BY entity ORDER BY hour ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)
        ),
        shares AS (
            SELECT entity, toDateTime(before + 3600 * (step + 1), 'UTC') AS hour, parted,
                dateDiff('hour', before, steps.hour) AS hours,
                rise / hours + if(step + 1 = hours, increase, 0) AS share
            FROM steps ARRAY JOIN range(toUInt32(dateDiff('hour', before, steps.hour))) AS step
        )
        SELECT {_starts[every]} AS at, sum(share) AS value, uniqExact(sipHash64(entity)) AS entities,
            toBool(max(hours > 1 OR parted)) AS estimated
        FROM shares WHERE {_hours} GROUP BY at ORDER BY at {SETTINGS}
        """,
        **reach,
        property=property,
        rollover=rollover or 0.0,
        zone=_name(zone, every),
        **_span(since, until),
        **_named(entities),
    ).rename_columns(["time", "value", "entities", "estimated"])


def _is_midnight(moment: datetime, zone: ZoneInfo) -> bool:
    local = moment.astimezone(zone)
    return (local.hour, local.minute, local.second, local.microsecond) == (0, 0, 0, 0)


def _reach(since: datetime, until: datetime, by: timedelta) -> dict[str, int]:
    return {"from": int((since - by).timestamp()), "to": int((until + by).timestamp())}


def _only(entities: Sequence[str] | None) -> str:
    return "" if entities is None else " AND entity IN {entities:Array(String)}"


def _named(entities: Sequence[str] | None) -> dict[str, list[str]]:
    return {} if entities is None else {"entities": list(entities)}


def _name(zone: ZoneInfo | None, every: str) -> str:
    if zone is None and every != "hour":
        raise ValueError(f"To ask for each {every}, say in which zone.")
    return zone.key if zone else "UTC"


def _span(since: datetime, until: datetime) -> dict[str, int]:
    return {"since": int(since.timestamp() * 1000), "until": int(until.timestamp() * 1000)}
