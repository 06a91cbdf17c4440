"""Live: small messages that something changed, over plain NATS; nobody relies on receiving one."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from functools import cache

import nats
from nats.aio.client import Client


class Announcer:
    """Publishes from ordinary threads through one NATS connection on a thread of its own.

    A message is given up silently where the broker is away: live updates only spare a reload.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._loop = asyncio.new_event_loop()
        self._client: Client | None = None
        threading.Thread(target=self._loop.run_forever, name="live", daemon=True).start()

    def publish(self, subject: str, payload: bytes) -> None:
        """Send and return at once."""
        asyncio.run_coroutine_threadsafe(self._publish(subject, payload), self._loop)

    async def _publish(self, subject: str, payload: bytes) -> None:
        try:
            if self._client is None:
                self._client = await connect(self._url)
            await self._client.publish(subject, payload)
        except (OSError, nats.errors.Error):
            return


@cache
def announcer(url: str) -> Announcer:
    """The one announcer of this process."""
    return Announcer(url)


async def connect(url: str) -> Client:
    """A connection that keeps trying for as long as the process lives."""
    return await nats.connect(
        url.split(","), max_reconnect_attempts=-1, reconnect_time_wait=1, error_cb=_quiet
    )


async def listen(client: Client, subject: str) -> AsyncIterator[tuple[str, bytes]]:
    """Every message on a subject from now on, as (subject, payload)."""
    subscription = await client.subscribe(subject, pending_msgs_limit=10_000)
    try:
        async for message in subscription.messages:
            yield message.subject, message.data
    finally:
        await subscription.unsubscribe()


async def _quiet(_error: Exception) -> None:
    """Reconnecting is the client's business; its errors say nothing new."""
