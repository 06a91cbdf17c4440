"""Only what was never reached before is progress, and a clock that goes back changes nothing."""

import asyncio
import json
import secrets
import time
from datetime import UTC, datetime

import pytest

from candia.telemetry import ingest as ingesting
from candia.telemetry import progress
from candia.telemetry.catalogue import FixedCatalogue
from candia.telemetry.ingest import Ingest
from candia.telemetry.observation import Observation
from candia.telemetry.progress import Progress, Watch
from candia.telemetry.rollup import Rollup, record, touched_by
from candia.telemetry.store import Store, columns
from candia.telemetry.tests.conftest import PROPERTIES, QUALIFIED, until
from tests.engines.own import end

MINUTE = 60


def seen(last, stored, acknowledged):
    return Progress(1, last, None, stored, acknowledged, None)


def alarms(*story):
    """After which minutes there is an alarm; a minute is (last, stored, acknowledged)."""
    watch = Watch()
    return [
        minute for minute, told in enumerate(story) if watch.stalled(seen(*told), 1000.0 + minute * MINUTE)
    ]


def test_an_ingest_that_stores_is_no_alarm_however_far_behind_it_is():
    assert alarms(*[(10**6 + n * 1000, n, n) for n in range(10)]) == []


def test_an_idle_stream_is_no_alarm():
    assert alarms(*[(5, 5, 5)] * 20) == []


def test_one_that_stands_still_while_messages_wait_is_an_alarm_that_ends_by_itself():
    assert alarms((5, 5, 5), (9, 5, 5), (12, 5, 5), (15, 5, 5), (15, 15, 15), (15, 15, 15)) == [1, 2, 3]


def test_one_that_fails_again_and_again_at_the_same_place_is_an_alarm():
    # Each time it begins anew it stores the same once more.
    tries = [(1000, 400 if n % 2 else 300, 200) for n in range(8)]
    assert alarms(*tries) == [2, 3, 4, 5, 6, 7]


def test_hours_that_are_never_computed_are_an_alarm_later():
    assert alarms(*[(1000 + n, 1000 + n, 10) for n in range(20)])[0] == 15


def test_a_store_that_was_brought_back_and_is_filled_again_is_no_alarm():
    assert alarms((1000, 1000, 1000), *[(1000 + n, 100 + n, 100 + n) for n in range(8)]) == []


class Growing(FixedCatalogue):
    """A city that gets to know its entities when it is read."""

    def refresh(self):
        self.entities = set(self.loaded)


@pytest.mark.parametrize("back", [0, 86400])
async def test_a_new_meter_is_known_at_once_though_the_clock_went_back_a_day(
    engines, store, stream, name, monkeypatch, back
):
    device, meter = f"d-{secrets.token_hex(4)}", name("new")
    city = Growing(PROPERTIES, set())
    city.loaded = set()
    # The first reading of the catalogue is a day ahead of every message that comes.
    monkeypatch.setattr(ingesting.time, "time", lambda real=time.time: real() + back)
    one = Ingest(Store(engines.config.telemetry_url), stream, city)
    running = asyncio.create_task(one.run())
    first = await stream.publish(device, json.dumps({"entity": name("unknown"), "flow": 1}).encode())
    await until(lambda: one.counters.acknowledged >= first)
    monkeypatch.undo()
    city.loaded = {meter}
    last = await stream.publish(device, json.dumps({"entity": meter, "flow": 5}).encode())
    await until(lambda: one.counters.acknowledged >= last)
    await end(running)
    found = store.ask("SELECT value FROM observations FINAL WHERE entity = {one:String}", one=meter)
    assert found["value"].to_pylist() == [5]


def test_an_hour_computed_after_the_clock_went_back_replaces_the_one_before(store, name):
    meter, hour = name("clock"), 1_790_000_000_000 // 3_600_000 * 3_600_000
    record(store, [Observation(meter, "water.flow", hour, 1.0)], QUALIFIED, datetime.now(UTC))
    # As if it had been computed tomorrow.
    store.command(
        "INSERT INTO hourly SELECT * REPLACE (computed + INTERVAL 1 DAY AS computed) FROM hourly FINAL "
        "WHERE entity = {one:String}",
        one=meter,
    )
    rollup = Rollup(store)
    batch = columns([Observation(meter, "water.flow", hour + 1000, 2.0)], 1)
    store.append(batch)
    rollup.compute(touched_by([batch]), QUALIFIED)
    rollup.close()
    found = store.ask("SELECT count, sum FROM hourly FINAL WHERE entity = {one:String}", one=meter)
    store.command("ALTER TABLE hourly DELETE WHERE entity = {one:String}", one=meter)
    assert found.to_pylist() == [{"count": 2, "sum": 3.0}]


async def test_what_waits_is_told_by_the_stream_where_no_ingest_runs(stream):
    before = await progress.look(stream)
    await stream.publish("nobody", b"{}")
    now = await progress.look(stream)
    assert (now.last, now.told) == (before.last + 1, None)
    assert now.behind >= 1
    assert now.since is not None
