"""Progress: how far ingest is, asked of the stream itself, so that one that hangs or is dead is told too."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
import nats

from candia.telemetry.deadletters import bury
from candia.telemetry.ingest import COUNTERS
from candia.telemetry.line import acknowledged
from candia.telemetry.position import EPOCH, MICROSECOND, holds_since
from candia.telemetry.reason import because
from candia.telemetry.stream import OBSERVATIONS, Message, Stream, StreamAway

#: Seconds that messages may wait while none is stored, and while none is rolled up and acknowledged.
STORED_WITHIN, DONE_WITHIN = 60.0, 900.0


@dataclass(frozen=True)
class Progress:
    """The stream's first and last number, since when it holds what came, and up to which number ingest is.

    `told` are ingest's own counters, None where it does not answer.
    """

    first: int
    last: int
    since: datetime | None
    stored: int
    acknowledged: int
    told: dict[str, Any] | None

    @property
    def behind(self) -> int:
        """Messages that can't be asked for yet, as far as their numbers tell."""
        return max(0, self.last - max(self.stored, self.first - 1))


async def look(stream: Stream) -> Progress:
    """How far it is now; raises StreamAway."""
    try:
        told = msgspec.json.decode((await stream.client.request(COUNTERS, b"", timeout=1)).data)
    except (OSError, nats.errors.Error):
        told = None
    done = await acknowledged(stream, OBSERVATIONS)
    try:
        state = (await stream.context.stream_info(OBSERVATIONS)).state
    except (OSError, nats.errors.Error) as away:
        raise StreamAway(f"The stream does not answer: {away}") from away
    stored = max(done, told["stored"] if told else 0)
    since = await holds_since(stream, OBSERVATIONS)
    return Progress(state.first_seq, state.last_seq, since, min(stored, state.last_seq), done, told)


class Watch:
    """Whether ingest goes on, seen over time; a moment is monotonic seconds.

    Only what was never reached before is progress: an ingest that fails again and again stores the same anew.
    """

    def __init__(self) -> None:
        self._stored = self._done = -1
        self._stored_at = self._done_at = 0.0

    def stalled(self, seen: Progress, now: float) -> float:
        """For how many seconds messages have been waiting and nothing has moved; 0 where all is well."""
        went_back = seen.acknowledged < self._done
        if went_back or seen.stored > self._stored or seen.stored >= seen.last:
            self._stored, self._stored_at = seen.stored, now
        if went_back or seen.acknowledged > self._done or seen.acknowledged >= seen.last:
            self._done, self._done_at = seen.acknowledged, now
        if now - self._stored_at >= STORED_WITHIN:
            return now - self._stored_at
        return now - self._done_at if now - self._done_at >= DONE_WITHIN else 0.0


class NothingToSkip(Exception):
    """Why a message is not skipped: a sentence."""


async def waiting(stream: Stream, after: int, most: int) -> list[Message]:
    """The first messages after this number; raises StreamAway."""
    found: list[Message] = []
    last = (await look(stream)).last
    while after < last and len(found) < most:
        after += 1
        if (message := await _get(stream, after)) is not None:
            found.append(message)
    return found


async def skip(stream: Stream, number: int) -> Message:
    """Take a message out of ingest's way, and keep it as a dead letter; raises NothingToSkip and StreamAway."""
    seen = await look(stream)
    if number <= seen.acknowledged:
        raise NothingToSkip(f"Ingest is done with number {number}; it goes on after {seen.acknowledged}.")
    message = await _get(stream, number)
    if message is None:
        raise NothingToSkip(f"The stream has no message number {number}.")
    # Kept before it is taken out: a crash between leaves both, which loses nothing.
    await bury(stream, [(message, because("An operator had ingest skip the message."))])
    try:
        await stream.context.delete_msg(OBSERVATIONS, number)
    except (OSError, nats.errors.Error) as away:
        raise StreamAway(f"The stream does not answer: {away}") from away
    return message


async def _get(stream: Stream, number: int) -> Message | None:
    try:
        told = await stream.context.get_msg(OBSERVATIONS, number)
    except nats.js.errors.NotFoundError:
        return None
    except (OSError, nats.errors.Error) as away:
        raise StreamAway(f"The stream does not answer: {away}") from away
    received = (told.time - EPOCH) // MICROSECOND if told.time else 0
    return Message(told.subject or "", told.data or b"", number, received, told.headers or {})
