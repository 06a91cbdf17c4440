"""Durations: how long things were in which state, and from when to when; one question for all of them.

A state is a word, or a small number told as one (`1`). It stands until the thing says another, and for `silence`
at most: what a gap is longer than that is not known, and told as the state ''. So an account of two stretches is
the sum of theirs, and what comes after a stretch changes nothing in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

import pyarrow as pa

from candia.telemetry.observation import Window
from candia.telemetry.store import SETTINGS, Store

By = Literal["", "hour", "day"]
WORD = "if(state != '', state, ifNull(toString(value), ''))"
# Each word with when it begins and ends to stand (ms), as far as that touches the stretch.
WORDS = """
SELECT entity, word, greatest(said, {{since:Int64}}) AS began,
    least(ifNull(following, {{until:Int64}}), said + {{silence:Int64}}, {{until:Int64}}) AS ended
FROM (
    SELECT entity, toUnixTimestamp64Milli(time) AS said, {word} AS word,
        leadInFrame(toNullable(toUnixTimestamp64Milli(time))) OVER (
            PARTITION BY entity ORDER BY time ROWS BETWEEN CURRENT ROW AND 1 FOLLOWING
        ) AS following
    FROM observations FINAL WHERE {among}
) WHERE ended > began
"""
SPAN = (
    "property = {property:String} AND time > fromUnixTimestamp64Milli({since:Int64} - {silence:Int64}, 'UTC') "
    "AND time < fromUnixTimestamp64Milli({until:Int64}, 'UTC')"
)
# The words laid into the buckets between the edges. What is known of a bucket is taken off what is not.
DURATIONS = """
SELECT entity, bucket, word, sum(part) / 1000 AS seconds FROM (
    SELECT entity, bucket, tupleElement(pair, 1) AS word, tupleElement(pair, 2) AS part FROM (
        SELECT entity, bucket, least(ended, edges[bucket + 2]) - greatest(began, edges[bucket + 1]) AS stood,
            arrayJoin([(state, stood), ('', -stood)]) AS pair
        FROM (SELECT entity, word AS state, began, ended, {{edges:Array(Int64)}} AS edges FROM ({words}))
        ARRAY JOIN range(toUInt32({first}), toUInt32({last}) + 1) AS bucket
    )
    UNION ALL
    SELECT entity, bucket, '' AS word, edges[bucket + 2] - edges[bucket + 1] AS part
    FROM (SELECT DISTINCT entity, {{edges:Array(Int64)}} AS edges FROM observations WHERE {among})
    ARRAY JOIN range(toUInt32(length(edges) - 1)) AS bucket
) GROUP BY entity, bucket, word HAVING seconds > 0 ORDER BY entity, bucket, word
"""
SPELLS = """
SELECT entity, any(word) AS state, toDateTime64(min(began) / 1000, 3, 'UTC') AS since_then,
    toDateTime64(max(ended) / 1000, 3, 'UTC') AS until_then, (max(ended) - min(began)) / 1000 AS seconds
FROM (
    SELECT *, sum(anew) OVER (PARTITION BY entity ORDER BY began ROWS UNBOUNDED PRECEDING) AS spell FROM (
        SELECT *, row_number() OVER w = 1 OR lagInFrame(word) OVER w != word OR lagInFrame(ended) OVER w < began
            AS anew
        FROM ({words}) WHERE word != ''
        WINDOW w AS (PARTITION BY entity ORDER BY began ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)
    )
) GROUP BY entity, spell ORDER BY entity, since_then
"""
STOOD = """
SELECT entity, words[-1].2 AS newest, words[-1].1 AS last_time,
    ({{until:Int64}} - toUnixTimestamp64Milli(
        words[arrayLastIndex(word -> word.2 != words[-1].2, words) + 1].1
    )) / 1000 AS stood
