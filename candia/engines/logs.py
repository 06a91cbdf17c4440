"""Logs: what the parts say is kept in files that each hold the newest 10 to 20 MB, trimmed while they are written.

A part writes to its file itself and always at the end, so it waits for nobody: not for a supervisor that
hangs, nor for a full disk. The oldest is taken away in place, which needs no space. A file system that can't do
that (tmpfs, btrfs) has its file emptied and what is to stay written again.
"""

from __future__ import annotations

import ctypes
import os
from pathlib import Path
from typing import Any

#: A log longer than MOST bytes is cut to its newest KEPT.
MOST, KEPT = 20_000_000, 10_000_000
FALLOC_FL_COLLAPSE_RANGE = 0x08
_libc = ctypes.CDLL(None, use_errno=True)
_fallocate: Any = _libc.fallocate
_fallocate.argtypes = (ctypes.c_int, ctypes.c_int, ctypes.c_int64, ctypes.c_int64)


def trim(folder: Path) -> None:
    """Cut each log of this folder that has grown too long."""
    for path in folder.glob("*.log"):
        if path.stat().st_size > MOST:
            _cut(path)


def _cut(path: Path) -> None:
    log = os.open(path, os.O_RDWR | os.O_APPEND)
    try:
        state = os.fstat(log)
        # Whole blocks alone can be taken out of a file.
        old = (state.st_size - KEPT) // state.st_blksize * state.st_blksize
        if _fallocate(log, FALLOC_FL_COLLAPSE_RANGE, 0, old) != 0:
            _write_again(log, old)
    finally:
        os.close(log)


def _write_again(log: int, old: int) -> None:
    kept = bytearray()
    # What is said meanwhile is read as well, until there is nothing more.
    while said := os.pread(log, 1 << 20, old + len(kept)):
        kept += said
    os.ftruncate(log, 0)
    os.write(log, kept)


def last_words(path: Path, since: int = 0) -> str:
    """What a log holds from byte `since` on; all that is left of it where it was cut meanwhile."""
    if not path.exists():
        return ""
    with path.open("rb") as log:
        log.seek(since if since <= path.stat().st_size else 0)
        return log.read().decode("utf-8", "replace")
