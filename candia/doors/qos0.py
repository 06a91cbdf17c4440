"""QoS 0: what devices publish with QoS 0 is put into the stream as well, though nobody is told that it was.

The stream takes the place of the one into which NATS' MQTT puts what it acknowledges, and of QoS 0 it acknowledges
nothing. A subscriber with QoS 1 is sent by NATS itself, without the stream, only what came with QoS 0; said again
with QoS 1 under the same topic it takes the common way.
"""

from __future__ import annotations

import hashlib
import logging

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from candia.doors.connections import OWN

log = logging.getLogger(__name__)
TOPICS = [("v1/#", 1), ("answers/v1/+", 1)]
# More than so many that are not in the stream yet are dropped: of QoS 0 nothing is promised.
WAITING, UNDER_WAY = 20_000, 500


def secret(seed: str) -> str:
    """What all gateways of one seed prove themselves with."""
    return hashlib.sha256(b"what came with QoS 0\0" + seed.encode()).hexdigest()


class Zero:
    """One connection to the door, by MQTT; whoever keeps it looks now and then whether it stands."""

    def __init__(self, host: str, port: int, seed: str) -> None:
        self._host, self._port, self._secret = host, port, secret(seed)
        self._client: Client | None = None

    @property
    def stands(self) -> bool:
        """Whether it is connected, or on its way to be."""
        return self._client is not None and self._client.is_connected()

    def connect(self) -> None:
        """Begin anew; returns once the door has been reached, and raises OSError if it is not."""
        self.close()
        # Several gateways take turns: whoever sees that nobody is there connects, so none comes back by itself.
        client = Client(CallbackAPIVersion.VERSION2, client_id=OWN, reconnect_on_failure=False)
        client.username_pw_set(OWN, self._secret)
        client.max_inflight_messages_set(UNDER_WAY)
        client.max_queued_messages_set(WAITING)
        client.on_connect = self._let_in
        client.on_message = self._heard
        client.connect(self._host, self._port)
        client.loop_start()
        self._client = client

    def close(self) -> None:
        """Hear no more."""
        if self._client is not None:
            self._client.disconnect()
            self._client.loop_stop()
            self._client = None

    @staticmethod
    def _let_in(client: Client, *_told: object) -> None:
        client.subscribe(TOPICS)

    @staticmethod
    def _heard(client: Client, _data: object, message: MQTTMessage) -> None:
        client.publish(message.topic, message.payload, qos=1)
