"""Snapshots: a dataset's files, written once for all who take them, and anew when its service changed.

The files of a snapshot agree with one another, cost one query however many ask, and have a tag and a date. What
a moderator hid is gone with the next request, since each change of a service's state records an event; what no
event tells of, such as observations, follows within minutes.
"""

from __future__ import annotations

import fcntl
import json
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import file_digest
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
from django.conf import settings
from django.utils import timezone, translation

from candia.core.dataset import Dataset
from candia.core.errors import Unavailable
from candia.core.event import Event
from candia.core.service import Service, services
from candia.doors.opendata import formats, parquet
from candia.telemetry.store import StoreAway

SHOWN = 8
# How old a snapshot may grow while no event tells of a change.
KEPT = {"CONT": timedelta(minutes=1)}
OTHERS = timedelta(minutes=5)


@dataclass(frozen=True)
class Snapshot:
    """The files of a dataset as of a moment; `changed` is when their content last became another."""

    folder: Path
    version: str
    made: datetime
    changed: datetime
    rows: int
    tags: dict[str, str]
    preview: list[dict[str, Any]]

    def file(self, format: str) -> Path:
        """The file in this format."""
        return self.folder / f"data.{format}"


def snapshot(service: Service, dataset: Dataset) -> Snapshot:
    """The present snapshot, made now if there is none, or none that may still be shown; raises Unavailable."""
    folder = home() / f"{service.name}.{dataset.name}"
    version = _version(service, dataset)
    kept = _kept(folder)
    if kept is not None and _good(kept, version, dataset):
        return kept
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder):
        kept = _kept(folder)
        if kept is not None and _good(kept, version, dataset):
            return kept
        try:
            return _made(folder, dataset, version, kept)
        except StoreAway as away:
            # Yesterday's figures are better than none, but not a hidden text.
            if kept is not None and kept.version == version:
                return kept
            raise Unavailable from away


def home() -> Path:
    """Where the files of all datasets lie."""
    return Path(settings.CANDIA.home / "open-data")


def _version(service: Service, dataset: Dataset) -> str:
    # One step at the end of an index for each kind, where a maximum over all kinds would read them through.
    last = [
        Event.objects.filter(kind=kind.kind).order_by("-id").values_list("id", flat=True)[:1]
        for other in services().values()
        if other is service or other.changes_others
        for kind in other.event_types()
    ]
    newest = max(last[0].union(*last[1:], all=True), default=0) if last else 0
    return f"{newest} {','.join(f'{field.name}:{field.type}' for field in dataset.schema)}"


def _good(kept: Snapshot, version: str, dataset: Dataset) -> bool:
    return kept.version == version and timezone.now() - kept.made < KEPT.get(dataset.rhythm, OTHERS)


def _kept(home: Path) -> Snapshot | None:
    try:
        stored = json.loads((home / "snapshot.json").read_text("utf-8"))
    except OSError:
        return None
    moments = {name: datetime.fromisoformat(stored[name]) for name in ("made", "changed")}
    found = Snapshot(**{**stored, **moments, "folder": home / stored["folder"]})
    return found if found.folder.is_dir() else None


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    with (home / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _made(home: Path, dataset: Dataset, version: str, before: Snapshot | None) -> Snapshot:
    folder = home / secrets.token_hex(8)
    folder.mkdir()
    with translation.override(settings.LANGUAGE_CODE):
        rows, preview = _write(folder, dataset)
    tags = {one.name: _tag(folder / f"data.{one.name}") for one in formats.of(dataset, listed=False)}
    now = datetime.now(UTC)
    changed = before.changed if before is not None and before.tags == tags else now
    made = Snapshot(folder, version, now, changed, rows, tags, preview)
    _remember(home, made)
    for old in home.iterdir():
        # Who is reading an old file goes on reading it.
        if old.is_dir() and old != folder:
            shutil.rmtree(old, ignore_errors=True)
    return made


def _write(folder: Path, dataset: Dataset) -> tuple[int, list[dict[str, Any]]]:
    writers = [one.write(folder / f"data.{one.name}", dataset) for one in formats.of(dataset, listed=False)]
    count = 0
    preview: list[dict[str, Any]] = []
    rows = iter(dataset.query())
    while batch := list(islice(rows, parquet.GROUP)):
        for writer in writers:
            writer.add(batch)
        preview = preview or [msgspec.to_builtins(row) for row in batch[:SHOWN]]
        count += len(batch)
    for writer in writers:
        writer.close()
    return count, preview


def _tag(path: Path) -> str:
    with path.open("rb") as file:
        return f'"{file_digest(file, "sha256").hexdigest()[:32]}"'


def _remember(home: Path, made: Snapshot) -> None:
    moments = {"made": made.made.isoformat(), "changed": made.changed.isoformat()}
    stored = {**made.__dict__, **moments, "folder": made.folder.name}
    draft = home / f"{made.folder.name}.json"
    draft.write_text(json.dumps(stored, ensure_ascii=False), "utf-8")
    draft.replace(home / "snapshot.json")
