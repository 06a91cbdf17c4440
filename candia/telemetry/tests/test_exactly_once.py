"""Whatever happens on the way, the same rows and the same hours come out as after one clean delivery."""

import asyncio
import json
import secrets
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from candia.telemetry import questions
from candia.telemetry.catalogue import FixedCatalogue
from candia.telemetry.formats import senml
from candia.telemetry.ingest import Ingest
from candia.telemetry.observation import Observation
from candia.telemetry.rollup import Rollup, record, touched_by
from candia.telemetry.store import Store, columns
from candia.telemetry.stream import Stream
from candia.telemetry.tests.conftest import PROPERTIES, QUALIFIED, until
from tests.engines import own

ATHENS = ZoneInfo("Europe/Athens")
START = datetime(2026, 3, 28, 20, tzinfo=UTC)  # the night on which Athens' clocks go forward
MINUTE = 60_000

# A moment in minutes after the start, over three days, and an index that may fall.
readings = st.lists(
    st.tuples(st.integers(0, 3 * 1440), st.integers(0, 999), st.sampled_from([None, None, None, "exchange"])),
    min_size=1,
    max_size=25,
    unique_by=lambda reading: reading[0],
)


def seen(entity, reading):
    minute, value, state = reading
    return Observation(
        entity, "water.index", int(START.timestamp() * 1000) + minute * MINUTE, float(value), state
    )


def told(store, entity):
    """Everything that the store says of an entity."""
    end = START + timedelta(days=4)
    asked = (entity, "water.index", START - timedelta(days=1), end)
    return [
        questions.series(store, *asked).to_pylist(),
        questions.series(store, *asked, every="hour").to_pylist(),
        questions.series(store, *asked, every="day", zone=ATHENS).to_pylist(),
        questions.consumption(store, *asked, every="day", zone=ATHENS, rollover=1000).to_pylist(),
        questions.latest(store, "water.index", [entity]).drop_columns(["entity"]).to_pylist(),
    ]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(delivered=readings, data=st.data())
def test_doubled_shuffled_and_late_batches_give_the_same(store, delivered, data):
    mark = secrets.token_hex(4)
    clean, troubled = f"water.meter:{mark}-clean", f"water.meter:{mark}-troubled"
    record(store, [seen(clean, reading) for reading in delivered], QUALIFIED, START)
    again = data.draw(st.lists(st.sampled_from(delivered), max_size=10))
    order = data.draw(st.permutations([*delivered, *again]))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(order)), max_size=4)))
    rollup = Rollup(store)
    for number, (start, end) in enumerate(zip([0, *cuts], [*cuts, len(order)], strict=True)):
        batch = columns([seen(troubled, reading) for reading in order[start:end]], 1_000_000 + number)
        if batch.num_rows:
            store.append(batch)
            rollup.compute(touched_by([batch]), QUALIFIED)
    rollup.close()
    assert told(store, troubled) == told(store, clean)


def by_hand(delivered):
    """What an index rose by, told by the rules in plain Python."""
    risen = 0.0
    ordered = sorted(delivered)
    for (_, before, _), (_, after, state) in pairwise(ordered):
        difference = after - before
        if state != "exchange":
            risen += difference if difference >= 0 else difference + 1000 if difference < -500 else 0
    return risen


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(delivered=readings)
def test_a_counter_rises_by_its_differences_rollovers_and_exchanges(store, delivered):
    entity = f"water.meter:{secrets.token_hex(4)}"
    record(store, [seen(entity, reading) for reading in delivered], QUALIFIED, START)
    for every in ("hour", "day", "month"):
        answer = questions.consumption(
            store, entity, "water.index", START, START + timedelta(days=4), every, ATHENS, rollover=1000
        )
        assert sum(answer["value"].to_pylist()) == pytest.approx(by_hand(delivered))


@pytest.fixture
async def ingest(engines, store, stream):
    """The pipeline, taking all that the tests' devices say; `restart` begins it anew as after a crash."""
    running = []

    async def start(**speakers):
        catalogue = FixedCatalogue(PROPERTIES, Everything(), speakers)
        mine = Stream(stream.client, 1)
        one = Ingest(Store(engines.config.telemetry_url), mine, catalogue)
        running.append(asyncio.create_task(one.run()))
        return one

    async def stop():
        while running:
            await own.end(running.pop())

    start.stop = stop
    yield start
    await stop()


