"""Heard: when each device spoke last, as the stream remembers it for a fortnight."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import nats
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from candia.telemetry.stream import OBSERVATIONS, Stream, StreamAway

# A device that speaks on more topics than this is not read to the end.
MOST = 2000


async def last_seen(stream: Stream, devices: Iterable[str]) -> dict[str, datetime]:
    """The moment (UTC) of each device's last message; those that were silent for a fortnight are left out."""
    subjects = [subject for device in devices for subject in (f"v1.{device}", f"v1.{device}.>")]
    if not subjects:
        return {}
    config = ConsumerConfig(
        filter_subjects=subjects,
        deliver_policy=DeliverPolicy.LAST_PER_SUBJECT,
        ack_policy=AckPolicy.NONE,
        mem_storage=True,
        inactive_threshold=30,
        headers_only=True,
    )
    found: dict[str, datetime] = {}
    try:
        info = await stream.context.add_consumer(OBSERVATIONS, config)
        left = min(info.num_pending or 0, MOST)
        reader = await stream.context.pull_subscribe_bind(consumer=info.name, stream=OBSERVATIONS)
        while left > 0:
            told = await reader.fetch(left, timeout=1)
            left -= len(told)
            for one in told:
                device = one.subject.split(".", 2)[1]
                moment = one.metadata.timestamp
                found[device] = max(moment, found.get(device, moment))
        await reader.unsubscribe()
        await stream.context.delete_consumer(OBSERVATIONS, info.name)
    except (OSError, nats.errors.Error) as away:
        raise StreamAway(f"The stream does not answer: {away}") from away
    return found
