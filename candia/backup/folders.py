"""Folders: what lies under the home beside the engines' data: uploads, letters, published files, secrets."""

from __future__ import annotations

import os
import shutil
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from candia.backup import encryption, manifest
from candia.backup.errors import BackupFailed

# What the engines keep, what belongs to this run or this machine, and what is made again when it is missing.
NOT_KEPT = ("postgres", "postgres.draft", "clickhouse", "nats", "run", "log", "cache", "backup", "wal")
# An address is of one run's engines; the passwords in it are kept by themselves.
ADDRESS = "_url"
#: A file is begun anew beyond so many bytes.
BYTES = 1 << 30
#: Under this name the city's own files are brought back, which a bare machine lacks.
CITY = "city.files"


def kept(home: Path) -> Iterator[Path]:
    """The files of the home to keep, in order; a draft that is being written is none."""
    for top in sorted(home.iterdir()) if home.is_dir() else ():
        if top.name in NOT_KEPT or top.is_symlink():
            continue
        files = sorted(path for path in top.rglob("*") if path.is_file() and not path.is_symlink())
        for path in files if top.is_dir() else [top]:
            if not (top.name == "secrets" and path.name.endswith(ADDRESS)):
                yield path


def write(home: Path, city: Path, draft: manifest.Draft) -> int:
    """Write them as tar files, and the city's own files with them; how many."""
    some: list[tuple[Path, str]] = [
        (path, f"{CITY}/{path.name}")
        for path in sorted(city.parent.iterdir())
        if path.suffix in {".toml", ".geojson"} and path.is_file()
    ]
    number = count = size = 0
    for path in kept(home):
        try:
            size += path.stat().st_size
        except FileNotFoundError:
            continue  # Its owner took it back meanwhile.
        some.append((path, str(path.relative_to(home))))
        if size > BYTES:
            number, count = number + 1, count + len(some)
            _put(draft, number, some)
            some, size = [], 0
    if some:
        _put(draft, number + 1, some)
    return count + len(some)


def _put(draft: manifest.Draft, number: int, some: list[tuple[Path, str]]) -> None:
    def fill(sink: IO[bytes]) -> None:
        with tarfile.open(fileobj=sink, mode="w|") as tar:
            for path, name in some:
                try:
                    with path.open("rb") as file:
                        tar.addfile(tar.gettarinfo(arcname=name, fileobj=file), file)
                except FileNotFoundError:
                    continue

    with encryption.piped(fill) as source:
        draft.add(f"files/{number:05}.tar", source, table="files", rows=len(some))


def restore(home: Path, contents: manifest.Manifest, fetch: encryption.Fetch) -> None:
    """Bring them back under a home, readable by their owner alone."""
    for file in contents.of("files"):
        with encryption.piped(lambda sink, name=file.name: fetch(name, sink)) as source:  # type: ignore[misc]
            unpack(source, home)


def unpack(source: IO[bytes], folder: Path, kind: str = "r|") -> None:
    """Unpack the files and folders of a tar file that is read as it comes; nothing in it can leave the folder."""
    root = folder.resolve()
    with tarfile.open(fileobj=source, mode=kind) as tar:  # type: ignore[call-overload]
        for member in tar:
            path = root / member.name
            file = tar.extractfile(member) if member.isfile() else None
            if not path.resolve().is_relative_to(root) or not (file or member.isdir()):
                raise BackupFailed(f"{member.name!r} in the backup is no file below {folder}.")
            (path if member.isdir() else path.parent).mkdir(parents=True, exist_ok=True)
            if file:
                with path.open("wb") as copy:
                    shutil.copyfileobj(file, copy)
                os.utime(path, (member.mtime, member.mtime))
            path.chmod(0o700 if member.isdir() else 0o600)
            for above in path.relative_to(root).parents:
                (root / above).chmod(0o700)
