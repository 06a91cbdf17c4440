"""Line: the stream's messages in order and without a gap, for the one reader that acknowledges them.

The acknowledgement of a message acknowledges all before it, so the line must never skip one: messages
that were sent to a reader that died, or got lost with a connection, would be acknowledged unread. Hence
each delivery's number is checked, and after a gap, a restart or a silence the line begins again after the
last message that the store holds (`position.py`), or else was acknowledged, with a consumer of a new name; the old
one goes only when that one is there.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
from collections.abc import Sequence

import nats
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.js.api import AckPolicy, ConsumerConfig, ConsumerInfo, DeliverPolicy
from nats.js.errors import NotFoundError

from candia.telemetry.position import Position, Start, find
from candia.telemetry.stream import DAY, Message, Stream, StreamAway

PREFIX = "ingest-"
# One request brings at most this much, and is answered after at most this long.
MESSAGES, BYTES, GATHER = 20_000, 16 * 1024 * 1024, 0.25
SILENCE = 2.0
# So many parts has the subject by which a message is acknowledged, at least.
REPLY = 9
#: Messages that may wait for their acknowledgement; more are not sent.
UNACKNOWLEDGED = 2_000_000


class Line:
    """An open line; any method raises StreamAway when it broke, and another must be opened."""

    def __init__(self, stream: Stream, consumer: str) -> None:
        self._stream, self._consumer = stream, consumer
        self._inbox = stream.client.new_inbox()
        self._asked = 0
        self._subscription: Subscription | None = None
        self._arrived: list[Message] = []
        self._answered = asyncio.Event()
        self._delivered = 0
        self._broken = ""
        #: How many messages the stream holds beyond the last one taken.
        self.behind = 0
        self.start = Start(0, 0)

    @classmethod
    async def open(
        cls, stream: Stream, name: str, noted: Sequence[Position] = (), *, empty: bool = False
    ) -> Line:
        """Go on after the last message of the stream `name` that was stored, as was noted, or acknowledged.

        Of a store that is `empty` nothing else is believed.
        """
        try:
            before = await _consumers(stream, name)
            acknowledged = max((_floor(one) for one in before), default=0)
            start = await find(stream, name, noted, acknowledged, empty=empty)
            line = cls(stream, f"{name}.{await _successor(stream, name, before, start.after)}")
            line.start = start
            line._subscription = await stream.client.subscribe(
                f"{line._inbox}.*", cb=line._hear, pending_msgs_limit=0, pending_bytes_limit=0
            )
        except (OSError, nats.errors.Error) as away:
            raise StreamAway(f"The stream does not answer: {away}") from away
        return line

    async def take(self) -> list[Message]:
        """What arrives within a quarter of a second, or sooner if that is a lot; perhaps nothing."""
        self._answered.clear()
        self._asked += 1
        request = {"batch": MESSAGES, "max_bytes": BYTES, "expires": int(GATHER * 1e9)}
        try:
            await self._stream.client.publish(
                f"$JS.API.CONSUMER.MSG.NEXT.{self._consumer}",
                json.dumps(request).encode(),
                f"{self._inbox}.{self._asked}",
            )
            # Not wait_for: in Python 3.11 that swallows a cancellation which comes together with the answer.
            async with asyncio.timeout(GATHER + SILENCE):
                await self._answered.wait()
        except (TimeoutError, OSError, nats.errors.Error) as away:
            raise StreamAway(f"The stream does not answer: {away or 'it is silent'}.") from away
        if self._broken:
            raise StreamAway(self._broken)
        taken, self._arrived = self._arrived, []
        return taken

    async def acknowledge(self, message: Message) -> None:
        """This message and all before it need never be delivered again."""
        try:
            await self._stream.client.publish(message.reply, b"+ACK")
        except (OSError, nats.errors.Error) as away:
            raise StreamAway(f"The stream does not answer: {away}.") from away

    async def close(self) -> None:
        """Hear no more; what is not acknowledged comes again on the next line."""
        if self._subscription is not None:
            with contextlib.suppress(OSError, nats.errors.Error):
                await self._subscription.unsubscribe()

    async def _hear(self, told: Msg) -> None:
        if told.reply.count(".") < REPLY - 1:  # A word of the server and no message.
            self._end(told.subject, told.headers or {})
            return
        self._delivered += 1
        message, number, self.behind = delivered(told)
        if number != self._delivered:
            self._broken = "A message got lost on its way; the line begins again."
            self._answered.set()
            return
        self._arrived.append(message)
        if len(self._arrived) == MESSAGES:
            self._answered.set()

    def _end(self, subject: str, headers: dict[str, str]) -> None:
        # 404 and 408: no more for now; 409 about a size or a batch: enough for one answer. Else it is trouble.
        status, reason = headers.get("Status", ""), headers.get("Description", "")
        if status not in {"404", "408"} and "MaxBytes" not in reason and "Batch Completed" not in reason:
            self._broken = f"The stream answers {status} {reason}."
        # A full batch is known by its count; some servers say so afterwards, when the next is asked for already.
        elif subject != f"{self._inbox}.{self._asked}":
            return
        self._answered.set()


def delivered(told: Msg) -> tuple[Message, int, int]:
    """A message as a consumer of the stream sends it, the how many-eth that is, and how many are left."""
    # $JS.ACK.<stream>.<consumer>.<times>.<sequence>.<delivery>.<ns>.<pending>; two more with a domain.
    parts = told.reply.split(".")
    at = 0 if len(parts) == REPLY else 2
    sequence, number, nanoseconds, pending = (int(part) for part in parts[5 + at : 9 + at])
    message = Message(told.subject, told.data, sequence, nanoseconds // 1000, told.headers or {}, told.reply)
    return message, number, pending


async def acknowledged(stream: Stream, name: str) -> int:
    """The last message of the stream `name` of which ingest has said that it is done with it; raises StreamAway."""
    try:
        return max((_floor(one) for one in await _consumers(stream, name)), default=0)
    except (OSError, nats.errors.Error) as away:
        raise StreamAway(f"The stream does not answer: {away}") from away


async def _consumers(stream: Stream, name: str) -> list[ConsumerInfo]:
    return [one for one in await stream.context.consumers_info(name) if one.name.startswith(PREFIX)]


async def _successor(stream: Stream, name: str, before: Sequence[ConsumerInfo], floor: int) -> str:
    """The name of a new consumer that begins after the floor; its predecessors are deleted."""
    config = ConsumerConfig(
        durable_name=f"{PREFIX}{floor + 1}-{secrets.token_hex(4)}",
        deliver_policy=DeliverPolicy.BY_START_SEQUENCE if floor else DeliverPolicy.ALL,
        opt_start_seq=floor + 1 if floor else None,
        ack_policy=AckPolicy.ALL,
        # Nothing is delivered twice on one line.
        ack_wait=7 * DAY,
        max_ack_pending=UNACKNOWLEDGED,
    )
    await stream.context.add_consumer(name, config)
    for one in before:
        with contextlib.suppress(NotFoundError):
            await stream.context.delete_consumer(name, one.name)
    return config.durable_name or ""


async def floor(stream: Stream, name: str) -> int:
    """The last message of the stream `name` that was acknowledged on a line; 0 where none was."""
    found = await stream.context.consumers_info(name)
    return max((_floor(one) for one in found if one.name.startswith(PREFIX)), default=0)


def _floor(consumer: ConsumerInfo) -> int:
    """The last message that was acknowledged; a consumer's name tells the first that it was made for."""
    acknowledged = consumer.ack_floor.stream_seq if consumer.ack_floor else 0
    return max(acknowledged, int(consumer.name.split("-")[1]) - 1)
