"""When a backup is due, which ones stay, what is told of them, and that its slices leave nothing out."""

import io
import json
import tarfile
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from candia.backup import folders, manifest, retention, wal
from candia.backup.errors import BackupFailed
from candia.backup.observations import KEPT, MADE, slices
from candia.backup.retention import Desk, Last, due, judge, kept, tidy
from candia.backup.storage import Storage
from candia.conditions import Conditions
from candia.config import Config, sample_city
from tests.engines_once import free_port

ATHENS = ZoneInfo("Europe/Athens")
SPRING, AUTUMN = datetime(2026, 3, 25), datetime(2026, 11, 1)  # noqa: DTZ001 — hypothesis adds the zone
few = hypothesis.settings(max_examples=25, deadline=None)
days = st.dates(date(2020, 1, 1), date(2035, 1, 1))


def began(moment, **more):
    return Last(began=moment.timestamp(), tried=moment.timestamp(), **more)


# The hour of the night may be left out (29 March 2026) or strike twice (25 October 2026).
@few
@given(st.datetimes(SPRING, AUTUMN), st.sampled_from(["03:30", "02:00", "00:00"]))
def test_each_day_has_one_backup_through_both_changes_of_summer_time(start, at):
    now, last, made = start.replace(tzinfo=UTC), Last(), []
    for _ in range(5 * 24 * 2):
        if due(last, now, at, ATHENS):
            last = began(now)
            made.append(now)
        now += timedelta(minutes=30)
    apart = [after - before for before, after in pairwise(made[1:])]
    assert 5 <= len(made) <= 6
    assert all(timedelta(hours=22) < gap < timedelta(hours=26) for gap in apart)


def test_a_failed_one_is_tried_again_each_hour_and_a_missed_night_is_made_up_for():
    night = datetime(2026, 11, 27, 1, 31, tzinfo=UTC)
    failed = replace(began(night - timedelta(days=1)), tried=night.timestamp(), wrong="away")
    assert not due(failed, night + timedelta(minutes=59), "03:30", ATHENS)
    assert due(failed, night + timedelta(minutes=60), "03:30", ATHENS)
    assert due(began(night - timedelta(days=1)), night + timedelta(hours=9), "03:30", ATHENS)


def test_a_clock_that_was_years_ahead_does_not_end_backups():
    now = datetime(2026, 11, 27, 12, tzinfo=UTC)
    assert due(began(now + timedelta(days=3000)), now, "03:30", ATHENS)


@few
@given(st.sets(days, min_size=1, max_size=40), st.integers(1, 9), st.integers(0, 6))
def test_the_last_of_each_day_and_week_stay_and_the_newest_always(made, daily, weekly):
    names = [f"{day}T0130{second:02}Z" for day in made for second in (0, 30)]
    stay = kept(names, f"{daily}d,{weekly}w")
    assert max(names) in stay
    assert len(stay) <= daily + weekly
    assert stay >= set(sorted(name for name in names if name.endswith("30Z"))[-daily:])


def test_what_has_served_and_what_was_cut_off_is_removed(tmp_path):
    now = datetime(2026, 11, 27, 12, tzinfo=UTC)
    storage = Storage.at(str(tmp_path), {})
    for day in range(10):
        with storage.below((now - timedelta(days=day)).strftime(manifest.STAMP)).write(manifest.NAME) as out:
            out.write(b"{}")
    for name in ("2026-11-20T010000Z", "2026-11-27T110000Z", "mine"):
        with storage.below(name).write("records.dump") as out:
            out.write(b"half")
    tidy(storage, "3d", now)
    left = [f"2026-11-{day}T120000Z" for day in (25, 26, 27)]
    assert manifest.whole(storage) == left
    assert storage.folders() == sorted([*left, "2026-11-27T110000Z", "mine"])


def test_the_log_is_kept_from_the_oldest_backup_on(tmp_path):
    storage = Storage.at(str(tmp_path), {})
    for name, first in (
        ("2026-11-26T013000Z", "00000001000000000000000A"),
        ("2026-11-27T013000Z", "0" * 23 + "F"),
    ):
        told = {"log": "wal/7", "log_from": first} | dict.fromkeys(("candia", "city", "database"), "x")
        told |= dict.fromkeys(("began", "records_at", "finished"), "2026-11-27T01:30:00Z")
        told |= dict.fromkeys(("floor", "last", "messages", "letters"), 0)
        told |= {"records": {}, "migrations": [], "observations": {}, "store_migrations": [], "files": []}
        with storage.below(name).write(manifest.NAME) as out:
            out.write(json.dumps(told).encode())
    names = ["000000010000000000000009.gz", "00000001000000000000000A.gz", "00000002000000000000000B.gz"]
    for name in [f"7/{one}" for one in (*names, "00000002.history.gz")] + ["6/000000010000000000000042.gz"]:
        with storage.write(f"wal/{name}") as out:
            out.write(b"log")
    wal.tidy(storage)
    left = {f"wal/7/{one}" for one in (*names[1:], "00000002.history.gz")}
    assert storage.sizes("wal", deep=True).keys() == left


