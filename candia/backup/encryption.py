"""Encryption: a file encrypted for a key whose other half never lies on the server, in the format of `age`.

Source: https://age-encryption.org/v1. What is sealed here is opened by the tool `age`, and the other way round.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Protocol

import pyrage

from candia.backup.errors import BackupFailed

SUFFIX = ".age"
BLOCK = 1 << 20


#: Writes the plain content of a backup's file of this name into the file that is given.
Fetch = Callable[[str, Any], None]


class Reader(Protocol):
    """What can be read from its beginning to its end."""

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes, none at the end."""


def recipient(text: str) -> Any:
    """The public key that backups are sealed for; raises ValueError."""
    try:
        if text.startswith("ssh-"):
            return pyrage.ssh.Recipient.from_str(text)
        return pyrage.x25519.Recipient.from_str(text)
    except pyrage.RecipientError as wrong:
        raise ValueError(f"is no public key of age ({wrong}); it begins with age1") from wrong


def identity(path: Path) -> Any:
    """The private key in this file; raises BackupFailed."""
    try:
        key_text = path.read_text("utf-8")
        if "PRIVATE KEY" in key_text:
            return pyrage.ssh.Identity.from_buffer(key_text.encode())
        lines = [line.strip() for line in key_text.splitlines()]
        return pyrage.x25519.Identity.from_str(next(line for line in lines if line and line[0] != "#"))
    except (OSError, UnicodeDecodeError, StopIteration, pyrage.IdentityError) as wrong:
        raise BackupFailed(f"{path} holds no private key of age: {wrong or 'it is empty'}") from wrong


def make_key(path: Path) -> str:
    """Write a new private key to a file that is not there yet; the public half of it."""
    made = pyrage.x25519.Identity.generate()
    with open(path, "x", opener=lambda file, flags: os.open(file, flags, 0o600)) as file:
        file.write(f"# public key: {made.to_public()}\n{made}\n")
    return str(made.to_public())


def seal(source: Reader, sink: Any, key: Any | None) -> None:
    """Copy a file, encrypted where there is a key; raises BackupFailed."""
    if key is None:
        copy(source, sink)
        return
    try:
        pyrage.encrypt_io(source, sink, [key])
    except pyrage.EncryptError as wrong:
        raise BackupFailed(f"It could not be encrypted: {wrong}") from wrong


def unseal(source: Reader, sink: Any, key: Any | None) -> None:
    """Copy a file, decrypted where there is a key; raises BackupFailed."""
    if key is None:
        copy(source, sink)
        return
    try:
        pyrage.decrypt_io(source, sink, [key])
    except (pyrage.DecryptError, OSError) as wrong:
        raise BackupFailed(f"It could not be decrypted with this key: {wrong}") from wrong


def copy(source: Reader, sink: Any) -> None:
    """All bytes, block by block."""
    while block := source.read(BLOCK):
        sink.write(block)


@contextmanager
def piped(fill: Callable[[IO[bytes]], None]) -> Iterator[IO[bytes]]:
    """What `fill` writes, to be read while it writes; raises at the end what went wrong in it."""
    out, into = os.pipe()
    wrong: list[Exception] = []

    def work() -> None:
        try:
            with os.fdopen(into, "wb") as sink:
                fill(sink)
        except Exception as error:  # noqa: BLE001 — it is told where the file is read
            wrong.append(error)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    with os.fdopen(out, "rb") as source:
        yield source
        # What the reader had no use for must not keep the writer waiting.
        while source.read(BLOCK):
            pass
    thread.join()
    if wrong:
        raise wrong[0]
