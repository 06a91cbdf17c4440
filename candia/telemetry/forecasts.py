"""Forecasts: what was said beforehand of a property, step by step, kept beside the observations and asked alike.

A forecast is a set of quantiles for each step: values below which the truth lies with the chances that `levels`
name. `issued` is the moment up to which the truth was known then; later issues stand beside earlier ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa

from candia.telemetry.arrays import Floats
from candia.telemetry.frame import Span
from candia.telemetry.store import SETTINGS, Store

#: So long after their time forecasts are kept; how good they were is kept for good.
KEPT = timedelta(days=60)


def write(
    store: Store, property: str, span: Span, things: Sequence[str], levels: Sequence[float], quantiles: Floats
) -> int:
    """Keep an issue, made at the beginning of the span: [things, steps, levels]; how many steps that are.

    Steps of which a quantile is not known are left out; quantiles that cross are put in order.
    """
    if quantiles.shape != (len(things), span.steps, len(levels)):
        raise ValueError(f"The forecast of {property} is an array of another shape.")
    rows, places = np.nonzero(np.isfinite(quantiles).all(axis=2))
    if not rows.size:
        return 0
    told = np.sort(quantiles[rows, places], axis=1).astype(np.float32)
    moment, count = pa.timestamp("s", "UTC"), len(rows)
    each = np.tile(np.array(levels, np.float32), count)
    table = pa.table(
        {
            "property": pa.repeat(property, count),
            "entity": pa.array(things, pa.string()).take(pa.array(rows)),
            "time": pa.array(span.since + places * span.step).cast(moment),
            "issued": pa.repeat(span.since, count).cast(moment),
            "levels": _lists(each, len(levels)),
            "quantiles": _lists(told.ravel(), len(levels)),
        }
    )
    store.insert("forecasts", table)
    return count


def _lists(flat: np.ndarray[tuple[int], np.dtype[np.float32]], length: int) -> pa.Array:
    return pa.ListArray.from_arrays(np.arange(0, len(flat) + 1, length, dtype=np.int32), pa.array(flat))


def curve(
    store: Store,
    entity: str,
    property: str,
    since: datetime,
    until: datetime,
    issued_by: datetime | None = None,
) -> pa.Table:
    """What was last said of each step from `since` to before `until`: time, issued, levels, quantiles.

    With `issued_by` what had been said by then.
    """
    return store.ask(
        "SELECT toDateTime64(time, 3, 'UTC'), toDateTime64(max(issued), 3, 'UTC'), argMax(levels, issued), "
        "argMax(quantiles, issued) FROM forecasts FINAL "
        "WHERE property = {property:String} AND entity = {entity:String} "
        "AND time >= toDateTime({since:Int64}, 'UTC') AND time < toDateTime({until:Int64}, 'UTC') "
        f"AND issued <= toDateTime({{by:Int64}}, 'UTC') GROUP BY time ORDER BY time {SETTINGS}",
        property=property,
        entity=entity,
        since=int(since.timestamp()),
        until=int(until.timestamp()),
        by=int((issued_by or until).timestamp()),
    ).rename_columns(["time", "issued", "levels", "quantiles"])


def at(store: Store, property: str, moment: datetime, entities: Sequence[str] | None = None) -> pa.Table:
    """What was last said of the newest step that has begun by a moment, of all things: as `curve`, with entity."""
    only = "" if entities is None else " AND entity IN {entities:Array(String)}"
    return store.ask(
        "SELECT entity, toDateTime64(max((time, issued)).1, 3, 'UTC') AS at, "
        "toDateTime64(max((time, issued)).2, 3, 'UTC') AS newest, argMax(levels, (time, issued)), "
        "argMax(quantiles, (time, issued)) FROM forecasts FINAL WHERE property = {property:String} "
        "AND time > toDateTime({moment:Int64} - 86400, 'UTC') AND time <= toDateTime({moment:Int64}, 'UTC')"
        f"{only} GROUP BY entity ORDER BY entity {SETTINGS}",
        property=property,
        moment=int(moment.timestamp()),
        **({} if entities is None else {"entities": list(entities)}),
    ).rename_columns(["entity", "time", "issued", "levels", "quantiles"])


def newest_issue(store: Store, property: str) -> datetime | None:
    """The newest moment at which anything was said of the property; None where nothing was."""
    found = store.ask(
        "SELECT toDateTime64(max(issued), 3, 'UTC') AS at, count() AS n FROM forecasts "
        "WHERE property = {property:String}",
        property=property,
    ).to_pylist()[0]
    issued: datetime | None = found["at"] if found["n"] else None
    return issued


def forget_before(store: Store, moment: datetime) -> list[str]:
    """Drop the whole weeks of which all lies before a moment; their first days."""
    found = store.ask(
        "SELECT DISTINCT partition FROM system.parts WHERE active AND database = currentDatabase() "
        "AND table = 'forecasts' AND toDate(partition) + 7 <= toDate({moment:Int64}, 'UTC') ORDER BY partition",
        moment=int(moment.timestamp()),
    )
    weeks: list[str] = found["partition"].to_pylist()
    for week in weeks:
        store.command("ALTER TABLE forecasts DROP PARTITION {week:String}", week=week)
    return weeks
