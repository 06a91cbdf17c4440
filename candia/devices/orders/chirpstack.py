"""ChirpStack: the queue of downlinks that it keeps for each LoRaWAN device, over its gRPC API; no Django in here.

Source: https://www.chirpstack.io/docs/chirpstack/api/grpc.html (v4). ChirpStack gives each downlink an id of its
own as it takes it, and sends them in the order in which they came.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

#: Seconds within which an answer comes, or ChirpStack counts as away.
PATIENCE = 5.0
# It is tried again at least so often, ms; left alone, gRPC would wait for two minutes.
LONGEST_PAUSE = 5000


class NotTaken(Exception):
    """ChirpStack did not do as it was asked: `trouble` is away, token, full or wrong."""

    def __init__(self, trouble: str) -> None:
        super().__init__(trouble)
        self.trouble = trouble


class ChirpStack:
    """One connection, made when it is first needed and again whenever it breaks; every call raises NotTaken."""

    def __init__(self, url: str, token: str) -> None:
        # An extra (candia[lorawan]), which only a city with a ChirpStack has.
        import grpc
        from chirpstack_api import api

        self._grpc, self._api = grpc, api
        asked = urlsplit(url)
        secure = asked.scheme == "https"
        target = f"{asked.hostname}:{asked.port or (443 if secure else 80)}"
        options = [
            ("grpc.enable_http_proxy", 0),
            ("grpc.min_reconnect_backoff_ms", 500),
            ("grpc.max_reconnect_backoff_ms", LONGEST_PAUSE),
        ]
        self._channel = (
            grpc.secure_channel(target, grpc.ssl_channel_credentials(), options)
            if secure
            else grpc.insecure_channel(target, options)
        )
        self._devices = api.DeviceServiceStub(self._channel)
        self._said = (("authorization", f"Bearer {token}"),)

    def queue(self, dev_eui: str) -> set[str]:
        """The ids of the downlinks that wait for a device or are on their way to it."""
        asked = self._api.GetDeviceQueueItemsRequest(dev_eui=dev_eui)
        return {item.id for item in self._ask(self._devices.GetQueue, asked).result}

    def flush(self, dev_eui: str) -> None:
        """Empty the queue of a device."""
        self._ask(self._devices.FlushQueue, self._api.FlushDeviceQueueRequest(dev_eui=dev_eui))

    def enqueue(self, dev_eui: str, f_port: int, data: bytes, until: datetime) -> str:
        """Have a device told this, and acknowledge it, until a moment; the id in its queue."""
        item = self._api.DeviceQueueItem(dev_eui=dev_eui, f_port=f_port, data=data, confirmed=True)
        item.expires_at.FromDatetime(until)
        asked = self._api.EnqueueDeviceQueueItemRequest(queue_item=item)
        return str(self._ask(self._devices.Enqueue, asked).id)

    def close(self) -> None:
        """Hang up."""
        self._channel.close()

    def _ask(self, call: Any, asked: Any) -> Any:
        try:
            return call(asked, timeout=PATIENCE, metadata=self._said)
        except self._grpc.RpcError as wrong:
            raise NotTaken(self._trouble(wrong.code())) from wrong

    def _trouble(self, code: Any) -> str:
        codes = self._grpc.StatusCode
        return {
            codes.UNAUTHENTICATED: "token",
            codes.PERMISSION_DENIED: "token",
            codes.NOT_FOUND: "token",
            codes.RESOURCE_EXHAUSTED: "full",
            codes.INVALID_ARGUMENT: "wrong",
        }.get(code, "away")
