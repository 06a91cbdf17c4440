"""Storage: where backups lie, a folder or a bucket that speaks S3; both are read and written in streams."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from pyarrow import fs

from candia.backup.errors import BackupFailed
from candia.config import read_one

# Seconds until a bucket that says nothing counts as away.
CONNECT, ANSWER = 10, 60
S3 = "s3://"


@dataclass(frozen=True)
class Storage:
    """The files below one place; a name is a path with slashes, below it."""

    system: Any
    root: str

    @classmethod
    def at(cls, place: str, environ: Mapping[str, str]) -> Storage:
        """The storage of CANDIA_BACKUP_TO's form: a folder's path or s3://bucket/prefix."""
        if not place.startswith(S3):
            return cls(fs.LocalFileSystem(), str(Path(place.removeprefix("file://")).expanduser().absolute()))
        system = fs.S3FileSystem(
            access_key=read_one(environ, "BACKUP_S3_KEY") or None,
            secret_key=read_one(environ, "BACKUP_S3_SECRET") or None,
            endpoint_override=read_one(environ, "BACKUP_S3_ENDPOINT") or None,
            region=read_one(environ, "BACKUP_S3_REGION"),
            connect_timeout=CONNECT,
            request_timeout=ANSWER,
        )
        return cls(system, place.removeprefix(S3).strip("/"))

    def below(self, name: str) -> Storage:
        """The same storage, one folder down."""
        return Storage(self.system, f"{self.root}/{name}")

    @property
    def is_local(self) -> bool:
        """Whether it lies on a disk of this machine."""
        return isinstance(self.system, fs.LocalFileSystem)

    @contextmanager
    def write(self, name: str) -> Iterator[IO[bytes]]:
        """A file to write, there for good once this ends well; raises BackupFailed."""
        path = f"{self.root}/{name}"
        with telling(path):
            if not self.is_local:
                with self.system.open_output_stream(path, compression=None) as out:
                    yield out
                return
            # Readable by its owner alone, and on the disk itself before anybody relies on it.
            Path(path).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            draft = f"{path}.draft"
            with open(draft, "wb", opener=lambda file, flags: os.open(file, flags, 0o600)) as out:
                yield out
                out.flush()
                os.fsync(out.fileno())
            Path(draft).replace(path)

    @contextmanager
    def read(self, name: str) -> Iterator[IO[bytes]]:
        """A file to read from its beginning; raises BackupFailed."""
        path = f"{self.root}/{name}"
        with telling(path), self.system.open_input_stream(path, compression=None) as file:
            yield file

    def sizes(self, name: str = "", *, deep: bool = False) -> dict[str, int]:
        """The files of a folder and their bytes; with `deep` of all folders below it."""
        return {path: info.size for path, info in self._found(name, deep=deep) if info.is_file}

    def folders(self) -> list[str]:
        """The folders at this place, by name."""
        return sorted(path for path, info in self._found("", deep=False) if not info.is_file)

    def remove(self, name: str) -> None:
        """Delete a file, or a folder with all that is in it."""
        path = f"{self.root}/{name}"
        with telling(path):
            kind = self.system.get_file_info(path).type
            if kind == fs.FileType.File:
                self.system.delete_file(path)
            elif kind == fs.FileType.Directory:
                self.system.delete_dir(path)

    def _found(self, name: str, *, deep: bool) -> list[tuple[str, Any]]:
        path = f"{self.root}/{name}".rstrip("/")
        with telling(path):
            chosen = fs.FileSelector(path, recursive=deep, allow_not_found=True)
            return [(info.path[len(self.root) + 1 :], info) for info in self.system.get_file_info(chosen)]


@contextmanager
def telling(path: str) -> Iterator[None]:
    """Let what goes wrong with this path be told with its name."""
    try:
        yield
    except OSError as wrong:
        raise BackupFailed(f"{path} can't be read or written: {wrong.strerror or wrong}") from wrong
