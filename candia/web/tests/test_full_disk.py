"""A disk with no room left: who wants to save is told so with 503, nothing is half saved, pages can be read.

The disk is a real one of a few hundred kilobytes, in memory; PostgreSQL keeps the tables of accounts on it.
"""

import multiprocessing
import os
import shutil
import subprocess
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from django.db import connection

from candia.core.access import Person
from candia.doors.limits import PLACES, Limiter
from candia.web.outage import outage
from tests.engines_once import wait_for

SIZE = 512 * 1024
TABLES = ("core_person", "django_session", "account_emailaddress", "procrastinate_jobs", "people_cache")


@contextmanager
def small_disk(owner=None):
    """A folder on a disk of its own, of half a megabyte."""
    folder = Path(tempfile.mkdtemp(prefix="candia-small-"))
    words = ["mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=0700", "tmpfs", folder]
    if subprocess.run(words, check=False, capture_output=True).returncode:
        folder.rmdir()
        pytest.skip("No disk can be mounted here.")
    try:
        folder.chmod(0o755)
        if owner is not None:
            os.chown(folder, owner, owner)
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=False)
        shutil.rmtree(folder, ignore_errors=True)


def fill(folder):
    """Take all the room that is left."""
    with suppress(OSError), (folder / "filling").open("wb", buffering=0) as file:
        while True:
            file.write(b"x" * 512)


@pytest.fixture
def records_on_a_full_disk(engines, transactional_db):
    """The tables of accounts, each empty and on a disk that has no room for a first row."""
    owner = Path(f"/proc/{engines.pid('postgres')}").stat().st_uid
    with small_disk(owner) as folder, connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLESPACE small LOCATION '{folder}'")
        try:
            for table in TABLES:
                cursor.execute(f"TRUNCATE {table} CASCADE")
                cursor.execute(f"ALTER TABLE {table} SET TABLESPACE small")
            fill(folder)
            yield folder
        finally:
            (folder / "filling").unlink(missing_ok=True)
            for table in TABLES:
                cursor.execute(f"ALTER TABLE {table} SET TABLESPACE pg_default")
            wait_for(lambda: _dropped(cursor), 10)


def _dropped(cursor):
    cursor.execute("DROP TABLESPACE small")
    return True


@pytest.mark.parametrize(("prefix", "word"), [("", "δεν έχει χώρο"), ("/en", "no room left")])
def test_signing_up_is_refused_in_a_sentence_and_works_again_once_there_is_room(
    records_on_a_full_disk, client, prefix, word
):
    client.raise_request_exception = False
    form = {"email": "eleni@example.gr", "password1": "κάτι-μακρύ-και-δύσκολο"}

    refused = client.post(f"{prefix}/account/signup/", form)

    assert refused.status_code == 503
    assert word in refused.content.decode()
    assert refused["Retry-After"]
    assert not Person.objects.filter(email=form["email"]).exists()
    assert client.get(f"{prefix}/account/signup/").status_code == 200
    (records_on_a_full_disk / "filling").unlink()
    assert client.post(f"{prefix}/account/signup/", form).status_code == 302
    assert Person.objects.filter(email=form["email"]).exists()


def test_a_file_that_finds_no_room_says_the_same():
    with small_disk() as folder:
        fill(folder)
        with (
            pytest.raises(OSError, match="No space") as full,
            (folder / "picture").open("wb", buffering=0) as file,
        ):
            file.write(b"x" * 8192)

    assert outage(full.value).code == "full"
    assert outage(RuntimeError("a mistake of ours")) is None


def test_counting_who_asks_survives_a_disk_without_room(monkeypatch):
    with small_disk() as folder:
        monkeypatch.setattr("candia.doors.limits.folder", lambda: folder)
        fill(folder)

        child = multiprocessing.get_context("fork").Process(target=_ask_of_many)
        child.start()
        child.join(60)

    # Where it wrote into a hole of a file, the kernel killed it with SIGBUS.
    assert child.exitcode == 0


def _ask_of_many():
    limiter = Limiter(rate=1, burst=1, name="somebody")
    for number in range(PLACES // 64):
        limiter.wait(f"asker {number}")
