"""Fair queue: which requests are computed now, so that one address leaves room for the others.

A page is computed in a thread and with a connection to the database, of which there are few. So a request whose
body is whole waits for a turn; the turns go round by address, not by request, and one address has at most a quarter
of them at once. A turn ends when the answer's first piece is there: who reads slowly holds none. A request whose
reader went away while it waited is dropped.
"""

from __future__ import annotations

import asyncio
from collections import Counter, OrderedDict, deque
from typing import Any

from candia.core.errors import CandiaError
from candia.doors.limits import address
from candia.doors.problems import Overloaded, TooOften
from candia.web.bounds import Application, Message, Receive, Scope, Send, refuse

#: Requests that are computed at once by one web process, and those of one address among them.
AT_ONCE, OF_ONE = 8, 2
#: Requests of one address, and of all, that may wait; and for how many seconds.
WAITING_OF_ONE, WAITING_OF_ALL, WAIT = 64, 1024, 20
#: Seconds that a page may be computed: as long as the store and the database may take for one question.
LONGEST = 30


class Line:
    """Who waits for a turn, by address, and who has one."""

    def __init__(self, at_once: int = AT_ONCE, of_one: int = OF_ONE) -> None:
        self._at_once, self._of_one = at_once, of_one
        self._waiting: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()
        self._having: Counter[str] = Counter()

    def ask(self, who: str) -> asyncio.Future[None]:
        """A future that is done once its turn has come; raises TooOften or Overloaded where too many wait."""
        mine = self._waiting.get(who, deque())
        if len(mine) >= WAITING_OF_ONE:
            raise TooOften
        if sum(map(len, self._waiting.values())) >= WAITING_OF_ALL:
            raise Overloaded
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(who, deque()).append(turn)
        self._give()
        return turn

    def leave(self, who: str, turn: asyncio.Future[None]) -> None:
        """Give the turn back, or the place in the line."""
        if turn.done() and not turn.cancelled():
            self._having[who] -= 1
            if not self._having[who]:
                del self._having[who]
        elif turn in (mine := self._waiting.get(who, deque())):
            mine.remove(turn)
            if not mine:
                del self._waiting[who]
        self._give()

    def _give(self) -> None:
        while self._having.total() < self._at_once:
            who = next((one for one in self._waiting if self._having[one] < self._of_one), None)
            if who is None:
                return
            mine = self._waiting.pop(who)
            turn = mine.popleft()
            if mine:
                # Behind all others that wait.
                self._waiting[who] = mine
            if not turn.done():
                self._having[who] += 1
                turn.set_result(None)


class Turns:
    """Passes a request on to the application when its turn has come."""

    def __init__(self, application: Application, line: Line | None = None) -> None:
        self._application, self._line = application, line or Line()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the application read the body, wait, and compute; answer 503 where it takes too long."""
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        request = _Request(self._line, scope, receive, send)
        try:
            await self._application(scope, request.receive, request.send)
        except CandiaError as refused:
            if request.begun:
                raise
            await refuse(scope, send, refused)
        finally:
            request.end()


class _Request:
    """One request on its way: waits for its turn with the last of its body, and ends it with the first answer."""

    def __init__(self, line: Line, scope: Scope, receive: Receive, send: Send) -> None:
        self._line, self._scope = line, scope
        self._receive, self._send = receive, send
        self._who = address((scope.get("client") or ("", 0))[0])
        self._turn: asyncio.Future[None] | None = None
        self._gone: asyncio.Future[Message] | None = None
        self._late: asyncio.TimerHandle | None = None
        self._excuse: asyncio.Task[None] | None = None
        self.begun = False

    async def receive(self) -> Message:
        if self._gone is not None:
            return await asyncio.shield(self._gone)
        message = await self._receive()
        if message["type"] == "http.request" and not message.get("more_body", False):
            return await self._in_turn(message)
        return message

    async def _in_turn(self, message: Message) -> Message:
        self._turn = self._line.ask(self._who)
        # Whatever is received now says that the reader went away.
        self._gone = asyncio.ensure_future(self._receive())
        either: set[asyncio.Future[Any]] = {self._turn, self._gone}
        await asyncio.wait(either, timeout=WAIT, return_when=asyncio.FIRST_COMPLETED)
        if self._gone.done():
            return {"type": "http.disconnect"}
        if not self._turn.done():
            raise Overloaded
        self._late = asyncio.get_running_loop().call_later(LONGEST, self._say_late)
        return message

    def _say_late(self) -> None:
        # The thread can't be stopped, and keeps its turn; the reader need not wait for it.
        self._excuse, self.begun = asyncio.ensure_future(refuse(self._scope, self._send, Overloaded())), True

    async def send(self, message: Message) -> None:
        if self._late is not None:
            self._late.cancel()
        if self._excuse is not None:
            return
        self.begun = True
        if message["type"] == "http.response.body":
            self._leave()
        await self._send(message)

    def _leave(self) -> None:
        if self._turn is not None:
            self._line.leave(self._who, self._turn)
            self._turn = None

    def end(self) -> None:
        """Whatever became of it: the turn goes to the next."""
        self._leave()
        if self._late is not None:
            self._late.cancel()
        if self._gone is not None:
            self._gone.cancel()
