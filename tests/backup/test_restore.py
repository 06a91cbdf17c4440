"""A city is backed up while it works, and brought back into an empty home with everything in it."""

import hashlib
import io
import shutil

import psycopg
import pytest

from candia.backup import create, encryption, manifest, restore, wal
from candia.backup.errors import BackupFailed
from candia.backup.storage import Storage
from candia.devices.credentials import fingerprint
from candia.engines.home import UNFINISHED
from candia.telemetry import line
from candia.telemetry.store import Store
from candia.telemetry.stream import OBSERVATIONS
from tests.backup.conftest import BEGIN, HOUR, _entity
from tests.backup.town import Town
from tests.engines.parts import Device
from tests.engines_once import wait_for

# Nobody stays signed in, a letter or a push that waited is not sent, and workers of before are none of now.
SETTLED = {"django_session", "usersessions_usersession", "procrastinate_jobs", "procrastinate_events"}
SETTLED |= {"procrastinate_workers", "people_pushed"}


def newest(folder):
    return restore.chosen(Storage.at(str(folder / "to"), {}))


@pytest.fixture(scope="module")
def back(lived):
    """The city as it came back from the folder; its engines run."""
    town = Town(lived.folder / "back")
    said = []
    restore.restore(newest(lived.folder), town.home, town.environ, said.append)
    try:
        town.start()
        yield town
    finally:
        town.stop()


def records(url):
    """Every table's rows, and a digest of all that they hold."""
    found = {}
    with psycopg.connect(url) as line:
        for (name,) in line.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall():
            rows = line.execute(f'SELECT t::text FROM "{name}" t ORDER BY 1').fetchall()
            found[name] = (len(rows), hashlib.sha256(repr(rows).encode()).hexdigest())
    return found


def test_every_record_is_back_as_it_was(lived, back):
    before, after = records(lived.url), records(back.config.database_url)
    changed = {name for name in before if before[name] != after[name]}
    assert before.keys() == after.keys()
    # Things were loaded all the while; those of the backup's moment are there.
    assert changed <= SETTLED | {"core_entity"}
    told = manifest.read(newest(lived.folder))
    assert after["core_entity"][0] == told.records["core_entity"] > 5
    assert {name: rows for name, (rows, _) in after.items() if name not in SETTLED} == {
        name: rows for name, rows in told.records.items() if name not in SETTLED
    }


def test_nobody_is_signed_in_and_nothing_is_told_twice(lived, back):
    with psycopg.connect(back.config.database_url) as line:
        assert line.execute("SELECT count(*) FROM django_session").fetchone() == (0,)
        assert line.execute("SELECT count(*) FROM people_pushed").fetchone() == (0,)
        assert line.execute("SELECT count(*) FROM people_subscription").fetchone() == (1,)
        jobs = dict(line.execute("SELECT queue_name, status::text FROM procrastinate_jobs").fetchall())
    assert [records(lived.url)[name][0] for name in ("django_session", "people_pushed")] == [1, 1]
    assert jobs["mail"] == "cancelled"


def test_every_observation_and_hour_is_back(lived, back):
    ours = (Store(town.config.telemetry_url) for town in (lived.town, back))
    before, after = (
        {table: rows(store, table) for table in ("observations", "hourly", "latest")} for store in ours
    )
    assert before == after
    assert len(before["observations"]) == 4 * 73


def rows(store, table):
    found = store.ask(f"SELECT * FROM {table} FINAL WHERE entity != 'water.meter:loaded' ORDER BY ALL")
    return found.to_pylist()


def test_files_and_secrets_are_back_for_their_owner_alone(lived, back):
    for name in ("media", "secrets/secret_key", "secrets/gateway_seed"):
        there = lived.town.home / name
        for path in there.rglob("*") if there.is_dir() else [there]:
            again = back.home / path.relative_to(lived.town.home)
            if path.is_file():
                assert again.read_bytes() == path.read_bytes()
                assert again.stat().st_mode & 0o077 == 0
    # What hangs on a thing is there with its row, and whole.
    sha256, (path,) = lived.told["hung"]
    assert hashlib.sha256((back.home / "media" / path).read_bytes()).hexdigest() == sha256
    with psycopg.connect(back.config.database_url) as line:
        assert line.execute("SELECT sha256 FROM core_attachment").fetchone() == (sha256,)
    assert (back.home / "city.files" / "city.toml").read_text("utf-8").strip().startswith("name")


