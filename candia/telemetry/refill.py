"""Refill: what the stream still holds is brought back into a store that lost some of it, while the city runs.

The stream is read from its beginning by a reader of its own, which acknowledges nothing, so ingest goes on
undisturbed. The same messages give the same rows, so however often it is done, nothing is doubled; nothing becomes
a dead letter a second time. Hours and newest readings are computed anew from the observations.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import nats
import pyarrow as pa
from nats.js.api import AckPolicy, ConsumerConfig

from candia.telemetry import batch as batches
from candia.telemetry import damage
from candia.telemetry.batch import read
from candia.telemetry.catalogue import Catalogue
from candia.telemetry.check import Check
from candia.telemetry.damage import Damaged
from candia.telemetry.line import delivered
from candia.telemetry.position import holds_since
from candia.telemetry.rollup import Rollup, touched_by
from candia.telemetry.store import Store
from candia.telemetry.stream import OBSERVATIONS, Stream, StreamAway

AT_ONCE = 2000
# Hours are computed after so many messages, and at the end.
ROLLED_UP = 100_000
# Of the hours of a month, the observations that are fewer than the hour was made of.
MISSING = """
SELECT toInt64(sum(greatest(0, toInt64(hours.count) - toInt64(raw.n)))) AS n FROM (
    SELECT property, hour, entity, count FROM hourly FINAL WHERE toYYYYMM(hour) = {month:UInt32}
) AS hours LEFT JOIN (
    SELECT property, toStartOfHour(time) AS hour, entity, count() AS n FROM observations FINAL
    WHERE toYYYYMM(time, 'UTC') = {month:UInt32} GROUP BY property, hour, entity
) AS raw USING (property, hour, entity)
"""
NEWEST = """
INSERT INTO latest
SELECT property, entity, max(time), argMax((value, state), time).1, argMax((value, state), time).2
FROM observations FINAL WHERE toYYYYMM(time, 'UTC') = {month:UInt32} GROUP BY property, entity
"""


@dataclass(frozen=True)
class Refilled:
    """What was done: messages read again, observations that came back, and the parts that are not whole yet."""

    messages: int
    back: int
    left: Sequence[Damaged]


async def refill(
    stream: Stream,
    store: Store,
    catalogue: Catalogue,
    tell: Callable[[int, int], None] = lambda _, __: None,
    without: Collection[tuple[str, int]] = (),
) -> Refilled:
    """Bring back what is missing, as far as the stream goes; `tell` hears how many of how many messages are read.

    Messages `without` (by device and moment, ms) were taken back for good. Where no damage is known, all that the
    stream holds is written again. Raises StoreAway and StreamAway.
    """
    parts = await asyncio.to_thread(damage.found, store)
    await asyncio.to_thread(catalogue.refresh)
    check = Check(catalogue)
    raw = [part for part in parts if part.table == "observations"]
    months = {part.month for part in raw}
    messages, started = 0, datetime.now(UTC)
    before = await asyncio.to_thread(_count, store, started)
    rollup = Rollup(store, growing=True)
    try:
        if raw or not parts:
            messages = await _again(stream, store, check, rollup, months, tell, without)
        after = await asyncio.to_thread(_count, store, started)
        for part in parts:
            await asyncio.to_thread(_derive, store, rollup, check, part)
    finally:
        await asyncio.to_thread(rollup.close)
    since = await holds_since(stream, OBSERVATIONS)
    torn = {part.month for part in parts if part.table == "hourly"}
    back = {month: after[month] - before.get(month, 0) for month in after}
    left = []
    for part in raw:
        held = since is not None and _month(part.month)[0] >= since
        if not (held or _are_back(raw, part.month, back)) and (
            part.month in torn or await asyncio.to_thread(_missing, store, part.month) > 0
        ):
            left.append(part)
    await asyncio.to_thread(damage.settle, store, [part for part in parts if part not in left])
    return Refilled(messages, sum(back.values()), left)


async def _again(
    stream: Stream,
    store: Store,
    check: Check,
    rollup: Rollup,
    months: set[str],
    tell: Callable[[int, int], None],
    without: Collection[tuple[str, int]],
) -> int:
    """Write what the stream holds of these months, or of all if none is named; how many messages that were."""
    config = ConsumerConfig(ack_policy=AckPolicy.NONE, mem_storage=True, inactive_threshold=300)
    touched: list[pa.Table] = []
    done = 0
    try:
        info = await stream.context.add_consumer(OBSERVATIONS, config)
        reader = await stream.context.pull_subscribe_bind(consumer=info.name, stream=OBSERVATIONS)
        left = total = info.num_pending or 0
        while left > 0:
            try:
                told = await reader.fetch(min(left, AT_ONCE), timeout=5)
            except nats.errors.TimeoutError:
                break  # The oldest went meanwhile, as they do after a fortnight.
            left -= len(told)
            messages = (delivered(one)[0] for one in told)
            standing = [one for one in messages if (one.device, one.received // 1000) not in without]
            batch = read(standing, check)
            if months:
                batch = batches.only(batch, _within(batch.observations, months))
            batch = await asyncio.to_thread(batches.append, store, batch)
            touched.append(touched_by([batch.observations]))
            done += len(told)
            if done % ROLLED_UP < len(told):
                await asyncio.to_thread(rollup.compute, pa.concat_tables(touched), check.properties)
                touched = []
            tell(done, total)
        await reader.unsubscribe()
        await stream.context.delete_consumer(OBSERVATIONS, info.name)
    except (OSError, nats.errors.Error) as away:
        raise StreamAway(f"The stream does not answer: {away}") from away
    if touched and (rest := pa.concat_tables(touched)).num_rows:
        await asyncio.to_thread(rollup.compute, rest, check.properties)
    return done


def _within(observations: pa.Table, months: set[str]) -> pa.ChunkedArray:
    from pyarrow import compute as pc

    return pc.is_in(pc.strftime(observations["time"], "%Y%m"), pa.array(sorted(months)))


def _derive(store: Store, rollup: Rollup, check: Check, part: Damaged) -> None:
    """What a damaged part held that follows from the observations."""
    if part.table == "hourly":
        rollup.rebuild(*_month(part.month), check.properties)
    elif part.table == "daily":
        rollup.rebuild_days(*_month(part.month), check.properties)
    elif part.table == "latest":
        found = store.ask("SELECT DISTINCT toYYYYMM(time, 'UTC') AS month FROM observations ORDER BY month")
        for month in found["month"].to_pylist():
            store.command(NEWEST, month=month)


def _are_back(parts: Sequence[Damaged], month: str, back: Mapping[str, int]) -> bool:
    """Whether as many observations of a month came back as its damaged parts held."""
    rows = [part.rows for part in parts if part.month == month]
    return back.get(month, 0) >= sum(row or 0 for row in rows) and None not in rows


def _missing(store: Store, month: str) -> int:
    """How many observations the hours of a month were made of that are not there."""
    return int(store.ask(MISSING, month=int(month))["n"][0].as_py() or 0)


def _month(month: str) -> tuple[datetime, datetime]:
    year, number = int(month[:4]), int(month[4:])
    following = (year + number // 12, number % 12 + 1)
    return datetime(year, number, 1, tzinfo=UTC), datetime(*following, 1, tzinfo=UTC)


def _count(store: Store, before: datetime) -> dict[str, int]:
    """How many observations each month has, of those received before: what devices say meanwhile does not count."""
    found = store.ask(
        "SELECT toString(toYYYYMM(time, 'UTC')) AS month, count() AS n FROM observations FINAL "
        "WHERE received < fromUnixTimestamp64Milli({before:Int64}, 'UTC') GROUP BY month",
        before=int(before.timestamp() * 1000),
    )
    return {row["month"]: row["n"] for row in found.to_pylist()}
