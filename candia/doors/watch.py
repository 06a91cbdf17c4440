"""Watch: looks several times a second whether devices may speak, and puts out who may not.

The door is shut for all while the disk is short or the stream is full of what ingest has not stored: the stream
refuses in the same moment, the connections end, and devices keep what they have and come back. It is shut for one
device that sends more than its quota. Both are over by themselves.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Coroutine, Iterable
from typing import Any

import nats
from nats.aio.client import Client

from candia.conditions import Conditions
from candia.doors.connections import connections, end, traffic
from candia.doors.disk import MB, Disk
from candia.doors.quota import Quotas
from candia.telemetry import position, retention
from candia.telemetry.newest import Newest
from candia.telemetry.stream import OBSERVATIONS, Stream, StreamAway

log = logging.getLogger(__name__)
# Seconds between looks at the disk, at how much comes in, at who sends it while that is a lot, and at the stream.
DISK, TRAFFIC, CLOSER, ROOM = 0.1, 0.25, 0.5, 2.0
# Seconds between notes of the stream's last message: as often as the stream itself goes to the disk.
NOTE = 1.0
# Devices are put out while so much of the full stream is not stored yet, until it is no more than that.
FULL, AGAIN = 0.95, 0.85
# A condition tells its facts anew after so many seconds.
RETELL = 5.0
# Seconds that the stream has to answer, while connections wait to be ended.
PATIENCE = 1.0
SHORT, BACKLOG, OVER = "disk_short", "backlog_full", "device_over_quota"
Trouble = (OSError, nats.errors.Error, LookupError, StreamAway)


class Watch:
    """Keeps the door for one gateway; `closed` says in a few words why it is shut, if it is."""

    def __init__(self, disk: Disk, quotas: Quotas, conditions: Conditions, newest: Newest) -> None:
        self._disk, self._quotas, self._conditions, self._newest = disk, quotas, conditions, newest
        self._full = False
        # What the stream was told last: it remembers across its own starts, and we don't across ours.
        self._shut: bool | None = None
        self._told: dict[str, float] = {}
        self.closed = ""

    async def run(self, client: Client, stream: Stream) -> None:
        """Watch until cancelled."""
        try:
            await asyncio.gather(
                _each(DISK, lambda: self._look(client, stream)),
                _each(ROOM, lambda: self._make_room(stream)),
                _each(NOTE, lambda: self._note_newest(stream)),
                _Traffic(client, self._quotas, self._note_over).run(),
            )
        finally:
            with contextlib.suppress(TimeoutError, *Trouble):
                async with asyncio.timeout(PATIENCE):
                    await self._note_newest(stream)

    async def _look(self, client: Client, stream: Stream) -> None:
        has_room, was = self._disk.look(), self.closed
        if not has_room:
            self.closed = "the disk is short of room"
            self._tell(SHORT, free_mb=self._disk.free // MB, needed_mb=self._disk.needed // MB)
        elif self._full:
            self.closed = "what came before is not stored yet"
        # Before the connections end: whatever they send meanwhile is refused already.
        await self._set(stream, shut=not has_room)
        if has_room and not self._full and not self._shut:
            self.closed = ""
            self._clear(SHORT)
            self._clear(BACKLOG)
        if self.closed != was:
            log.warning("The door is %s.", f"shut: {self.closed}" if self.closed else "open again")
        # Again and again: one that was being let in at that moment is on no list yet.
        if self.closed and (not was or self._is_due("ended", 1.0)):
            count = await end(client, [one async for one in connections(client)])
            log.log(logging.WARNING if count else logging.DEBUG, "%d connections were ended.", count)

    async def _set(self, stream: Stream, *, shut: bool) -> None:
        """Have the stream refuse, or not; a stream that does not answer is told at the next look."""
        if self._shut is not shut:
            with contextlib.suppress(TimeoutError, *Trouble):
                async with asyncio.timeout(PATIENCE):
                    await (retention.shut if shut else retention.open_again)(stream)
                self._shut = shut

    async def _make_room(self, stream: Stream) -> None:
        share = await retention.trim(stream)
        self._full = share > (AGAIN if self._full else FULL)
        if self._full:
            self._tell(BACKLOG, percent=round(100 * share))

    async def _note_newest(self, stream: Stream) -> None:
        await asyncio.to_thread(self._newest.seen, await position.last(stream, OBSERVATIONS))

    def _note_over(self, over: Iterable[str]) -> None:
        for device in over:
            log.warning("%r sent more than its quota and is shut out for a while.", device)
        if names := self._quotas.shut_out():
            self._tell(OVER, device=", ".join(names[:3]), devices=len(names))
        else:
            self._clear(OVER)

    def _tell(self, name: str, **facts: str | int) -> None:
        if self._is_due(name, RETELL):
            try:
                self._conditions.report(name, **facts)
            except OSError:
                # Not a byte is left; at the next look the reserve has been let go.
                del self._told[name]

    def _clear(self, name: str) -> None:
        if self._told.get(name) != -1:
            self._conditions.clear(name)
            self._told[name] = -1

    def _is_due(self, name: str, every: float) -> bool:
        due = time.monotonic() - self._told.get(name, -every) >= every
        if due:
            self._told[name] = time.monotonic()
        return due


class _Traffic:
    """Looks at each connection only while all together send more than one device may."""

    def __init__(self, client: Client, quotas: Quotas, note: Callable[[Iterable[str]], None]) -> None:
        self._client, self._quotas, self._note = client, quotas, note
        self._before, self._at, self._closer = (0, 0), 0.0, 0.0

    async def run(self) -> None:
        await _each(TRAFFIC, self._look)

    async def _look(self) -> None:
        now, before, since = time.monotonic(), self._before, self._at
        self._before, self._at = await traffic(self._client), now
        messages, size = (late - early for late, early in zip(self._before, before, strict=True))
        lasted = now - since
        busy = size > self._quotas.bytes * lasted or messages > self._quotas.messages * lasted
        if busy and since and now - self._closer >= CLOSER:
            self._closer = now
            there = [one async for one in connections(self._client)]
            over = self._quotas.over(there)
            await end(self._client, [one for one in there if one.device in over])
            self._note(over)
        elif now - self._closer > RETELL:
            self._closer = now
            self._note(())


async def _each(seconds: float, look: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Look again and again; what is away for a moment is looked at the next time."""
    said = ""
    while True:
        try:
            await look()
            said = ""
        except Trouble as away:
            if str(away) != said:
                log.warning("The watch at the door waits: %s", away or type(away).__name__)
                said = str(away)
            await asyncio.sleep(1)
        await asyncio.sleep(seconds)
