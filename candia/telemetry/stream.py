"""Stream: the durable log of what devices said, over NATS JetStream; what is acknowledged is in it.

A payload lies on `v1.<device>` or below it (MQTT: `v1/<device>/…`); whoever let the device in has made sure that
it speaks under its own name. Dead letters lie on `dead.<device>` in a stream of their own.

NATS' MQTT puts what comes with QoS 1 into the stream $MQTT_msgs, waits for that stream's word, and only then
sends PUBACK; a stream of ours beside it would get a copy of which nobody knows whether it was written. So the
observations take the place of $MQTT_msgs: behind a PUBACK stands the write that counts, and there is no other.
That stream itself is left with what MQTT delivers to devices, the orders (downlink.py).
Where the stream refuses – full, shut, a disk without space – there is no PUBACK, and NATS ends the connection.
Source: server/mqtt.go of nats-server 2.15, mqttInitiateMsgDelivery; docs/decisions/0010-what-a-puback-means.md
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

import nats
from nats.aio.client import Client
from nats.js.api import (
    DiscardPolicy,
    StorageType,
    StoreCompression,
    StreamConfig,
    SubjectTransform,
)
from nats.js.errors import APIError, NotFoundError

from candia.telemetry import downlink, live

OBSERVATIONS, DEADLETTERS = "OBSERVATIONS", "DEADLETTERS"
DAY = 86400
#: Bytes of the largest payload that is taken, by whichever way it comes; NATS must allow `ROOM` beside it.
LARGEST = 4 * 1024 * 1024
#: What the stream must take beside a payload: the headers of a dead letter, however much they quote.
ROOM = 64 * 1024
# Bytes of dead letters; beyond that the oldest go.
LETTERS = 2 << 30
# Under this name NATS' MQTT hands over what it must not acknowledge before it is stored.
ENTRANCE = downlink.ENTRANCE
#: The header that says when a payload was first received (ms), for one that is replayed.
RECEIVED = "Candia-Received"
# No message was received before 2020 (ms); a header that says so is wrong.
EARLIEST = 1_577_836_800_000
_device = re.compile(r"[a-z0-9-]+")


class StreamAway(Exception):
    """The stream does not answer; the same request may succeed later."""


class StreamFull(StreamAway):
    """The stream answers, and takes no more for now."""


class Message(NamedTuple):
    """A payload as the stream holds it; `received` is in µs since 1970 and the same at each delivery."""

    subject: str
    payload: bytes
    sequence: int
    received: int
    headers: Mapping[str, str]
    reply: str = ""

    @property
    def device(self) -> str:
        """Who spoke: the credential's id."""
        return (*self.subject.split(".", 2), "")[1] or "unknown"


def first_received(message: Message) -> int:
    """When (ms) a message was first received: one that is replayed says it in a header."""
    came = message.received // 1000
    told = message.headers.get(RECEIVED, "") if message.headers else ""
    if not told:
        return came
    if len(told) > len(str(came)) or not (told.isascii() and told.isdigit()):
        return came
    return int(told) if EARLIEST <= int(told) <= came else came


class Stream:
    """One connection to the stream, for one event loop; several addresses may be given with commas."""

    def __init__(self, client: Client, replicas: int) -> None:
        self.client = client
        self.context = client.jetstream(publish_async_max_pending=20_000)
        self.replicas = replicas

    @classmethod
    async def connect(cls, url: str) -> Stream:
        """A connection that keeps trying; raises StreamAway where nothing answers at first."""
        try:
            client = await live.connect(url)
        except (OSError, nats.errors.Error) as away:
            raise StreamAway(f"The stream does not answer: {away}") from away
        return cls(client, 3 if url.count(",") > 1 else 1)

    async def prepare(self, most: int = -1) -> None:
        """Make the streams, or bring them to this version of the code.

        Observations are kept a fortnight, so that ingest may stand still that long and a store restored
        from yesterday's backup can be filled again, and at most so many bytes of them (-1: as many as come):
        beyond, the stream takes no more, for what it holds was acknowledged; `retention.trim` makes room. Dead
        letters are kept a quarter of a year, of a device that sends nothing else the last hundred thousand,
        and of all of them together no more than a disk can bear.
        """
        for config in downlink.STREAMS:
            await self._have(config)
        await self._have(
            StreamConfig(
                name=OBSERVATIONS,
                subjects=[f"{ENTRANCE}v1.>"],
                subject_transform=SubjectTransform(src=f"{ENTRANCE}v1.>", dest="v1.>"),
                max_age=14 * DAY,
                max_bytes=most,
                discard=DiscardPolicy.NEW,
                duplicate_window=120,
            )
        )
        await self._have(
            StreamConfig(
                name=DEADLETTERS,
                subjects=["dead.*"],
                max_age=90 * DAY,
                max_msgs_per_subject=100_000,
                max_bytes=LETTERS,
                discard=DiscardPolicy.OLD,
                duplicate_window=3600,
            )
        )

    async def _have(self, config: StreamConfig) -> None:
        # Readings pack to four tenths, at no cost that shows. A stream that was there is packed from the next start
        # of NATS on; what lies there stays as it is.
        config = config.evolve(
            storage=StorageType.FILE,
            num_replicas=self.replicas,
            allow_direct=True,
            compression=StoreCompression.S2,
        )
        try:
            await self.context.stream_info(config.name or "")
            await self.context.update_stream(config)
        except NotFoundError:
            await self.context.add_stream(config)

    async def publish(self, device: str, payload: bytes) -> int:
        """Add a payload in a device's name; its number, once it is on the disk. Many may be under way."""
        if not _device.fullmatch(device):
            raise ValueError(f"{device!r} is no device: its name has small letters, digits and hyphens.")
        return await self.add(f"v1.{device}", payload)

    async def add(self, subject: str, payload: bytes, headers: dict[str, str] | None = None) -> int:
        """Add a message to the stream that has this subject; raises StreamAway, and of that StreamFull."""
        entrance = ENTRANCE if subject.startswith(("v1.", "answers.")) else ""
        try:
            told = await self.context.publish(entrance + subject, payload, headers=headers)
        except APIError as refused:
            raise StreamFull(f"The stream did not take the message: {refused}") from refused
        except (OSError, nats.errors.Error) as away:
            raise StreamAway(f"The stream did not take the message: {away}") from away
        return told.seq

    async def live(self, subject: str, payload: bytes) -> None:
        """Tell whoever listens now; nobody relies on it."""
        await self.client.publish(f"live.{subject}", payload)

    async def observed(self, service: str) -> None:
        """Tell whoever listens now that something of a service's things was stored; nobody relies on it."""
        await self.client.publish(f"observed.{service}", b"")

    async def close(self) -> None:
        """Close the connection, letting what is under way arrive."""
        try:
            await self.client.drain()
        except (OSError, nats.errors.Error):
            await self.client.close()
