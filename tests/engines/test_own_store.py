"""A store and a stream damaged for real: what is gone is said, and what the stream holds is brought back."""

import asyncio
import os
import signal
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest
from clickhouse_connect.driver.exceptions import DatabaseError

from candia.telemetry import damage, deadletters, position
from candia.telemetry import ingest as ingesting
from candia.telemetry import refill as refilling
from candia.telemetry.catalogue import FixedCatalogue
from candia.telemetry.formats import senml
from candia.telemetry.newest import Cut
from candia.telemetry.observation import Observation
from candia.telemetry.store import Store, StoreAway
from candia.telemetry.stream import OBSERVATIONS
from tests.engines.own import PROPERTIES, Everything, Own
from tests.engines_once import wait_for

MINUTE = 60_000


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    own = Own(tmp_path_factory.mktemp("own"))
    yield own
    own.close()


@pytest.fixture
def own(home, monkeypatch):
    """Anew for each test: an empty stream and an empty store."""
    monkeypatch.setattr(ingesting, "SOONEST", 0.05)
    home.store.close()
    for table in ("observations", "hourly", "latest", "position"):
        home.store.command(f"TRUNCATE TABLE {table}")
    damage.settle(home.store, damage.found(home.store))
    for name in home.standing():
        home.conditions.clear(name)
    home.newest.settle(Cut(0, 0))

    async def empty():
        async with home.stream() as stream:
            for name in ("OBSERVATIONS", "DEADLETTERS"):
                await stream.context.delete_stream(name)
            await stream.prepare()

    asyncio.run(empty())
    return home


catalogue = FixedCatalogue(PROPERTIES, Everything())


def readings(first, last):
    """A minute's reading of each of ten meters, from one minute of a day to another; a pack for each minute."""
    noon = int(datetime.now(UTC).timestamp()) // 3600 * 3600 * 1000 - 48 * 60 * MINUTE
    for minute in range(first, last):
        moment = noon + minute * MINUTE
        yield senml.encode_json(
            [
                Observation(f"water.meter:{n}", "water.index", moment, float(minute * 10 + n))
                for n in range(10)
            ]
        )


async def take_in(own, packs):
    """Send them, and wait until ingest is done with them."""
    async with own.stream() as stream, own.ingest(stream, catalogue) as one:
        last = 0
        for pack in packs:
            last = await stream.publish("gateway", pack)
        await asyncio.to_thread(wait_for, lambda: one.counters.acknowledged >= last, 40)
        # Until the acknowledgement itself has gone out.
        await stream.client.flush()
    return last


def told(own):
    """All that is stored, once each, and the hours made of it."""
    raw = own.store.ask(
        "SELECT property, entity, time, value FROM observations FINAL ORDER BY ALL"
    ).to_pylist()
    hours = own.store.ask(
        "SELECT property, hour, entity, count, sum, increase FROM hourly FINAL ORDER BY ALL"
    ).to_pylist()
    newest = own.store.ask("SELECT entity, time, value FROM latest FINAL ORDER BY ALL").to_pylist()
    return raw, hours, newest


def parts(own, table):
    """The folders of a table's parts, the largest first."""
    found = own.store.ask(
        "SELECT path, rows FROM system.parts WHERE active AND table = {table:String} ORDER BY rows DESC",
        table=table,
    )
    return [row["path"] for row in found.to_pylist()]