def test_devices_speak_on_and_what_was_acknowledged_is_there_once(lived, back):
    parts = back.parts()
    parts.start("ingest", "gateway")
    try:
        device = Device(back.config, "meter-1", lived.told["meter-1"])
        assert device.let_in()
        device.say({"time": (BEGIN + HOUR) * 1000, "index": 7})
        device.close()
        wait_for(lambda: parts.with_stream(_settled), 40)
        assert parts.count(lived.told["meter"]) == 73 + 1
        there = [(row[1] // 1000 - BEGIN) // HOUR for row in parts.rows("water.meter:loaded")]
        assert [number for number in there if number < 1000] == lived.acknowledged == list(range(70))
        # What came meanwhile is there up to some moment, without a gap.
        assert [number for number in there if number >= 1000] == list(range(1000, 1000 + len(there) - 70))
        payloads = sorted(letter.payload for letter in parts.letters("loader"))
        assert payloads == [b"nonsense that comes again", b"nonsense that is buried"]
    finally:
        parts.stop()


async def _settled(stream):
    """Whether ingest has taken all that the stream holds, hours and dead letters too."""
    last = (await stream.context.stream_info(OBSERVATIONS)).state.last_seq
    return await line.floor(stream, OBSERVATIONS) == last


def test_a_backup_that_was_cut_or_damaged_is_refused_before_anything_is_written(lived, tmp_path):
    where = newest(lived.folder)
    whole = manifest.read(where)

    def refused(harm, why):
        shutil.rmtree(tmp_path / "copy", ignore_errors=True)
        shutil.copytree(where.root, tmp_path / "copy")
        harm(tmp_path / "copy")
        home = tmp_path / "home"
        with pytest.raises(BackupFailed, match=why):
            restore.restore(Storage.at(str(tmp_path / "copy"), {}), home, lived.town.environ, print)
        assert not home.exists()

    def turn(path):
        told = bytearray(path.read_bytes())
        told[len(told) // 2] ^= 1
        path.write_bytes(told)

    for file in (whole.files[0], *whole.of("observations")[:1], *whole.of("files")[:1]):
        refused(lambda copy, name=file.name: turn(copy / name), "its checksum differs")
        refused(lambda copy, name=file.name: (copy / name).unlink(), "there is nothing")
        refused(lambda copy, name=file.name: (copy / name).write_bytes(b"x"), "there is 1 bytes")
    refused(lambda copy: (copy / manifest.NAME).unlink(), "holds no whole backup")


def test_a_home_with_something_in_it_is_left_alone(lived, tmp_path):
    (tmp_path / "mine").write_text("mine")
    with pytest.raises(BackupFailed, match="is not empty"):
        restore.restore(newest(lived.folder), tmp_path, lived.town.environ, print)
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_a_sealed_backup_in_a_bucket_comes_back_as_of_a_moment_after_it(lived, tmp_path):
    town = lived.town
    code, said = town.candia("backup")
    assert code == 0, said
    place = Storage.at("s3://city/backups", town.environ)
    with psycopg.connect(lived.url, autocommit=True) as line:
        _entity(line, "water.meter:before")
        (moment,) = line.execute("SELECT clock_timestamp()").fetchone()
        _entity(line, "water.meter:after")
        (file,) = line.execute("SELECT pg_walfile_name(pg_switch_wal())").fetchone()
    wait_for((town.home / "wal" / file).exists, 30)
    assert wal.ship(town.home, place, lived.url, create.key_of(town.config)) >= 1
    assert not list((town.home / "wal").glob("0*"))

    backup = restore.chosen(place, moment)
    assert all(name.endswith(encryption.SUFFIX) for name in backup.sizes(deep=True).keys() - {manifest.NAME})
    sealed = io.BytesIO()
    with backup.read(f"{'records.dump'}{encryption.SUFFIX}") as source:
        encryption.copy(source, sealed)
    assert sealed.getvalue().startswith(b"age-encryption.org/v1")
    home = lived.folder / "then"
    with pytest.raises(BackupFailed, match="is encrypted for age1"):
        restore.restore(backup, home, town.environ, print)
    encryption.make_key(tmp_path / "other")
    with pytest.raises(BackupFailed, match="could not be decrypted with this key"):
        restore.restore(backup, home, town.environ, print, key=encryption.identity(tmp_path / "other"))
    assert not home.exists()

    found = {}

    def look(said):
        # Its engines run while it is filled.
        if said == "messages are back":
            again = Town(home, CITY=lived.folder / "city.toml").config
            with psycopg.connect(again.database_url) as line:
                marks = ["water.meter:before", "water.meter:after"]
                known = line.execute("SELECT id FROM core_entity WHERE id = ANY(%s)", (marks,)).fetchall()
                hashed = line.execute("SELECT secret_hash FROM core_device WHERE id = 'meter-1'").fetchone()
                line.execute("DELETE FROM people_letter")  # It takes writes again.
            found.update(known=known, hashed=hashed, hours=rows(Store(again.telemetry_url), "hourly"))

    restore.restore(backup, home, town.environ, look, key=encryption.identity(lived.key), until=moment)
    assert found["known"] == [("water.meter:before",)]
    assert found["hashed"] == (fingerprint(lived.told["meter-1"]),)
    assert found["hours"] == rows(Store(town.config.telemetry_url), "hourly")
    assert not (home / "postgres" / wal.LAID).exists()


def test_one_backup_at_a_time_and_a_failure_is_told(lived):
    from candia.backup.retention import Desk
    from candia.conditions import Conditions

    town = lived.town
    with Desk(town.home).alone():
        code, said = town.candia("backup")
    assert (code, "A backup is being made already" in said) == (1, True), said
    code, said = town.candia("backup", "--to", town.home / "inside")
    assert (code, "is inside the home" in said) == (1, True), said
    standing = Conditions(town.home).standing()
    assert [(one.name, "is inside the home" in str(one.facts["why"])) for one in standing] == [
        ("backup_failed", True)
    ]
    assert Desk(town.home).last().began > 0


def test_a_home_whose_restore_was_cut_short_does_not_start(tmp_path):
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / UNFINISHED).touch()
    code, said = Town(tmp_path / "home").candia("run")
    assert (code, "a restore did not come to its end" in said) == (1, True), said
