"""Received: at which moments the stream took messages, as it says itself while it has them."""

from __future__ import annotations

from collections.abc import Sequence

import nats
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from candia.telemetry.line import delivered
from candia.telemetry.stream import OBSERVATIONS, Stream, StreamAway

AT_ONCE = 500


async def moments(stream: Stream, device: str, numbers: Sequence[int]) -> list[int]:
    """The moments (ms) of these messages of a device, each once; raises StreamAway, also where one is not there."""
    config = ConsumerConfig(
        filter_subject=f"v1.{device}",
        deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
        opt_start_seq=min(numbers, default=1),
        ack_policy=AckPolicy.NONE,
        mem_storage=True,
        inactive_threshold=30,
        headers_only=True,
    )
    wanted, found = set(numbers), set[int]()
    try:
        info = await stream.context.add_consumer(OBSERVATIONS, config)
        reader = await stream.context.pull_subscribe_bind(consumer=info.name, stream=OBSERVATIONS)
        while wanted:
            for one in await reader.fetch(min(AT_ONCE, len(wanted)), timeout=5):
                message, _number, _left = delivered(one)
                if message.sequence in wanted:
                    wanted.remove(message.sequence)
                    found.add(message.received // 1000)
        await reader.unsubscribe()
        await stream.context.delete_consumer(OBSERVATIONS, info.name)
    except (OSError, nats.errors.Error) as away:
        raise StreamAway(f"The stream does not answer: {away}") from away
    return sorted(found)