def cut(folder):
    """Cut a file of a part's columns in two, as a power cut or a bad sector does."""
    file = max(Path(folder).iterdir(), key=lambda file: file.stat().st_size)
    os.truncate(file, file.stat().st_size // 2)


async def refill(own, without=()):
    async with own.stream() as stream:
        return await refilling.refill(stream, own.store, catalogue, without=without)


@pytest.mark.parametrize("tables", [["observations", "latest"], ["observations", "hourly"]])
def test_what_a_damaged_part_held_comes_back_from_the_stream_once_each(own, tables):
    asyncio.run(take_in(own, [*readings(0, 200), b"no format at all"]))
    whole = told(own)
    for table in tables:
        cut(parts(own, table)[0])
    own.stop("clickhouse")
    own.start("clickhouse")
    own.store.close()
    assert told(own) != whole

    found = damage.found(own.store)
    damage.report(own.conditions, found)
    facts = own.standing()["store_damaged"]
    assert facts["tables"] == ", ".join(sorted(tables))
    assert facts["rows"] > 0

    async def both():
        # The city goes on meanwhile.
        _last, done = await asyncio.gather(take_in(own, readings(200, 230)), refill(own))
        async with own.stream() as stream:
            return done, [letter async for letter in deadletters.letters(stream)]

    done, letters = asyncio.run(both())
    assert done.left == []
    assert len(letters) == 1
    asyncio.run(refill(own))
    raw, hours, newest = told(own)
    assert len(raw) == len({(row["entity"], row["time"]) for row in raw}) == 2300
    assert all(row in raw for row in whole[0])
    assert sum(hour["count"] for hour in hours) == 2300
    assert {row["value"] for row in newest} == {2290.0 + number for number in range(10)}
    assert damage.found(own.store) == []


def test_what_was_taken_back_for_good_is_not_brought_back(own):
    asyncio.run(take_in(own, readings(0, 20)))
    whole, _hours, _newest = told(own)
    asked = "SELECT min(toUnixTimestamp64Milli(received)) AS moment FROM observations"
    moment = own.store.ask(asked)["moment"][0].as_py()
    gone = own.store.ask(
        "SELECT count() AS n FROM observations WHERE toUnixTimestamp64Milli(received) = {moment:Int64}",
        moment=moment,
    )["n"][0].as_py()
    own.store.command("TRUNCATE TABLE observations")

    asyncio.run(refill(own, {("gateway", moment), ("another", moment + 1)}))

    assert len(told(own)[0]) == len(whole) - gone


def test_damage_done_while_the_store_runs_is_found_and_the_rest_is_served(own):
    asyncio.run(take_in(own, readings(0, 60)))
    asyncio.run(take_in(own, readings(60, 70)))
    whole = told(own)
    before = damage.errors(own.store)
    cut(parts(own, "observations")[0])
    own.store.close()
    with pytest.raises((DatabaseError, pa.ArrowInvalid)):
        own.store.ask("SELECT sum(value) FROM observations")
    assert damage.errors(own.store) > before

    (gone,) = damage.set_aside(own.store)

    assert gone.startswith("observations/")
    assert damage.set_aside(own.store) == []
    assert 0 < len(told(own)[0]) < len(whole[0])
    assert [part.table for part in damage.found(own.store)] == ["observations"]
    done = asyncio.run(refill(own))
    assert (done.left, told(own)) == ([], whole)


def test_what_the_stream_holds_no_more_is_not_called_refilled(own):
    asyncio.run(take_in(own, readings(0, 60)))
    whole = told(own)
    cut(parts(own, "observations")[0])
    own.store.close()
    damage.set_aside(own.store)

    async def forget():
        async with own.stream() as stream:
            await stream.context.purge_stream(OBSERVATIONS, keep=10)

    asyncio.run(forget())
    done = asyncio.run(refill(own))

    assert [part.table for part in done.left] == ["observations"]
    assert damage.found(own.store) == list(done.left)
    # An hour of which some readings are gone keeps the total that it had.
    assert told(own)[1] == whole[1]
    damage.settle(own.store, done.left)
    assert damage.found(own.store) == []


def blocks(own):
    return own.home / "nats" / "jetstream" / "CITY" / "streams" / "OBSERVATIONS" / "msgs"


async def last(own):
    async with own.stream() as stream:
        return (await stream.context.stream_info(OBSERVATIONS)).state.last_seq


def lose_tail(own, share=0.5):
    """A power cut: the end of the last block and the index never reached the disk."""
    own.kill("nats")
    newest = max(blocks(own).glob("*.blk"), key=lambda file: int(file.stem))
    os.truncate(newest, int(newest.stat().st_size * share))
    for index in blocks(own).glob("index.db"):
        index.unlink()
    own.start("nats")


@pytest.mark.parametrize("come_first", [0, 300], ids=["ingest is first", "devices are first"])
def test_new_readings_are_stored_where_a_stream_that_lost_its_tail_numbers_them_anew(own, come_first):
    stored = asyncio.run(take_in(own, readings(0, 200)))
    lose_tail(own)
    after = asyncio.run(last(own))
    assert 0 < after < stored

    async def come(packs):
        async with own.stream() as stream:
            for pack in packs:
                await stream.publish("gateway", pack)

    asyncio.run(come(readings(200, 200 + come_first)))
    asyncio.run(take_in(own, readings(200 + come_first, 220 + come_first)))

    rows = told(own)[0]
    assert len(rows) == (220 + come_first) * 10
    facts = own.standing()["stream_lost_messages"]
    # What was stored is noted once a second, so some that are not gone may be counted among those.
    assert facts["first"] <= after + 1
    assert facts["last"] >= stored
    # Said once; the next start finds nothing wrong.
    own.conditions.clear("stream_lost_messages")
    asyncio.run(take_in(own, readings(220 + come_first, 221 + come_first)))
    assert own.standing() == {}


@pytest.mark.parametrize("come_first", [0, 300], ids=["ingest is first", "devices are first"])
def test_what_nobody_had_read_when_the_stream_lost_it_is_told_as_well(own, come_first):
    stored = asyncio.run(take_in(own, readings(0, 20)))

    async def come(packs):
        async with own.stream() as stream:
            for pack in packs:
                await stream.publish("gateway", pack)

    asyncio.run(come(readings(20, 200)))
    # As the gateway does each second, whatever becomes of ingest.
    own.newest.seen(asyncio.run(last(own)))
    lose_tail(own, share=0.9)
    left = asyncio.run(last(own))
    own.newest.seen(left)
    assert stored < left < 200, "The cut took only what ingest had never seen."

    asyncio.run(come(readings(200, 200 + come_first)))
    asyncio.run(take_in(own, readings(500, 510)))

    facts = own.standing()["stream_lost_messages"]
    assert (facts["first"], facts["last"]) == (left + 1, 200)
    assert len(told(own)[0]) == (left + 10 + come_first) * 10
    own.conditions.clear("stream_lost_messages")
    own.newest.seen(asyncio.run(last(own)))
    asyncio.run(take_in(own, readings(510, 511)))
    assert own.standing() == {}


def test_hours_are_right_where_readings_were_stored_and_their_messages_are_gone(own, monkeypatch):
    stored = asyncio.run(take_in(own, readings(0, 20)))

    async def append_only():
        monkeypatch.setattr(ingesting, "SOONEST", 3600.0)
        async with own.stream() as stream, own.ingest(stream, catalogue) as one:
            for pack in readings(20, 200):
                last = await stream.publish("gateway", pack)
            await asyncio.to_thread(wait_for, lambda: one.counters.stored >= last, 40)

    asyncio.run(append_only())
    monkeypatch.setattr(ingesting, "SOONEST", 0.05)
    own.newest.seen(asyncio.run(last(own)))
    lose_tail(own, share=0.3)
    assert asyncio.run(last(own)) < 200
    assert stored == 20

    asyncio.run(take_in(own, readings(500, 501)))

    rows, hours, _newest = told(own)
    assert len(rows) == 201 * 10
    assert sum(hour["count"] for hour in hours) == len(rows)


def test_messages_that_were_never_taken_and_are_gone_are_told(own):
    asyncio.run(take_in(own, readings(0, 20)))

    async def more():
        async with own.stream() as stream:
            for pack in readings(20, 400):
                await stream.publish("gateway", pack)
            await stream.context.purge_stream(OBSERVATIONS, keep=100)

    asyncio.run(more())
    asyncio.run(take_in(own, readings(400, 401)))
    facts = own.standing()["stream_lost_messages"]
    assert (facts["first"], facts["last"]) == (21, 300)


@pytest.mark.parametrize(
    "remade", [True, False], ids=["stream made anew", "store brought back from yesterday"]
)
def test_the_store_itself_says_from_where_it_must_be_filled(own, remade):
    asyncio.run(take_in(own, readings(0, 20)))
    kept = position.known(own.store, OBSERVATIONS)
    asyncio.run(take_in(own, [*readings(20, 40), b"no format at all"]))
    whole = told(own)
    if remade:

        async def anew():
            async with own.stream() as stream:
                await stream.context.delete_stream(OBSERVATIONS)
                await stream.prepare()

        asyncio.run(anew())
    else:
        for table in ("observations", "hourly", "latest", "position"):
            own.store.command(f"TRUNCATE TABLE {table}")
        for one in kept:
            position._write(own.store, OBSERVATIONS, one)
    asyncio.run(take_in(own, readings(40, 45)))

    async def letters():
        async with own.stream() as stream:
            return await deadletters.count(stream)

    rows = told(own)[0]
    assert len(rows) == (450 if remade else 250)
    assert all(row in whole[0] or row["value"] >= 400 for row in rows)
    assert asyncio.run(letters()) == 1
    assert bool(own.standing()) == remade


def test_questions_that_nobody_waits_for_any_more_keep_nobody_waiting(own):
    """Eight of them held every thread of the store's host, which still answered its ping; all else stood still."""
    endless = "SELECT count() FROM numbers(1000000000000) WHERE sipHash64(number) = 1"
    hasty = Store(own.config.telemetry_url, patience=1)

    def ask():
        with pytest.raises(StoreAway):
            hasty.ask(endless)

    askers = [threading.Thread(target=ask) for _ in range(10)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join(30)
    hasty.close()
    assert own.store.ask("SELECT 1 AS one")["one"].to_pylist() == [1]


def test_a_host_that_hangs_and_is_replaced_answers_whoever_asks_again(own):
    patient = Store(own.config.telemetry_url, patience=60)
    patient.ask("SELECT 1 AS one")
    own.signal("clickhouse", signal.SIGSTOP)
    failed = []

    def ask():
        try:
            patient.ask("SELECT 1 AS one")
        except StoreAway as away:
            failed.append(away)

    asker = threading.Thread(target=ask)
    asker.start()
    began = time.monotonic()
    own.kill("clickhouse")
    asker.join(30)
    # The end of the process is noticed at once, and not when patience is over.
    assert failed
    assert time.monotonic() - began < 30
    own.start("clickhouse")
    assert patient.ask("SELECT 1 AS one").num_rows == 1
    patient.close()
    own.store.close()
