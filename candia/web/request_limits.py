"""Request limits: how many requests may be open at once, and how slowly one may come or be taken.

The server has closed connections that say nothing, or take more than ten seconds for their headers, before they get
here. What has got here costs memory and a file, and no thread, until its body is whole (see `fair_queue`).
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from candia.core.errors import CandiaError
from candia.doors.fast_intake import LIVE as ALIVE
from candia.doors.limits import address
from candia.doors.problems import Overloaded, TooOften, TooSlow
from candia.web.bounds import DESK, Application, Message, Receive, Scope, Send, refuse

#: Requests of one address that are open at once, and live updates among them; a city hall shares one address.
OF_ONE, LIVE_OF_ONE = 256, 128
#: The same of all addresses together, for one web process.
OF_ALL, LIVE_OF_ALL = 4096, 2048
#: Seconds that any body may take, and the least bytes a second of one that takes longer.
PATIENCE, PACE = 30, 16 * 1024
#: Seconds in which a reader must take a next piece of the answer.
TAKEN_WITHIN = 30
#: Of a body that is refused so many bytes are taken before the answer, and for so many seconds.
DRAINED, DRAINED_WITHIN = 2 * DESK, 5
LIVE = "/live"


class _Gone(Exception):
    """The reader took nothing for too long."""


class Traffic:
    """Lets requests through to the application, as many as there is room for."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._open: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; answer 429 or 503 where too many are open, 408 where the body dawdles."""
        # Whether the web lives is told to the supervisor also when it is full.
        if scope["type"] != "http" or scope["path"] == ALIVE:
            await self._application(scope, receive, send)
            return
        begun, body = False, _Body(receive)

        async def sent(message: Message) -> None:
            nonlocal begun
            if not begun:
                await body.drain()
            begun = True
            try:
                async with asyncio.timeout(TAKEN_WITHIN):
                    await send(message)
            except TimeoutError:
                raise _Gone from None

        try:
            with self._counted(scope):
                await self._application(scope, body.receive, sent)
        except _Gone:
            # Nothing more can be said to this reader; the server ends the connection.
            return
        except CandiaError as refused:
            if begun:
                raise
            await refuse(scope, send, refused)

    @contextmanager
    def _counted(self, scope: Scope) -> Iterator[None]:
        who = address((scope.get("client") or ("", 0))[0])
        live = scope["path"] == LIVE
        mine, all_ = (f"live {who}", "live") if live else (who, "")
        if self._open[mine] >= (LIVE_OF_ONE if live else OF_ONE):
            raise TooOften
        if self._open[all_] >= (LIVE_OF_ALL if live else OF_ALL):
            raise Overloaded
        self._open.update((mine, all_))
        try:
            yield
        finally:
            self._open.subtract((mine, all_))
            if not self._open[mine]:
                del self._open[mine]


class _Body:
    """The messages of a request, as long as its body keeps its pace."""

    def __init__(self, receive: Receive) -> None:
        self._receive, self._whole = receive, False
        self._due = asyncio.get_running_loop().time() + PATIENCE

    async def receive(self) -> Message:
        """The next message; raises TooSlow where it does not come in time."""
        if self._whole:
            # After the body there is only the wait for the reader to go.
            return await self._receive()
        left = self._due - asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout(max(left, 0)):
                message = await self._receive()
        except TimeoutError:
            raise TooSlow from None
        self._due += len(message.get("body", b"")) / PACE
        self._whole = not message.get("more_body", False)
        return message

    async def drain(self) -> None:
        """Take what is still on its way: who is cut off while sending, such as nginx, never reads the answer."""
        taken = 0
        with suppress(TimeoutError, TooSlow):
            async with asyncio.timeout(DRAINED_WITHIN):
                while not self._whole and taken < DRAINED:
                    taken += len((await self.receive()).get("body", b""))
