"""Manifest: what one backup holds, written last, so that a backup without one is none."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import IO, Any

import msgspec

from candia.backup import encryption
from candia.backup.encryption import Reader
from candia.backup.errors import BackupFailed
from candia.backup.storage import Storage

NAME, FORMAT = "manifest.json", 1
#: A backup's folder is named for the moment at which it began.
STAMP = "%Y-%m-%dT%H%M%SZ"


class File(msgspec.Struct, frozen=True):
    """One file as it lies in the storage: its bytes and their SHA-256; `rows` where it holds rows of a table."""

    name: str
    size: int
    sha256: str
    table: str = ""
    rows: int = 0


class Manifest(msgspec.Struct, kw_only=True):
    """All of a backup. Moments are UTC; counts are rows by table.

    `floor` is the last message that the store had rolled up when the backup began, `last` the last that the stream
    held when it was read; what lies between is in `messages`. `log` is the folder of the records' write-ahead log,
    and `log_from` its first file that this backup needs; empty where none is kept.
    """

    format: int = FORMAT
    candia: str
    city: str
    began: datetime
    records_at: datetime
    finished: datetime
    recipient: str = ""
    database: str
    records: dict[str, int]
    migrations: list[str]
    observations: dict[str, int]
    store_migrations: list[str]
    floor: int
    last: int
    messages: int
    letters: int
    log: str = ""
    log_from: str = ""
    files: list[File]

    @property
    def size(self) -> int:
        """All its bytes."""
        return sum(file.size for file in self.files)

    def of(self, table: str) -> list[File]:
        """The files that hold rows of this table, in order."""
        return [file for file in self.files if file.table == table]


class Hashing:
    """A file that is written, and its SHA-256."""

    def __init__(self, sink: Any) -> None:
        self._sink, self.hash, self.size = sink, hashlib.sha256(), 0

    def write(self, block: bytes) -> int:
        """Write all of it."""
        self._sink.write(block)
        self.hash.update(block)
        self.size += len(block)
        return len(block)

    def flush(self) -> None:
        """Whoever encrypts asks for it; the storage knows when."""


class Draft:
    """A backup that is being written; each file is sealed, hashed and written in one go."""

    def __init__(self, storage: Storage, key: Any | None) -> None:
        self.storage, self.files, self._key = storage, list[File](), key

    def add(self, name: str, source: Reader, *, table: str = "", rows: int = 0) -> None:
        """Write a file; raises BackupFailed."""
        name += encryption.SUFFIX if self._key else ""
        if any(file.name == name for file in self.files):
            raise ValueError(f"{name} is written already.")
        with self.storage.write(name) as out:
            sink = Hashing(out)
            encryption.seal(source, sink, self._key)
        self.files.append(File(name, sink.size, sink.hash.hexdigest(), table, rows))

    def finish(self, manifest: Manifest) -> None:
        """Read everything again, and only then write the manifest."""
        for wrong in differing(self.storage, manifest):
            raise BackupFailed(wrong)
        with self.storage.write(NAME) as out:
            out.write(msgspec.json.format(msgspec.json.encode(manifest), indent=1))


def read(storage: Storage) -> Manifest:
    """The manifest of the backup that lies here; raises BackupFailed where there is none."""
    if NAME not in storage.sizes():
        raise BackupFailed(
            f"{storage.root} holds no whole backup: there is no {NAME}, which is written last. "
            "Name the folder of one backup, such as 2026-11-27T013000Z."
        )
    with storage.read(NAME) as file:
        text = file.read()
    try:
        manifest = msgspec.json.decode(text, type=Manifest)
    except (msgspec.DecodeError, ValueError) as wrong:
        raise BackupFailed(f"{storage.root}/{NAME} can't be understood: {wrong}") from wrong
    if manifest.format != FORMAT:
        raise BackupFailed(f"{storage.root} was written by a newer Candia ({manifest.candia}). Use that one.")
    return manifest


def differing(
    storage: Storage, manifest: Manifest, tell: Callable[[File], None] | None = None
) -> Iterator[str]:
    """A sentence for each file that is not there or not as it was written."""
    there = storage.sizes(deep=True)
    for file in manifest.files:
        if there.get(file.name) != file.size:
            found = f"{there[file.name]} bytes" if file.name in there else "nothing"
            yield f"{storage.root}/{file.name} should have {file.size} bytes, and there is {found}."
            continue
        with storage.read(file.name) as source:
            if _digest(source) != file.sha256:
                yield f"{storage.root}/{file.name} is not what was written: its checksum differs."
        if tell is not None:
            tell(file)


def _digest(source: IO[bytes]) -> str:
    found = hashlib.sha256()
    while block := source.read(encryption.BLOCK):
        found.update(block)
    return found.hexdigest()


def whole(storage: Storage) -> list[str]:
    """The folders of whole backups at this place, the oldest first."""
    return [name for name in storage.folders() if stamped(name) and NAME in storage.below(name).sizes()]


def stamped(name: str) -> datetime | None:
    """When the backup of this folder began; None for a folder that is none."""
    try:
        return datetime.strptime(name, STAMP).replace(tzinfo=UTC)
    except ValueError:
        return None
