"""StreamClient: the one way of a web process into the stream, for its threads and its event loop alike."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from contextlib import suppress
from functools import cache
from typing import Any, TypeVar

import nats
from django.conf import settings
from nats.aio.subscription import Subscription

from candia.telemetry.stream import Stream, StreamAway

Answer = TypeVar("Answer")
#: Seconds within which the stream must have answered; NATS' own client waits longer.
PATIENCE = 4.0


class StreamClient:
    """One connection on a loop of its own; what is asked of it comes as a future that threads may wait for."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._loop = asyncio.new_event_loop()
        self._connecting: asyncio.Task[Stream] | None = None
        threading.Thread(target=self._loop.run_forever, name="stream_client", daemon=True).start()

    def publish(self, device: str, payload: bytes) -> Future[int]:
        """Put a payload into the stream in a device's name; its number, once it is on the disk, or StreamAway."""
        return self.ask(lambda stream: stream.publish(device, payload))

    def ask(self, question: Callable[[Stream], Awaitable[Answer]]) -> Future[Answer]:
        """Whatever the stream answers, or StreamAway."""
        return asyncio.run_coroutine_threadsafe(self._ask(question), self._loop)

    def subscribe(self, subject: str) -> Future[Subscription]:
        """Hear, from now on, what is said on a subject; raises StreamAway."""
        return self.ask(lambda stream: stream.client.subscribe(subject, max_msgs=1))

    def next(self, heard: Subscription, within: float) -> Future[bool]:
        """Whether something is said within so many seconds (0: nobody waits); the subscription is over then."""
        return asyncio.run_coroutine_threadsafe(_next(heard, within), self._loop)

    async def _ask(self, question: Callable[[Stream], Awaitable[Answer]]) -> Answer:
        try:
            async with asyncio.timeout(PATIENCE):
                return await self._asked(question)
        except TimeoutError as late:
            raise StreamAway("The stream does not answer in time.") from late

    async def _asked(self, question: Callable[[Stream], Awaitable[Answer]]) -> Answer:
        if self._connecting is None or (self._connecting.done() and self._connecting.exception()):
            self._connecting = self._loop.create_task(Stream.connect(self._url))
        stream = await asyncio.shield(self._connecting)
        # What is sent while the connection is down would wait in memory, and get nobody's word.
        if not stream.client.is_connected:
            raise StreamAway("The connection to the stream is down.")
        return await question(stream)


async def _next(heard: Subscription, within: float) -> bool:
    try:
        if within:
            await heard.next_msg(timeout=within)
    except (OSError, nats.errors.Error):
        return False
    finally:
        with suppress(OSError, nats.errors.Error):
            await heard.unsubscribe()
    return True


@cache
def stream_client() -> StreamClient:
    """The stream_client of this process."""
    return StreamClient(settings.CANDIA_STREAM_URL)


def asked(question: Callable[[Stream], Awaitable[Answer]]) -> Any:
    """What the stream answers to a thread that waits for it; raises StreamAway."""
    return stream_client().ask(question).result()
