"""Messages: what the stream holds that nothing else does: acknowledged and not yet stored, and the dead letters.

All else in it is stored already. They get new numbers when they are brought back, and keep the moment of their
first receipt in a header, as a replayed letter does.
"""

from __future__ import annotations

import asyncio
import io
import json
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import nats.errors
import pyarrow as pa
import pyarrow.parquet as pq
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from nats.js.errors import NotFoundError

from candia.backup import encryption, manifest
from candia.backup.errors import BackupFailed
from candia.telemetry import deadletters
from candia.telemetry.stream import DEADLETTERS, OBSERVATIONS, RECEIVED, Message, Stream, StreamAway

FILE, BYTES, AT_ONCE = 20_000, 32 * 1024 * 1024, 500
schema = pa.schema(
    {"subject": pa.string(), "payload": pa.binary(), "headers": pa.string(), "received": pa.int64()}
)


async def read(stream: Stream, name: str, after: int) -> AsyncIterator[Message]:
    """The messages of a stream beyond a number, up to the last that it holds now."""
    last = (await stream.context.stream_info(name)).state.last_seq
    config = ConsumerConfig(
        deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
        opt_start_seq=after + 1,
        ack_policy=AckPolicy.NONE,
        mem_storage=True,
        inactive_threshold=30,
    )
    info = await stream.context.add_consumer(name, config)
    left = info.num_pending or 0
    reader = await stream.context.pull_subscribe_bind(consumer=info.name, stream=name)
    reached = after
    while left > 0 and reached < last:
        try:
            found = await reader.fetch(min(left, AT_ONCE), timeout=5)
        except nats.errors.TimeoutError as silent:
            raise StreamAway(f"The stream {name} has {left} messages left and sends none.") from silent
        left -= len(found)
        for one in found:
            reply = one.reply.split(".")
            at = 0 if len(reply) == 9 else 2  # noqa: PLR2004 — two more with a domain, as in telemetry/line.py
            reached = int(reply[5 + at])
            yield Message(one.subject, one.data, reached, int(reply[7 + at]) // 1000, one.headers or {})
    await reader.unsubscribe()
    await stream.context.delete_consumer(name, info.name)


async def beyond(stream: Stream, floor: int) -> Callable[[Message], bool]:
    """Whether a dead letter is of no message beyond the floor; the others are buried again when those are read.

    A stream that lost its tail counts anew, so a letter's number alone does not tell; its moment must fit as well.
    """
    first = int(time.time() * 1e6)
    async for message in read(stream, OBSERVATIONS, floor):
        first = message.received
        break

    def settled(letter: Message) -> bool:
        number, _, moment = letter.headers.get(deadletters.ID, "").partition("-")
        known = number.isdigit() and moment.isdigit()
        return not known or int(number) <= floor or int(moment) < first

    return settled


def table_of(stream: str) -> str:
    """Under which name the messages of a stream are in a backup."""
    return f"messages/{stream.lower()}"


async def write(
    stream: Stream, draft: manifest.Draft, name: str, after: int, chosen: Callable[[Message], bool] = bool
) -> tuple[int, int]:
    """Write a stream's messages beyond a number, as tables of Parquet; how many, and the number of the last."""
    held: list[Message] = []
    size = count = files = 0
    last = after
    table = table_of(name)

    def put() -> None:
        nonlocal size, files, held
        files += 1
        draft.add(f"{table}/{files:05}.parquet", io.BytesIO(packed(held)), table=table, rows=len(held))
        held, size = [], 0

    async for message in read(stream, name, after):
        last = message.sequence
        if not chosen(message):
            continue
        held.append(message)
        count, size = count + 1, size + len(message.payload)
        if len(held) == FILE or size > BYTES:
            put()
    if held:
        put()
    return count, last


def packed(messages: list[Message]) -> bytes:
    """Messages as one Parquet file."""
    rows = [(one.subject, one.payload, json.dumps(dict(one.headers)), one.received) for one in messages]
    arrays = [
        pa.array(column, kind) for column, kind in zip(zip(*rows, strict=True), schema.types, strict=True)
    ]
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_arrays(arrays, schema=schema), sink, compression="zstd")
    return sink.getvalue()


async def is_empty(stream: Stream) -> bool:
    """Whether neither stream holds anything, or both are yet to be made."""
    for name in (OBSERVATIONS, DEADLETTERS):
        try:
            if (await stream.context.stream_info(name)).state.last_seq:
                return False
        except NotFoundError:
            continue
    return True


async def restore(stream: Stream, contents: manifest.Manifest, fetch: encryption.Fetch) -> None:
    """Make the streams and bring the messages back, in their order; raises BackupFailed where some are missing."""
    await stream.prepare()
    for name, many in ((DEADLETTERS, contents.letters), (OBSERVATIONS, contents.messages)):
        for file in contents.of(table_of(name)):
            content = io.BytesIO()
            fetch(file.name, content)
            content.seek(0)
            rows = pq.read_table(content).to_pylist()
            for start in range(0, len(rows), AT_ONCE):
                some = rows[start : start + AT_ONCE]
                await asyncio.gather(
                    *(stream.add(row["subject"], row["payload"], _headers(row)) for row in some)
                )
        found = (await stream.context.stream_info(name)).state.messages
        if found != many:
            raise BackupFailed(f"The stream {name} has {found} messages, and the backup told of {many}.")


def _headers(row: dict[str, Any]) -> dict[str, str]:
    headers: dict[str, str] = json.loads(row["headers"])
    # Its number was one of the stream that was; the next backup must not take it for one of this.
    headers.pop(deadletters.ID, None)
    return {RECEIVED: str(row["received"] // 1000), **headers}
