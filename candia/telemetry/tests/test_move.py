"""A store of a version before is moved to another key with all that it holds, however often that is broken off."""

import secrets

import pytest

from candia.telemetry import move
from candia.telemetry.rollup import record
from candia.telemetry.store import Store
from candia.telemetry.tests.conftest import QUALIFIED
from candia.telemetry.tests.test_exactly_once import START, seen, told

OLD = ["0001_observations", "0002_position_and_damage"]
HOURS = "property, hour, entity, count, numbers, sum, min, max, first, last, first_time, last_time, increase, fresh, last_state, computed"  # noqa: E501


class Dies(Exception):
    """What a process that is killed would say if it could."""


class Mortal(Store):
    """A store whose process is killed before it gives so many orders, or just after the last of them."""

    left, after = 0, False

    def command(self, sql, **told):
        if not self.left and not self.after:
            raise Dies
        super().command(sql, **told)
        if not self.left:
            raise Dies
        self.left -= 1


@pytest.fixture
def old(engines, store):
    """A store of the version before, in a database of its own."""
    name = f"before_{secrets.token_hex(4)}"
    store.command(f"CREATE DATABASE {name}")
    one = Mortal(engines.config.telemetry_url.rpartition("/")[0] + "/" + name)
    one.left = 1000
    one.prepare(only=OLD)
    one.name = name
    yield one
    one.close()
    store.command(f"DROP DATABASE {name}")


def filled(store, old, entity):
    """Readings of two months, some hours of which hold several or none, in both stores."""
    readings = [(minute, minute // 7 % 999, None) for minute in (*range(0, 300, 7), *range(300, 4000, 60))]
    record(store, [seen(entity, one) for one in readings], QUALIFIED, START)
    states = [seen(entity, (200 + 60 * day * 24, 5, "exchange")) for day in range(3, 8)]
    record(store, states, QUALIFIED, START)
    of = f"FROM candia.{{}} FINAL WHERE entity = '{entity}'"
    old.command(f"INSERT INTO observations SELECT * {of.format('observations')}")
    old.command(f"INSERT INTO hourly ({HOURS}) SELECT {HOURS} {of.format('hourly')}")


def all_of(store, entity):
    """Every column of every row, as a question sees it."""
    of = "FROM {} FINAL WHERE entity = '" + entity + "' ORDER BY ALL"
    wanted = {"observations": "*", "hourly": HOURS, "latest": "*"}
    return [
        store.ask(f"SELECT {columns} {of.format(table)}").to_pylist() for table, columns in wanted.items()
    ]


def test_a_store_is_moved_with_all_its_rows_wherever_it_is_killed(store, old, name, monkeypatch):
    monkeypatch.setattr(move, "ROWS", 30)
    entity = name("moved")
    filled(store, old, entity)
    whole = all_of(store, entity)
    assert {row["time"].month for row in whole[0]} == {3, 4}
    deaths = 0
    for allowed in range(100):
        old.left, old.after = allowed // 2, bool(allowed % 2)
        try:
            old.prepare()
        except Dies:
            deaths += 1
        else:
            break
    assert deaths > 8
    assert all_of(old, entity) == whole
    assert told(old, entity) == told(store, entity)
    assert not [table for table in old.ask("SHOW TABLES")["name"].to_pylist() if "by_" in table]
    # What comes now is stored and found as anywhere.
    record(old, [seen(entity, (4100, 7, None))], QUALIFIED, START)
    assert told(old, entity)[-1][0]["value"] in {5.0, 7.0}


def test_what_can_not_be_read_is_left_and_told_of(store, old, name):
    from candia.telemetry import damage

    entity = name("torn")
    filled(store, old, entity)
    part = old.ask("SELECT name FROM system.parts WHERE active AND table = 'observations' AND "
                   "database = currentDatabase() LIMIT 1")["name"][0].as_py()  # fmt: skip
    old.command(f"ALTER TABLE observations DETACH PART '{part}'")
    before = damage.found(old)
    old.prepare()
    assert damage.found(old) == before
    assert [one.table for one in before] == ["observations"]
    damage.settle(old, before)
    assert damage.found(old) == []