class Everything(frozenset):
    """Every entity is known, save those that are called unknown."""

    def __contains__(self, id):
        return "unknown" not in id


async def test_through_the_stream_with_restarts_doubles_and_lateness(ingest, stream, store, name):
    # Of long ago: the stream dates what comes by a clock of its own, and nothing may lie ahead of it.
    last_read = datetime.now(UTC) - timedelta(days=730)
    now = int(last_read.timestamp() * 1000)
    meters = [name(number) for number in range(20)]
    sent = [
        Observation(meter, "water.flow", now - minutes * MINUTE, float(minutes + 1))
        for meter in meters
        for minutes in range(0, 60 * 72, 37)
    ]
    packs = [senml.encode_json(sent[start : start + 100]) for start in range(0, len(sent), 100)]
    await ingest()
    await asyncio.gather(*(stream.publish("gateway", pack) for pack in packs[::2]))
    await ingest.stop()
    await asyncio.gather(*(stream.publish("gateway", pack) for pack in reversed(packs)))
    one = await ingest()
    await asyncio.gather(*(stream.publish("gateway", pack) for pack in packs[::3]))
    last = await stream.publish("gateway", senml.encode_json([sent[0]]))

    await until(lambda: one.counters.acknowledged >= last)
    expected = defaultdict(list)
    for observation in sent:
        expected[observation.entity].append((observation.time, observation.value))
    since, end = last_read - timedelta(days=4), last_read + timedelta(hours=1)
    for meter in meters:
        raw = questions.series(store, meter, "water.flow", since, end)
        rows = [(round(row["time"].timestamp() * 1000), row["value"]) for row in raw.to_pylist()]
        assert rows == sorted(expected[meter])
        hours = questions.series(store, meter, "water.flow", since, end, "hour")
        assert sum(hours["count"].to_pylist()) == len(rows)
        assert sum(hours["sum"].to_pylist()) == pytest.approx(sum(value for _, value in rows))


async def test_what_is_refused_can_be_replayed_after_a_fix_with_its_own_time(ingest, stream, store, name):
    from candia.telemetry import deadletters

    device = f"d-{secrets.token_hex(4)}"
    meter = name("unknown")
    await ingest()
    first = await stream.publish(device, json.dumps({"entity": meter, "flow": 5}).encode())
    await stream.publish(device, b"no format at all")

    async def buried(count):
        async def look():
            return [letter async for letter in deadletters.letters(stream, device)]

        while len(found := await look()) < count:  # noqa: ASYNC110 — the stream has no event to wait for
            await asyncio.sleep(0.05)
        return found

    unknown, unreadable = await asyncio.wait_for(buried(2), 15)
    assert "no entity" in unknown.reason
    assert "first row lacks" in unreadable.reason
    assert unreadable.payload == b"no format at all"
    await ingest.stop()

    Everything.__contains__ = lambda _, known: True  # the entity was loaded
    try:
        await ingest()
        assert await deadletters.replay(stream, device, "no entity") == 1
        row = (await until(lambda: questions.latest(store, "water.flow", [meter]).to_pylist()))[0]
    finally:
        Everything.__contains__ = lambda _, known: "unknown" not in known
    assert first
    assert row["value"] == 5
    assert round(row["time"].timestamp() * 1000) == unknown.received
    assert [letter.number async for letter in deadletters.letters(stream, device)] == [unreadable.number]


async def test_a_device_speaks_only_for_its_own(ingest, stream, store, name):
    from candia.telemetry import deadletters

    device, mine, yours = f"d-{secrets.token_hex(4)}", name("mine"), name("yours")
    one = await ingest(**{device: {mine}})
    await stream.publish(device, json.dumps({"flow": 1}).encode())
    await stream.publish(
        device, json.dumps([{"n": f"{yours}/flow", "v": 2}, {"n": "flow", "v": 3, "t": -9}]).encode()
    )
    await until(lambda: one.counters.dead >= 1)
    assert questions.latest(store, "water.flow", [yours]).num_rows == 0
    # What names no time is as of when the stream took it, and the stream has a clock of its own.
    long = timedelta(days=3650)
    raw = questions.series(store, mine, "water.flow", datetime.now(UTC) - long, datetime.now(UTC) + long)
    assert sorted(raw["value"].to_pylist()) == [1, 3]
    (letter,) = [letter async for letter in deadletters.letters(stream, device)]
    assert f"may not speak for {yours}" in letter.reason
