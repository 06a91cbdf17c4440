"""Dead letters: messages that could not be taken, with the reason, until it is mended and they are replayed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote, unquote

import nats
from nats.js.api import AckPolicy, ConsumerConfig
from nats.js.errors import NotFoundError

from candia.telemetry.stream import DEADLETTERS, RECEIVED, Message, Stream, StreamAway

REASON, SUBJECT, ID = "Candia-Reason", "Candia-Subject", "Nats-Msg-Id"
AT_ONCE = 1000


@dataclass(frozen=True)
class DeadLetter:
    """A message as it came, why it could not be taken, and its number among the dead letters."""

    number: int
    device: str
    subject: str
    reason: str
    received: int
    payload: bytes


async def bury(stream: Stream, refused: Sequence[tuple[Message, str]]) -> None:
    """Keep messages with their reasons; one that comes twice within the hour is kept once."""
    for start in range(0, len(refused), AT_ONCE):
        await asyncio.gather(*(_bury(stream, *one) for one in refused[start : start + AT_ONCE]))


async def _bury(stream: Stream, message: Message, reason: str) -> None:
    first = message.headers.get(RECEIVED) or str(message.received // 1000)
    headers = {
        REASON: quote(reason, safe=" '!\"#$&()*+,-./:;<=>?@[]^_`{|}~"),
        SUBJECT: message.subject,
        RECEIVED: first,
        ID: f"{message.sequence}-{message.received}",
    }
    await stream.add(f"dead.{message.device}", message.payload, headers)


async def letters(stream: Stream, device: str = "", reason: str = "") -> AsyncIterator[DeadLetter]:
    """All of them, oldest first; only this device's, only those whose reason holds these words."""
    config = ConsumerConfig(
        filter_subject=f"dead.{device or '*'}",
        ack_policy=AckPolicy.NONE,
        mem_storage=True,
        inactive_threshold=30,
    )
    try:
        info = await stream.context.add_consumer(DEADLETTERS, config)
        left = info.num_pending or 0
        reader = await stream.context.pull_subscribe_bind(consumer=info.name, stream=DEADLETTERS)
        while left > 0:
            for told in await reader.fetch(min(left, AT_ONCE)):
                left -= 1
                letter = _letter(told.metadata.sequence.stream, told.subject, told.headers or {}, told.data)
                if reason.lower() in letter.reason.lower():
                    yield letter
        await stream.context.delete_consumer(DEADLETTERS, info.name)
    except (OSError, nats.errors.Error) as away:
        raise StreamAway(f"The stream does not answer: {away}") from away


async def replay(stream: Stream, device: str = "", reason: str = "") -> int:
    """Send the letters chosen on their way again, as they came and when they came; how many."""
    count = 0
    async for letter in letters(stream, device, reason):
        # Sent before it is deleted: a crash between sends it twice, which changes nothing.
        await stream.add(letter.subject, letter.payload, {RECEIVED: str(letter.received)})
        await discard(stream, letter)
        count += 1
    return count


async def discard(stream: Stream, letter: DeadLetter) -> None:
    """Throw a letter away for good."""
    try:
        await stream.context.delete_msg(DEADLETTERS, letter.number)
    except NotFoundError:
        return


async def count(stream: Stream) -> int:
    """How many there are."""
    try:
        return (await stream.context.stream_info(DEADLETTERS)).state.messages
    except (OSError, nats.errors.Error) as away:
        raise StreamAway(f"The stream does not answer: {away}") from away


def _letter(number: int, subject: str, headers: dict[str, str], payload: bytes) -> DeadLetter:
    return DeadLetter(
        number=number,
        device=subject.partition(".")[2],
        subject=headers.get(SUBJECT, ""),
        reason=unquote(headers.get(REASON, "")),
        received=int(headers.get(RECEIVED, "0")),
        payload=payload,
    )
