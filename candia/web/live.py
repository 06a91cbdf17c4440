"""The stream of live updates that a page listens to: which service has news, and nothing more."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import AsyncIterator

from django.conf import settings

from candia.telemetry import live

# A browser that went away is noticed when a beat can't be written; a page that hears none knows of a broken line.
BEAT = 20
# Several things that happen at once are one piece of news for the reader.
GATHER = 0.5


class Audience:
    """All open pages of this process, served from one subscription."""

    def __init__(self) -> None:
        self._listeners: set[asyncio.Queue[str]] = set()
        # When each service last had news, s since 1970.
        self._last: dict[str, float] = {}
        # Since when this process listens: it knows of nothing before, and another may have made the page.
        self._began = math.inf
        self._task: asyncio.Task[None] | None = None

    async def news(self, services: frozenset[str], since: float | None = None) -> AsyncIterator[str]:
        """Server-sent events `live:<service>` for the services asked for, with a beat between.

        A page that was made at `since` (s since 1970) hears at once of what came between then and now, or may have.
        """
        queue: asyncio.Queue[str] = asyncio.Queue(maxsize=100)
        self._listeners.add(queue)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._spread())
        try:
            yield "retry: 3000\nevent: hello\ndata: {}\n\n"
            for service in sorted(services):
                if since is not None and (since < self._began or self._last.get(service, 0) >= since):
                    yield f"event: live:{service}\ndata: {{}}\n\n"
            while True:
                for service in sorted(await _gathered(queue) & services):
                    yield f"event: live:{service}\ndata: {{}}\n\n"
                yield "event: beat\ndata: {}\n\n"
        finally:
            self._listeners.discard(queue)

    async def _spread(self) -> None:
        client = await live.connect(settings.CANDIA_STREAM_URL)
        self._began = time.time()
        try:
            async for subject, _payload in live.listen(client, "live.>"):
                service = subject.split(".")[1]
                self._last[service] = time.time()
                for queue in self._listeners:
                    if not queue.full():
                        queue.put_nowait(service)
        finally:
            await client.close()


async def _gathered(queue: asyncio.Queue[str]) -> frozenset[str]:
    try:
        async with asyncio.timeout(BEAT):
            first = await queue.get()
    except TimeoutError:
        return frozenset()
    await asyncio.sleep(GATHER)
    return frozenset({first, *(queue.get_nowait() for _ in range(queue.qsize()))})


audience = Audience()