FROM (
    SELECT entity, arraySort(groupArray((time, {word}))) AS words FROM observations FINAL WHERE {among}
    GROUP BY entity
) ORDER BY entity
"""


def durations(
    store: Store,
    property: str,
    since: datetime,
    until: datetime,
    *,
    silence: timedelta,
    by: By = "",
    zone: ZoneInfo | None = None,
    entities: Sequence[str] | None = None,
) -> pa.Table:
    """How long each thing was in each state: time (the start of the stretch, hour or day), entity, state, seconds.

    Days are those of the zone. Of a thing that said nothing in the stretch nor `silence` before there is no row.
    """
    edges = _edges(since, until, by, zone)
    index = (
        "0" if not by else f"dateDiff('{by}', {_moment('{since:Int64}')}, {_moment('{of}')}, {{zone:String}})"
    )
    sql = DURATIONS.format(
        words=_words(entities),
        among=_among(entities),
        first=index.replace("{of}", "began"),
        last=index.replace("{of}", "ended - 1"),
    )
    told = _parameters(property, since, until, silence, entities)
    found = store.ask(f"{sql} {SETTINGS}", **told, edges=edges, zone=zone.key if zone else "UTC")
    starts = pa.array(edges, pa.int64()).cast(pa.timestamp("ms", "UTC"))
    return pa.table(
        {
            "time": starts.take(found["bucket"].combine_chunks()),
            "entity": found["entity"],
            "state": found["word"],
            "seconds": found["seconds"],
        }
    )


def spells(
    store: Store,
    property: str,
    since: datetime,
    until: datetime,
    *,
    silence: timedelta,
    entities: Sequence[str] | None = None,
) -> pa.Table:
    """Each time a thing was in a state: entity, state, began, ended, seconds, within the stretch; oldest first."""
    found = store.ask(
        f"{SPELLS.format(words=_words(entities))} {SETTINGS}",
        **_parameters(property, since, until, silence, entities),
    )
    return found.rename_columns(["entity", "state", "began", "ended", "seconds"])


def stood(
    store: Store, property: str, window: Window, until: datetime, entities: Sequence[str] | None = None
) -> pa.Table:
    """For a rule: each thing's newest state in the window, when it said that last, and how long (s) it has stood.

    A state that the whole window holds has stood at least since the first word in it.
    """
    since = until - timedelta(hours=window.hours, days=window.days)
    found = store.ask(
        f"{STOOD.format(word=WORD, among=_among(entities))} {SETTINGS}",
        **_parameters(property, since, until, timedelta(0), entities),
    ).rename_columns(["entity", "last", "last_time", "stood"])
    return found.select(["entity", *window.take])


def _words(entities: Sequence[str] | None) -> str:
    return WORDS.format(word=WORD, among=_among(entities))


def _among(entities: Sequence[str] | None) -> str:
    return SPAN if entities is None else f"{SPAN} AND entity IN {{entities:Array(String)}}"


def _parameters(
    property: str, since: datetime, until: datetime, silence: timedelta, entities: Sequence[str] | None
) -> dict[str, Any]:
    return {
        "property": property,
        "since": _ms(since),
        "until": _ms(until),
        "silence": silence // timedelta(milliseconds=1),
        **({} if entities is None else {"entities": list(entities)}),
    }


def _edges(since: datetime, until: datetime, by: By, zone: ZoneInfo | None) -> list[int]:
    """The beginnings of the stretch's parts, and its end (ms); the first and the last part may be cut."""
    if by == "day" and zone is None:
        raise ValueError("To ask for each day, say in which zone.")
    edges, moment = [_ms(since)], since.astimezone(zone or UTC)
    while by:
        if by == "day":
            moment = moment.replace(hour=0, minute=0, second=0, microsecond=0, fold=0) + timedelta(days=1)
        else:
            begun = moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
            moment = begun + timedelta(hours=1)
        if moment >= until:
            break
        edges.append(_ms(moment))
    return [*edges, _ms(until)]


def _moment(milliseconds: str) -> str:
    return f"fromUnixTimestamp64Milli({milliseconds}, 'UTC')"


def _ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)
