"""Restore: a backup brought back into an empty home, checked before anything is written and counted afterwards."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg

from candia.backup import encryption, folders, manifest, messages, observations, records, wal
from candia.backup.create import with_stream
from candia.backup.engines import started
from candia.backup.errors import BackupFailed
from candia.backup.storage import Storage
from candia.config import is_given, read_one
from candia.engines.home import UNFINISHED
from candia.telemetry.store import Store, StoreAway
from candia.telemetry.stream import StreamAway

Say = Callable[[str], None]
# Seconds that the engines have to start; those of the log, which may be long, come on top.
PATIENCE, REPLAY = 120.0, 4 * 3600.0


def chosen(place: Storage, until: datetime | None = None) -> Storage:
    """The backup that is meant by a place: the one that lies there, or the newest below; raises BackupFailed."""
    if manifest.NAME in place.sizes():
        return place
    names = manifest.whole(place)
    if not names:
        manifest.read(place)  # Says what is missing.
    if until is not None:
        names = [name for name in names if manifest.read(place.below(name)).finished <= until]
    if not names:
        raise BackupFailed(f"{place.root} holds no whole backup from before that moment.")
    return place.below(names[-1])


def restore(
    backup: Storage,
    home: Path,
    environ: Mapping[str, str],
    say: Say,
    *,
    key: Any | None = None,
    until: datetime | None = None,
) -> manifest.Manifest:
    """Bring a backup back; raises BackupFailed, and then nothing was written unless it says so."""
    contents = manifest.read(backup)
    if observations.unknown(contents.store_migrations):
        raise BackupFailed(f"{backup.root} was written by a newer Candia ({contents.candia}). Use that one.")
    _check_empty(home, environ)
    _check_key(contents, key)
    if until is not None:
        _check_moment(contents, until, environ)
    if wrong := next(manifest.differing(backup, contents), ""):
        raise BackupFailed(f"{wrong} Nothing was written; take another backup.")
    say(f"the backup of {contents.began:%Y-%m-%d %H:%M} UTC is whole: {len(contents.files)} files")

    def fetch(name: str, sink: Any) -> None:
        with backup.read(name) as source:
            encryption.unseal(source, sink, key if contents.recipient else None)

    if contents.files:
        with tempfile.TemporaryFile() as probe:
            fetch(min(contents.files, key=lambda file: file.size).name, probe)
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    (home / UNFINISHED).touch()
    try:
        _fill(backup, contents, home, environ, fetch, say, key, until)
    except (BackupFailed, StoreAway, StreamAway, psycopg.Error, OSError) as failed:
        raise BackupFailed(f"{failed} {home} is unfinished: remove it, and restore again.") from failed
    (home / UNFINISHED).unlink()
    return contents


def _fill(
    backup: Storage,
    contents: manifest.Manifest,
    home: Path,
    environ: Mapping[str, str],
    fetch: encryption.Fetch,
    say: Say,
    key: Any,
    until: datetime | None,
) -> None:
    folders.restore(home, contents, fetch)
    say("files are back")
    if until is not None:
        beside = Storage(backup.system, backup.root.rpartition("/")[0])
        wal.lay(home, beside, contents, fetch, until, key if contents.recipient else None)
    with started(home, environ, REPLAY if until else PATIENCE) as config:
        if until is not None:
            _wait_arrived(config.database_url)
            wal.settle(home, config.database_url)
        else:
            records.restore(
                config.database_url,
                config.binaries,
                lambda sink: fetch(records.NAME + _ending(contents), sink),
            )
            _compare(config.database_url, contents)
        stopped = records.settle(config.database_url)
        say(f"records are back; {stopped} letters that waited then are not sent again")
        store = Store(config.telemetry_url)
        observations.restore(store, contents, fetch)
        store.close()
        say("observations are back")
        with_stream(config.stream_url, lambda stream: messages.restore(stream, contents, fetch))
        say("messages are back")


def _ending(contents: manifest.Manifest) -> str:
    return encryption.SUFFIX if contents.recipient else ""


def _check_empty(home: Path, environ: Mapping[str, str]) -> None:
    if home.exists() and (not home.is_dir() or any(home.iterdir())):
        raise BackupFailed(
            f"{home} is not empty. A backup is brought back into a new home only; name another."
        )
    if is_given(environ, "DATABASE_URL") and not records.is_empty(read_one(environ, "DATABASE_URL")):
        raise BackupFailed("CANDIA_DATABASE_URL names a database that has tables. Name an empty one.")
    if is_given(environ, "TELEMETRY_URL") and not observations.is_empty(
        Store(read_one(environ, "TELEMETRY_URL"))
    ):
        raise BackupFailed("CANDIA_TELEMETRY_URL names a database that has tables. Name an empty one.")
    if is_given(environ, "STREAM_URL") and not with_stream(
        read_one(environ, "STREAM_URL"), messages.is_empty
    ):
        raise BackupFailed("CANDIA_STREAM_URL names a NATS whose streams hold messages. Name an empty one.")


def _check_key(contents: manifest.Manifest, key: Any | None) -> None:
    if contents.recipient and key is None:
        raise BackupFailed(
            f"The backup is encrypted for {contents.recipient}. Give its private key: --key FILE."
        )


def _check_moment(contents: manifest.Manifest, until: datetime, environ: Mapping[str, str]) -> None:
    if not contents.log:
        raise BackupFailed(
            "No write-ahead log was kept (CANDIA_BACKUP_WAL): restore it as it is, without --until."
        )
    if is_given(environ, "DATABASE_URL"):
        raise BackupFailed(
            "--until is for the PostgreSQL that Candia starts; yours has tools of its own for it."
        )
    if until < contents.finished:
        raise BackupFailed(
            f"The backup ended at {contents.finished:%Y-%m-%d %H:%M:%S} UTC, after that moment. Take an older one."
        )


def _compare(url: str, contents: manifest.Manifest) -> None:
    with records.answering(), psycopg.connect(url) as line:
        found = records.counts(line)
    for table, rows in contents.records.items():
        if found.get(table) != rows:
            raise BackupFailed(
                f"The table {table} has {found.get(table, 0)} rows, and the backup told of {rows}."
            )


def _wait_arrived(url: str) -> None:
    until = time.monotonic() + REPLAY
    while not wal.arrived(url):
        if time.monotonic() > until:
            raise BackupFailed("PostgreSQL did not come to that moment within four hours.")
        time.sleep(0.1)
