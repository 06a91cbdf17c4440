"""Create: one backup of a running city, in an order that makes the restored one whole.

First the stream's floor, then the records, the files that they name, the observations, and at last what the stream
holds beyond the floor: docs/decisions/0014-what-a-backup-holds.md argues it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

from candia.backup import encryption, folders, manifest, messages, observations, records, wal
from candia.backup.errors import BackupFailed
from candia.backup.retention import Desk, tidy
from candia.backup.storage import Storage
from candia.conditions import Conditions
from candia.config import City, Config, is_given
from candia.telemetry import line
from candia.telemetry.store import Store
from candia.telemetry.stream import DEADLETTERS, OBSERVATIONS, Message, Stream, StreamAway

Say = Callable[[str], None]
Answer = TypeVar("Answer")


def make(config: Config, environ: Mapping[str, str], place: str, say: Say) -> tuple[str, manifest.Manifest]:
    """Make one, note it, and remove those that have served; its folder and what it holds. Raises BackupFailed."""
    desk, conditions = Desk(config.home), Conditions(config.home)
    with desk.alone():
        last = replace(desk.last(), tried=time.time(), wrong="")
        desk.note(last)
        try:
            storage = opened(config, environ, place)
            name, contents = _whole(config, environ, storage, say)
        except Exception as failed:
            # Whatever it was, nobody may take it for made.
            why = str(failed) or type(failed).__name__
            desk.note(replace(last, wrong=why))
            conditions.report("backup_failed", why=why)
            raise BackupFailed(why) from failed
        desk.note(
            replace(
                last,
                began=contents.began.timestamp(),
                finished=time.time(),
                size=contents.size,
                tried=last.tried,
            )
        )
        for name_of in ("backup_failed", "backup_old"):
            conditions.clear(name_of)
        for gone in tidy(storage, config.backup_keep, datetime.now(UTC)):
            say(f"{gone} has served and is removed")
        wal.tidy(storage)
        return name, contents


def opened(config: Config, environ: Mapping[str, str], place: str) -> Storage:
    """The storage to write to; raises BackupFailed for one inside the home."""
    if not place:
        raise BackupFailed(
            "Say where the backup goes: --to, or CANDIA_BACKUP_TO, a folder or s3://bucket/prefix."
        )
    storage = Storage.at(place, environ)
    if storage.is_local and Path(storage.root).resolve().is_relative_to(config.home):
        raise BackupFailed(
            f"{storage.root} is inside the home. Name a folder elsewhere, best on another disk."
        )
    return storage


def key_of(config: Config) -> Any | None:
    """The public key that backups are sealed for; raises BackupFailed for one that can't be used."""
    try:
        return encryption.recipient(config.backup_recipient) if config.backup_recipient else None
    except ValueError as wrong:
        raise BackupFailed(f"CANDIA_BACKUP_RECIPIENT {wrong}.") from wrong


def _whole(
    config: Config, environ: Mapping[str, str], storage: Storage, say: Say
) -> tuple[str, manifest.Manifest]:
    began = datetime.now(UTC)
    name = began.strftime(manifest.STAMP)
    if name in storage.folders():
        raise BackupFailed(f"{storage.root}/{name} is there already. Wait a second.")
    draft = manifest.Draft(storage.below(name), key_of(config))
    floor, settled = with_stream(config.stream_url, _beginning)
    facts = _records(config, environ, draft, say)
    say(f"files: {folders.write(config.home, config.city_file, draft)}")
    facts |= _observations(config, draft, say)
    facts |= _messages(config, draft, floor, settled, say)
    contents = manifest.Manifest(
        candia=version("candia"),
        city=City.read(config.city_file).name,
        began=began,
        finished=datetime.now(UTC),
        recipient=config.backup_recipient,
        files=draft.files,
        **facts,
    )
    draft.finish(contents)
    return name, contents


def _records(config: Config, environ: Mapping[str, str], draft: manifest.Draft, say: Say) -> dict[str, Any]:
    with records.snapshot(config.database_url, config.binaries) as (seen, dump):
        draft.add(records.NAME, dump)
    say(f"records: {sum(seen.tables.values())} rows of {len(seen.tables)} tables")
    needed = ("", "")
    if config.backup_wal and not is_given(environ, "DATABASE_URL"):
        needed = wal.write_base(config.database_url, config.binaries, draft)
        say("records: the server's own files, for the moments after")
    return {
        "records": seen.tables,
        "records_at": seen.moment,
        "migrations": seen.migrations,
        "database": seen.version,
        "log": needed[0],
        "log_from": needed[1],
    }


def _observations(config: Config, draft: manifest.Draft, say: Say) -> dict[str, Any]:
    store = Store(config.telemetry_url)
    try:
        rows = observations.write(store, draft)
        say(f"observations: {rows['observations']}, hours: {rows['hourly']}")
        return {"observations": rows, "store_migrations": observations.migrations(store)}
    finally:
        store.close()


def _messages(
    config: Config, draft: manifest.Draft, floor: int, settled: Callable[[Message], bool], say: Say
) -> dict[str, Any]:
    async def both(stream: Stream) -> tuple[int, int, int]:
        # Letters first: one that is replayed between the two is in both rather than in none.
        letters, _ = await messages.write(stream, draft, DEADLETTERS, 0, settled)
        return letters, *await messages.write(stream, draft, OBSERVATIONS, floor)

    letters, count, last = with_stream(config.stream_url, both)
    say(f"messages not stored yet: {count}, dead letters: {letters}")
    return {"floor": floor, "last": last, "messages": count, "letters": letters}


async def _beginning(stream: Stream) -> tuple[int, Callable[[Message], bool]]:
    """The last message that is rolled up in the store, and which dead letters are of messages up to there."""
    floor = await line.floor(stream, OBSERVATIONS)
    held = (await stream.context.stream_info(OBSERVATIONS)).state.last_seq
    # A stream that lost its tail counts from below: then all that it holds is taken along.
    floor = floor if floor <= held else 0
    return floor, await messages.beyond(stream, floor)


def with_stream(url: str, ask: Callable[[Stream], Awaitable[Answer]]) -> Answer:
    """What a coroutine answers that is given the stream; raises StreamAway."""

    async def go() -> Answer:
        try:
            # The connection itself would wait for as long as it takes.
            async with asyncio.timeout(5):
                stream = await Stream.connect(url)
        except TimeoutError as away:
            raise StreamAway("The stream does not answer. Is the city running?") from away
        try:
            return await ask(stream)
        finally:
            await stream.close()

    return asyncio.run(go())
