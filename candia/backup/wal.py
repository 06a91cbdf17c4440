"""WAL: the records' write-ahead log beside the backups, so that they can be brought back to any moment.

PostgreSQL hands over each finished file (16 MB, or what there is after a minute) in <home>/wal; it is shipped from
there, so that a storage that is away never holds PostgreSQL up. Only for the PostgreSQL that Candia starts.
"""

from __future__ import annotations

import gzip
import io
import shutil
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg

from candia.backup import encryption, folders, manifest, records
from candia.backup.errors import BackupFailed
from candia.backup.storage import Storage
from candia.engines import postgres

FOLDER, BASE = "wal", "base.tar.gz"
#: Bytes that may wait to be shipped; beyond that the oldest go, and moments before the next backup with them.
MOST = 2 << 30
# Inside PostgreSQL's own folder, which is where its commands are run.
LAID = "candia_wal"
RECOVERY = ("restore_command", "recovery_target_time", "recovery_target_action")


def write_base(url: str, binaries: str, draft: manifest.Draft) -> tuple[str, str]:
    """Write the files of the whole server; the folder of its log, and the first file of it that they need."""
    with records.answering(), psycopg.connect(url) as line:
        question = "SELECT system_identifier, pg_walfile_name(pg_current_wal_lsn()) FROM pg_control_system()"
        system, begin = records.one(line, question)
    words = ("--pgdata=-", "--format=tar", "--gzip", "--wal-method=fetch", "--checkpoint=fast")
    with records.reading("pg_basebackup", url, binaries, *words) as source:
        draft.add(BASE, source)
    return f"{FOLDER}/{system}", begin


def ship(home: Path, storage: Storage, url: str, key: Any | None) -> int:
    """Move the finished files of the log to the storage; how many. Raises BackupFailed."""
    waiting = sorted(path for path in (home / FOLDER).glob("[0-9A-F]*") if path.suffix != ".part")
    if not waiting:
        return 0
    try:
        with records.answering(), psycopg.connect(url, connect_timeout=5) as line:
            (system,) = records.one(line, "SELECT system_identifier FROM pg_control_system()")
        draft = manifest.Draft(storage.below(f"{FOLDER}/{system}"), key)
        for path in waiting:
            draft.add(f"{path.name}.gz", io.BytesIO(gzip.compress(path.read_bytes(), 3)))
            path.unlink()
    except BackupFailed:
        _bound(waiting)
        raise
    return len(waiting)


def _bound(waiting: list[Path]) -> None:
    there = [path for path in waiting if path.exists()]
    size = sum(path.stat().st_size for path in there)
    for path in there:
        if size <= MOST:
            return
        size -= path.stat().st_size
        path.unlink()


def tidy(storage: Storage) -> None:
    """Remove the files of the log that no backup needs any more."""
    needed: dict[str, str] = {}
    for name in manifest.whole(storage):
        contents = manifest.read(storage.below(name))
        if contents.log:
            needed[contents.log] = min(needed.get(contents.log, "~"), _place(contents.log_from))
    for log in storage.below(FOLDER).folders():
        for file in storage.sizes(f"{FOLDER}/{log}"):
            least = needed.get(f"{FOLDER}/{log}")
            if least is None or _place(file.rpartition("/")[2]) < least:
                storage.remove(file)


def _place(name: str) -> str:
    """Where in the log a file stands, whatever its timeline; the history of a timeline is kept with the newest."""
    return "~" if ".history" in name else name[8:24]


def lay(
    home: Path,
    beside: Storage,
    contents: manifest.Manifest,
    fetch: encryption.Fetch,
    until: datetime,
    key: Any,
) -> None:
    """Lay the server's files and its log ready, so that PostgreSQL goes on from there to the moment."""
    data = home / "postgres"
    base = next(file.name for file in contents.files if file.name.startswith(BASE))
    data.mkdir(mode=0o700)
    with encryption.piped(lambda sink: fetch(base, sink)) as source:
        folders.unpack(source, data, "r|gz")
    (data / LAID).mkdir(mode=0o700)
    for file in sorted(beside.sizes(contents.log)):
        name = file.rpartition("/")[2]
        if _place(name) >= _place(contents.log_from):
            packed = io.BytesIO()
            with beside.read(file) as source:
                encryption.unseal(source, packed, key)
            (data / LAID / name.partition(".gz")[0]).write_bytes(gzip.decompress(packed.getvalue()))
    settings = (f'cp {LAID}/%f "%p"', until.isoformat(), "promote")
    lines = [f"{name} = '{value}'\n" for name, value in zip(RECOVERY, settings, strict=True)]
    with (data / "postgresql.auto.conf").open("a", encoding="utf-8") as auto:
        auto.writelines(lines)
    (data / "recovery.signal").touch()
    postgres.adopt(data)


def arrived(url: str) -> bool:
    """Whether PostgreSQL has come to the moment and goes on from it."""
    with records.answering(), psycopg.connect(url, connect_timeout=5) as line:
        return not records.one(line, "SELECT pg_is_in_recovery()")[0]


def settle(home: Path, url: str) -> None:
    """Forget the moment: from now on it is a server like any other."""
    with records.answering(), psycopg.connect(url, autocommit=True) as line:
        for name in RECOVERY:
            line.execute(f"ALTER SYSTEM RESET {name}")
    shutil.rmtree(home / "postgres" / LAID, ignore_errors=True)
