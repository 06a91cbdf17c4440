"""Position: up to which message of the stream the store holds everything; it lies in the store itself.

The stream's numbers alone do not tell: when it loses its tail, in a power cut or because it was brought back from a
backup or made anew, it gives the same numbers to other messages. So a position is a number and the moment (µs) at
which that message was received, and holds only where the stream has the same of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import nats
from nats.js.errors import NotFoundError

from candia.telemetry.newest import Cut
from candia.telemetry.store import Store
from candia.telemetry.stream import Message, Stream, StreamAway

EPOCH, MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)


@dataclass(frozen=True)
class Position:
    """A message that was stored, and the last one that the stream had then."""

    sequence: int
    received: int
    newest: int


@dataclass(frozen=True)
class Loss:
    """Messages that the stream has lost: its numbers from `first` on are given anew, or were never read.

    What was received until `since` is stored, and so is what came after `until` (µs, 0 if nothing has come); of
    what came between, up to number `last` as far as is known, nothing can be brought back.
    """

    first: int
    last: int
    since: int
    until: int


@dataclass(frozen=True)
class Start:
    """Where the line begins: after this message; and up to which all dead letters lie where they belong."""

    after: int
    buried: int
    loss: Loss | None = None


def note(store: Store, stream: str, message: Message, newest: int) -> None:
    """The store holds everything up to this message."""
    _write(store, stream, Position(message.sequence, message.received, max(newest, message.sequence)))


def _write(store: Store, stream: str, position: Position) -> None:
    store.command(
        "INSERT INTO position (stream, sequence, received, newest) SELECT {stream:String}, {sequence:UInt64}, "
        "fromUnixTimestamp64Micro({received:Int64}), {newest:UInt64}",
        stream=stream,
        sequence=position.sequence,
        received=position.received,
        newest=position.newest,
    )


def passed(store: Store, stream: str, message: Message, newest: int) -> None:
    """The message was taken out of the stream: where the store holds all before it, it holds all up to it."""
    before = known(store, stream)
    if before and before[-1].sequence + 1 == message.sequence:
        note(store, stream, message, newest)


def known(store: Store, stream: str) -> list[Position]:
    """The positions that were noted, the lowest first."""
    found = store.ask(
        "SELECT sequence, toUnixTimestamp64Micro(received) AS at, max(newest) AS most FROM position "
        "WHERE stream = {stream:String} GROUP BY sequence, at ORDER BY sequence",
        stream=stream,
    )
    return [Position(row["sequence"], row["at"], row["most"]) for row in found.to_pylist()]


def is_empty(store: Store) -> bool:
    """Whether the store holds nothing, and so has taken nothing."""
    return bool(store.ask("SELECT 1 AS one FROM observations LIMIT 1").num_rows == 0)


async def holds_since(stream: Stream, name: str) -> datetime | None:
    """The moment from which on the stream has what came; None where it has nothing; raises StreamAway."""
    try:
        state = (await stream.context.stream_info(name)).state
    except (OSError, nats.errors.Error) as away:
        raise StreamAway(f"The stream does not answer: {away}") from away
    received = await _received(stream, name, state.first_seq) if state.messages else None
    return EPOCH + received * MICROSECOND if received is not None else None


async def last(stream: Stream, name: str) -> int:
    """The number of the stream's last message; raises StreamAway."""
    try:
        return (await stream.context.stream_info(name)).state.last_seq
    except (OSError, nats.errors.Error) as away:
        raise StreamAway(f"The stream does not answer: {away}") from away


async def lost_by(stream: Stream, name: str, cut: Cut) -> Loss:
    """What a stream has lost that was cut where nobody had read it."""
    since, until = [await _received(stream, name, number) or 0 for number in (cut.left, cut.left + 1)]
    return Loss(cut.left + 1, cut.last, since, until)


def settle(store: Store, stream: str, start: Start) -> None:
    """From here on the stream is what it is now: what was noted of messages that it has lost is forgotten."""
    if start.loss is None:
        return
    store.command(
        "ALTER TABLE position DELETE WHERE stream = {stream:String} AND "
        "(sequence > {after:UInt64} OR newest > {after:UInt64})",
        settings={"mutations_sync": 2},
        stream=stream,
        after=start.after,
    )
    _write(store, stream, Position(start.after, start.loss.since, start.after))


async def find(
    stream: Stream, name: str, noted: Sequence[Position], acknowledged: int, *, empty: bool
) -> Start:
    """Where to go on in the stream `name`, by what the store has noted and else by what was acknowledged."""
    state = (await stream.context.stream_info(name)).state
    first, last = state.first_seq, state.last_seq
    if not noted:
        # A store of the version before; or one that is new, beside an old stream.
        after = 0 if empty else min(acknowledged, last)
        loss = await _loss(stream, name, after, acknowledged, 0) if acknowledged > last else None
        return Start(after, min(acknowledged, after), loss)
    newest, most = noted[-1], max(one.newest for one in noted)
    held = [one for one in noted if one.sequence <= last]
    low, high = 0, len(held)
    # Those before the place at which the stream was cut are right, those after it are not.
    while low < high:
        middle = (low + high) // 2
        if await _is_right(stream, name, held[middle], first):
            low = middle + 1
        else:
            high = middle
    after = held[low - 1].sequence if low else 0
    if after == newest.sequence and last >= most and (first <= after + 1 or not after):
        return Start(after, max(acknowledged, after))
    if after == newest.sequence and last >= most:
        # The oldest went before they were read.
        gone = Loss(after + 1, first - 1, newest.received, await _received(stream, name, first) or 0)
        return Start(first - 1, first - 1, gone)
    return Start(after, after, await _loss(stream, name, after, max(most, acknowledged), newest.received))


async def _loss(stream: Stream, name: str, after: int, most: int, since: int) -> Loss:
    state = (await stream.context.stream_info(name)).state
    first = max(after + 1, state.first_seq)
    until = await _received(stream, name, first) if first <= state.last_seq else 0
    return Loss(after + 1, most, since, until or 0)


async def _is_right(stream: Stream, name: str, position: Position, first: int) -> bool:
    """Whether the stream's message of this number is the one that was stored, as far as it can be known."""
    if position.sequence < first:
        return True
    received = await _received(stream, name, position.sequence)
    # One that was deleted alone is no sign that its number was given anew.
    return received is None or received == position.received


async def _received(stream: Stream, name: str, sequence: int) -> int | None:
    try:
        told = await stream.context.get_msg(name, sequence)
    except NotFoundError:
        return None
    except (OSError, nats.errors.Error) as away:
        raise StreamAway(f"The stream does not answer: {away}") from away
    return (told.time - EPOCH) // MICROSECOND if told.time else None
