"""Downlink: orders on their way to devices and the answers on their way back, over NATS JetStream; no Django here.

A device that subscribes `orders/v1/<its name>/+` by MQTT with QoS 1 is given a durable place in the stream of
orders by NATS itself, which keeps an order until the device has taken it. Each thing and capability has a subject
of its own and the stream keeps one message for each, so a device that slept gets the newest alone; and each message
has a time to live, so nothing comes late. Answers are published on `answers/v1/<name>`; a PUBACK stands for the
write, as with observations. An order that the stream lost is sent again from the records.
What ChirpStack says of downlinks comes among the observations; ingest, which knows who may speak for what, lays it
into the stream of answers under `answers.lorawan.`, where no device can publish.
Source: server/mqtt.go of nats-server 2.15 (mqttDeliverMsgCbQos1); docs/decisions/0015-orders.md
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import nats
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import ConsumerConfig, DiscardPolicy, RetentionPolicy, StreamConfig, SubjectTransform

if TYPE_CHECKING:
    from candia.telemetry.formats import Acknowledged
    from candia.telemetry.stream import Message as Received
    from candia.telemetry.stream import Stream

DAY, MB = 86400, 1 << 20
#: NATS' own stream of what MQTT delivers with QoS 1, and ours of what devices answer.
ORDERS, ANSWERS = "$MQTT_msgs", "ANSWERS"
ENTRANCE = "$MQTT.msgs."
# By this header NATS knows that a message came with QoS 1.
QOS_1 = {"Nmqtt-Pub": "1"}
#: Answers of one device that may wait to be read; what comes beyond gets no PUBACK.
WAITING = 10_000
READER = "orders"
#: Where it lies what became of downlinks.
LORAWAN = "answers.lorawan."
#: Devices that may keep a place among the orders; where a stream says nothing, NATS lets in a thousand.
HEARING = 100_000

STREAMS = (
    StreamConfig(
        name=ORDERS,
        subjects=[f"{ENTRANCE}orders.>"],
        retention=RetentionPolicy.INTEREST,
        discard=DiscardPolicy.OLD,
        max_age=35 * DAY,
        max_bytes=256 * MB,
        max_msgs_per_subject=1,
        max_consumers=HEARING,
        allow_msg_ttl=True,
    ),
    StreamConfig(
        name=ANSWERS,
        subjects=[f"{ENTRANCE}answers.>"],
        subject_transform=SubjectTransform(src=f"{ENTRANCE}answers.>", dest="answers.>"),
        retention=RetentionPolicy.WORK_QUEUE,
        discard=DiscardPolicy.NEW,
        discard_new_per_subject=True,
        max_age=14 * DAY,
        max_bytes=512 * MB,
        max_msgs_per_subject=WAITING,
        max_msg_size=512 * 1024,
        duplicate_window=120,
    ),
)


@dataclass(frozen=True)
class Message:
    """An order for a device, for so many seconds; `slot` is that of its thing and capability."""

    device: str
    slot: str
    payload: bytes
    seconds: int


def slot(entity: str, capability: str) -> str:
    """The word of a topic that stands for one capability of one thing."""
    return hashlib.sha256(f"{capability} {entity}".encode()).hexdigest()[:16]


def subject(device: str, slot: str) -> str:
    """Where the stream has the orders of a device, for one slot."""
    return f"{ENTRANCE}orders.v1.{device}.{slot}"


async def send(client: Client, messages: Iterable[Message]) -> None:
    """Put orders into the stream, without asking for its word on each.

    Whether it took one nobody needs to know: what no device answers is sent again when it is due, and what may
    not be sent twice was not to be sent again in any case.
    """
    try:
        for message in messages:
            # With less than a second left it would come late.
            if message.seconds > 0:
                headers = {**QOS_1, "Nats-TTL": f"{message.seconds}s"}
                await client.publish(subject(message.device, message.slot), message.payload, headers=headers)
        await client.flush()
    except (OSError, nats.errors.Error):
        return


def told(device: str) -> str:
    """The subject on which it is said, to whoever listens now, that there is an order for a device."""
    return f"told.{device}"


async def withdraw(context: JetStreamContext, slots: Iterable[tuple[str, str]]) -> None:
    """Take orders back that no device has taken yet, by device and slot; where that fails, nothing is said."""
    for device, place in slots:
        try:
            await context.purge_stream(ORDERS, subject=subject(device, place))
        except (OSError, nats.errors.Error):
            return


async def pass_on(stream: Stream, heard: Iterable[tuple[Received, Acknowledged]]) -> None:
    """Lay what became of downlinks among the answers; where one device's are too many, its orders are sent again.

    Raises StreamAway.
    """
    from candia.telemetry.stream import StreamFull

    for message, word in heard:
        told = {"dev_eui": word.dev_eui, "ticket": word.ticket, "heard": word.heard}
        headers = {"Nats-Msg-Id": f"lorawan-{message.sequence}-{message.received}"}
        try:
            await stream.add(f"{LORAWAN}{message.device}", json.dumps(told).encode(), headers)
        except StreamFull:
            continue


class Answers:
    """Reads the answers in their order; one that is not acknowledged comes again."""

    def __init__(self, context: JetStreamContext) -> None:
        self._context = context
        self._reader: Any = None

    async def fetch(self, most: int, within: float) -> Sequence[Msg]:
        """The next answers, at most so many; none where none comes within so many seconds."""
        if self._reader is None:
            config = ConsumerConfig(durable_name=READER, ack_wait=30, max_ack_pending=10_000)
            self._reader = await self._context.pull_subscribe(
                "answers.>", durable=READER, stream=ANSWERS, config=config
            )
        try:
            found: list[Msg] = await self._reader.fetch(most, timeout=within)
        except TimeoutError:
            return ()
        return found


def device_of(message: Msg) -> str:
    """Who answered: whoever let the device in has made sure that it speaks under its own name."""
    return message.subject.rpartition(".")[2]


def by_lorawan(message: Msg) -> bool:
    """Whether it is what became of a downlink."""
    return message.subject.startswith(LORAWAN)