def test_a_log_that_can_be_brought_nowhere_does_not_fill_the_disk(tmp_path, monkeypatch):
    monkeypatch.setattr(wal, "MOST", 25)
    (tmp_path / "wal").mkdir()
    for number in range(4):
        (tmp_path / "wal" / f"00000001000000000000000{number}").write_bytes(b"0123456789")
    with pytest.raises(BackupFailed, match="The records can't be read"):
        wal.ship(
            tmp_path, Storage.at(str(tmp_path / "to"), {}), f"postgresql://x@127.0.0.1:{free_port()}/x", None
        )
    assert sorted(path.name[-1] for path in (tmp_path / "wal").iterdir()) == ["2", "3"]


@given(st.lists(st.tuples(days, st.integers(1, 50)), unique_by=lambda one: one[0]), st.integers(1, 60))
def test_each_row_is_in_one_slice_and_no_slice_is_much_too_large(told, most):
    ordered = [(str(day), rows) for day, rows in sorted(told)]
    cut = list(slices(ordered, most))
    for day, rows in ordered:
        mine = [one for one in cut if one.since <= day and (not one.until or day < one.until)]
        assert [one.share for one in mine] == list(range(mine[0].shares))
        assert rows / mine[0].shares <= most
    # Also of a day that begins while the others are read.
    assert (cut[0].since, cut[-1].until) == ("", "")
    assert len({(one.since, one.until) for one in cut}) <= max(1, len(ordered))


def test_every_table_of_the_store_is_kept_or_made_of_what_is(engines):
    from candia.telemetry.store import Store

    store = Store(engines.config.telemetry_url)
    store.prepare()
    sql = "SELECT name FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%MergeTree'"
    found = set(store.ask(sql)["name"].to_pylist())
    store.close()
    assert {*KEPT} <= found
    assert not [name for name in found - KEPT.keys() - MADE if not name.startswith(("test", "bench"))]


@pytest.fixture
def config(tmp_path):
    def read(**given):
        (tmp_path / "city.toml").write_text(
            sample_city.read_text("utf-8").replace("sample = true", ""), "utf-8"
        )
        (tmp_path / "zones.geojson").write_text(
            (sample_city.parent / "zones.geojson").read_text("utf-8"), "utf-8"
        )
        own = {"HOME": tmp_path / "home", "CITY": tmp_path / "city.toml", **given}
        return Config.read({f"CANDIA_{name}": str(value) for name, value in own.items()})

    return read


def standing(config):
    return {one.name for one in Conditions(config.home).standing()}


def test_a_city_without_backups_is_told_and_the_sample_is_not(config, tmp_path):
    now = datetime.now(UTC)
    own, sample = config(), config(CITY=sample_city)
    judge(own, now)
    assert standing(own) == {"backup_missing"}
    judge(sample, now)
    assert standing(sample) == set()


def test_an_old_one_a_failed_one_and_one_that_was_cut_off_are_told_until_it_is_mended(config, tmp_path):
    city, now = config(BACKUP_TO=tmp_path / "to"), datetime.now(UTC)
    desk = Desk(city.home)
    desk.note(began(now - timedelta(hours=25), finished=now.timestamp()))
    judge(city, now)
    assert standing(city) == set()
    judge(city, now + timedelta(hours=2))
    assert standing(city) == {"backup_old"}
    # A new one began, and nobody is there any more who makes it.
    desk.note(replace(desk.last(), tried=now.timestamp() + 60))
    with desk.alone():
        judge(city, now + timedelta(hours=2))
        assert standing(city) == {"backup_old"}
    judge(city, now + timedelta(hours=2))
    assert standing(city) == {"backup_old", "backup_failed"}
    assert "cut off" in desk.last().wrong
    desk.note(began(now, finished=now.timestamp() + 90))
    judge(city, now)
    assert standing(city) == set()


def test_the_age_is_of_what_was_backed_up():
    assert Last().age is None
    assert retention.OLD > began(datetime.now(UTC) - timedelta(hours=1)).age > timedelta(minutes=59)


@pytest.mark.parametrize("name", ["../outside", "/outside", "a/../../outside"])
def test_nothing_in_a_backup_leaves_the_home(tmp_path, name):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        member = tarfile.TarInfo(name)
        member.size = 3
        tar.addfile(member, io.BytesIO(b"bad"))
    packed.seek(0)
    (tmp_path / "home").mkdir()

    with pytest.raises(BackupFailed):
        folders.unpack(packed, tmp_path / "home")

    assert not (tmp_path / "outside").exists()
