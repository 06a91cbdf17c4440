"""A bad day in short: blows, nonsense and hostile requests at one small city; `make soak` has the long forms."""

import random
import time
from pathlib import Path

import pytest

from tests.engines_once import wait_for
from tests.soak import asking, cuts, messages
from tests.soak.blows import Load, hang_briefly, hang_for_good, kill, speaking
from tests.soak.city import failures, running
from tests.soak.memory import Memory
from tests.soak.nonsense import Nonsense

LOAD = Load(rate=800, packs=2, devices=20, gateways=2)


@pytest.fixture(scope="module")
def city():
    with running(devices=LOAD.devices, gateways=LOAD.gateways, talkers=4, sessions=1) as city:
        yield city


def test_nothing_acknowledged_is_lost_or_doubled_while_parts_are_killed_and_hang(city):
    chance = random.Random(6)
    with speaking(city, LOAD) as spoken:
        for name in ("nats", "ingest", "clickhouse", "web"):
            kill(city, name, chance)
        for name in ("ingest", "postgres"):
            hang_briefly(city, name, chance)
        assert hang_for_good(city, "nats")
        said = spoken.end(settle=False)
        balance = spoken.balance()
    assert said["owed"] == 0
    assert balance.acknowledged > 1000
    assert balance.good, balance


def test_three_thousand_messages_of_nonsense_stop_nothing(city):
    before = city.restarts()
    with speaking(city, Load(rate=100, packs=1), days=30) as spoken:
        messages.talk(city, 3000, Nonsense(6), 3000, Memory(city, ("ingest",)))
        spoken.end(settle=False)
        balance = spoken.balance()
    assert balance.acknowledged
    assert balance.good, balance
    assert (city.restarts() - before, failures(city)) == (0, 0)


def test_a_torn_store_heals_by_itself_while_five_hundred_hostile_requests_are_answered(city):
    before, found = city.restarts(), asking.Found()
    with speaking(city, Load(rate=100, packs=1), days=60) as spoken:
        wait_for(lambda: len(parts(city)) > 0)
        time.sleep(3)
        spoken.end()
        torn = parts(city)[0]
        cuts.tear(torn)
        asking.ask(city, asking.routes(city), 500, 6, found)
        city.wait_until_whole()
        balance = spoken.balance()
    assert torn not in parts(city)
    assert balance.acknowledged
    assert balance.good, balance
    assert not found.broken
    assert not found.unanswered
    assert sum(found.statuses.values()) >= 500
    assert city.restarts() == before


def parts(city):
    """The folders of the observations' parts, the largest first."""
    found = city.store().ask(
        "SELECT path FROM system.parts WHERE active AND table = 'observations' ORDER BY rows DESC"
    )
    return [Path(path) for path in found["path"].to_pylist()]
