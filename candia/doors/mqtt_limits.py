"""Kept: bounds for what NATS keeps of MQTT by itself, so that no device can fill the disk with it.

A retained message reaches nobody, for devices hear their orders alone. A session that outlives its connection holds
the place of a device among the orders; one that is let go costs nothing but that the device subscribes again, as it
is told when it connects. NATS has no word to refuse either; but its streams for them may be made beforehand, and
with a limit they let the oldest go. Source: https://docs.nats.io/running-a-nats-service/configuration/mqtt
"""

from __future__ import annotations

from nats.js.api import DiscardPolicy, RetentionPolicy, StorageType, StreamConfig
from nats.js.errors import NotFoundError

from candia.telemetry.stream import Stream

#: NATS' stream → its subjects, and how many messages and bytes it may hold.
BOUNDS = {
    "$MQTT_rmsgs": ("$MQTT.rmsgs.>", 1, 8 << 20),
    "$MQTT_sess": ("$MQTT.sess.>", 100_000, 128 << 20),
}


async def bound(stream: Stream) -> None:
    """Make the streams with their limits, or set the limits on those that NATS has made."""
    for name, (subjects, most, size) in BOUNDS.items():
        try:
            found = (await stream.context.stream_info(name)).config
        except NotFoundError:
            new = StreamConfig(
                name=name,
                subjects=[subjects],
                storage=StorageType.FILE,
                retention=RetentionPolicy.LIMITS,
                max_msgs_per_subject=1,
                num_replicas=stream.replicas,
            )
            await stream.context.add_stream(
                new.evolve(max_msgs=most, max_bytes=size, discard=DiscardPolicy.OLD)
            )
        else:
            await stream.context.update_stream(
                found.evolve(max_msgs=most, max_bytes=size, discard=DiscardPolicy.OLD)
            )
