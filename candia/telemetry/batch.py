"""Batch: messages that came together, and what became of each; none of them can keep the others from the store."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import pyarrow as pa

from candia.telemetry.check import Check
from candia.telemetry.formats import Acknowledged, DecodeError
from candia.telemetry.observation import Observation
from candia.telemetry.reason import Reason, because
from candia.telemetry.store import Store, StoreAway, columns, schema
from candia.telemetry.stream import Message

log = logging.getLogger(__name__)
# One row as it counts now, so that to write it again changes nothing.
ANY = (
    "SELECT property, entity, time, value, state, received FROM observations FINAL "
    "WHERE (property, entity, time) IN (SELECT property, entity, time FROM observations LIMIT 1) LIMIT 1"
)


@dataclass
class Batch:
    """Messages that came together; `rows` says how many of the observations are each one's.

    `heard` are those that tell of a downlink, with what.
    """

    messages: Sequence[Message]
    observations: pa.Table
    rows: Sequence[int]
    refused: list[tuple[Message, Reason]]
    left_out: int
    heard: list[tuple[Message, Acknowledged]] = field(default_factory=list)


def read(messages: Sequence[Message], check: Check) -> Batch:
    """Decode and check: the observations that can be taken, and the messages that have others, with why.

    Whatever a message raises is its own: it is refused as a whole, and the others are read.
    """
    taken: list[Observation] = []
    received: list[int] = []
    rows: list[int] = []
    refused: list[tuple[Message, Reason]] = []
    heard: list[tuple[Message, Acknowledged]] = []
    left_out = 0
    for message in messages:
        before = len(taken)
        reasons: list[Reason] = []
        try:
            speaker = check.speaker(message)
            try:
                for seen in check.decode(message, speaker):
                    reason = check.refusal(seen, speaker)
                    if reason is None:
                        taken.append(seen)
                    else:
                        reasons.append(reason)
            except DecodeError as wrong:
                reasons.append(wrong.reason)
                check.note(wrong, speaker)
            except Acknowledged as word:
                stranger = check.unheard(word, speaker)
                reasons += [stranger] if stranger else []
                heard += [] if stranger else [(message, word)]
        except KeyboardInterrupt:
            raise
        except BaseException as wrong:  # noqa: BLE001 — one bad message must not stop a city; Rust panics are these
            del taken[before:]
            reasons = [unreadable(wrong)]
        rows.append(len(taken) - before)
        received += [message.received] * rows[-1]
        if reasons:
            left_out += len(reasons)
            refused.append((message, replace(reasons[0], more=len(reasons) - 1)))
    try:
        table = columns(taken, received)
    except Exception:  # noqa: BLE001 — as above
        return replace(_one_by_one(messages, taken, rows, refused, left_out), heard=heard)
    return Batch(messages, table, rows, refused, left_out, heard)


def unreadable(wrong: BaseException) -> Reason:
    """The reason of a message over which the pipeline itself stumbled."""
    log.warning("A message can't be read and becomes a dead letter", exc_info=wrong)
    return because("The message can't be read: {wrong}.", wrong=_said(wrong))


def _said(wrong: BaseException) -> str:
    try:
        return f"{type(wrong).__name__}: {wrong}"
    except Exception:  # noqa: BLE001 — the words of an error may be wrong as well
        return type(wrong).__name__


def _one_by_one(
    messages: Sequence[Message],
    taken: Sequence[Observation],
    rows: list[int],
    refused: list[tuple[Message, Reason]],
    left_out: int,
) -> Batch:
    """The same where something that was taken fits no column; its message is found and refused as a whole."""
    tables, fitting, told, start = [schema.empty_table()], [], list(refused), 0
    for message, count in zip(messages, rows, strict=True):
        try:
            tables.append(columns(taken[start : start + count], message.received))
            fitting.append(count)
        except Exception as wrong:  # noqa: BLE001 — as above
            told = [one for one in told if one[0] is not message]
            told.append((message, unreadable(wrong)))
            left_out += count
            fitting.append(0)
        start += count
    return Batch(messages, pa.concat_tables(tables), fitting, told, left_out)


def append(store: Store, batch: Batch) -> Batch:
    """Write the batch; what became of it, should the store refuse some messages and take the others.

    Raises StoreAway, and whatever the store says where it takes no other row either: then it is not the messages.
    """
    if not batch.observations.num_rows:
        return batch
    try:
        store.append(batch.observations)
    except StoreAway:
        raise
    except Exception as wrong:
        if not _takes_others(store):
            raise
        log.warning(
            "The store refuses a batch; it is searched for the messages that are the cause: %s", wrong
        )
    else:
        return batch
    guilty = dict(_guilty(store, batch, 0, len(batch.messages)))
    if not _takes_others(store):
        raise StoreAway("The store of observations refuses what it took before.")
    return _without(batch, guilty)


def only(batch: Batch, wanted: pa.ChunkedArray) -> Batch:
    """The batch with these of its observations alone (a truth value for each)."""
    kept, start, rows = wanted.to_pylist(), 0, []
    for count in batch.rows:
        rows.append(sum(kept[start : start + count]))
        start += count
    return replace(batch, observations=batch.observations.filter(wanted), rows=rows)


def _takes_others(store: Store) -> bool:
    """Whether the store writes a row that it has."""
    try:
        found = store.ask(ANY)
        if found.num_rows:
            store.append(found.select(schema.names).cast(schema))
    except StoreAway:
        raise
    except Exception:  # noqa: BLE001 — whatever is wrong with it
        return False
    return bool(found.num_rows)


def _guilty(store: Store, batch: Batch, start: int, end: int) -> Iterator[tuple[int, Reason]]:
    """Write these messages by halves; the places of those that are refused alone, and why."""
    first = sum(batch.rows[:start])
    part = batch.observations.slice(first, sum(batch.rows[start:end]))
    if not part.num_rows:
        return
    try:
        store.append(part)
    except StoreAway:
        raise
    except Exception as wrong:  # noqa: BLE001 — as above
        if end - start == 1:
            yield start, unreadable(wrong)
            return
        middle = (start + end) // 2
        yield from _guilty(store, batch, start, middle)
        yield from _guilty(store, batch, middle, end)


def _without(batch: Batch, guilty: dict[int, Reason]) -> Batch:
    tables, rows, start = [schema.empty_table()], [], 0
    for place, count in enumerate(batch.rows):
        if place not in guilty:
            tables.append(batch.observations.slice(start, count))
        rows.append(0 if place in guilty else count)
        start += count
    condemned = {id(batch.messages[place]) for place in guilty}
    refused = [one for one in batch.refused if id(one[0]) not in condemned]
    refused += [(batch.messages[place], reason) for place, reason in guilty.items()]
    left_out = batch.left_out + sum(batch.rows[place] for place in guilty)
    return Batch(batch.messages, pa.concat_tables(tables), rows, refused, left_out, batch.heard)
