"""Ingest: the pipeline from the stream to the store: take, decode, check, append, roll up, acknowledge.

What is appended can be asked for at once. When the touched hours are computed, the store notes how far it is and
the message is acknowledged, so a crash at any moment means only that the same messages come again and give the same
rows.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime

import msgspec
import pyarrow as pa
from nats.aio.msg import Msg

from candia.conditions import Conditions
from candia.telemetry import batch as batches
from candia.telemetry import deadletters, downlink, position
from candia.telemetry.batch import Batch, read
from candia.telemetry.catalogue import Catalogue
from candia.telemetry.check import Check
from candia.telemetry.line import Line
from candia.telemetry.newest import Cut, Newest
from candia.telemetry.position import Loss, Position
from candia.telemetry.rollup import Rollup, touched_by, touched_since
from candia.telemetry.store import Store, StoreAway
from candia.telemetry.stream import OBSERVATIONS, Message, Stream, StreamAway

log = logging.getLogger(__name__)
# Rolling up may take this share of the time; under load the hours follow a little later.
SHARE, SOONEST, LATEST = 0.1, 1.0, 60.0
# Days, of which most are touched again and again, may take this one; what they wait for is not acknowledged yet.
SHARE_OF_DAYS, SOONEST_OF_DAYS, LATEST_OF_DAYS = 0.04, 3.0, 30.0
# A change of the catalogue (a device revoked) is noticed within this many seconds.
REREAD = 15.0
PAUSE, LONGEST_PAUSE = 0.2, 5.0
TELL = 2.0
#: The condition of a stream that has lost messages.
LOST = "stream_lost_messages"
#: Whoever asks on this subject gets the counters as JSON.
COUNTERS = "telemetry.ingest.counters"


@dataclass
class Counters:
    """What ingest has done since it started; `behind` are messages that it has not taken yet.

    `stored` is the number of the last message that can be asked for, `acknowledged` of the last that is
    rolled up as well and stays for good.
    """

    messages: int = 0
    accepted: int = 0
    refused: int = 0
    dead: int = 0
    behind: int = 0
    batches: int = 0
    rollups: int = 0
    stored: int = 0
    acknowledged: int = 0
    waiting: str = ""
    started: float = field(default_factory=time.time)


class Ingest:
    """The one reader of the stream; `run` goes on until it is cancelled, and through any outage."""

    def __init__(
        self,
        store: Store,
        stream: Stream,
        catalogue: Catalogue,
        conditions: Conditions | None = None,
        newest: Newest | None = None,
    ) -> None:
        self.counters = Counters()
        self._conditions, self._newest = conditions, newest
        self._store, self._stream, self._catalogue = store, stream, catalogue
        self._rollup = Rollup(store)
        self._check = Check(catalogue)
        # When (monotonic s) the catalogue was read, and the last message that the stream had then.
        self._read_at = -math.inf
        self._read_when = 0
        self._services: set[str] = set()

    async def run(self) -> None:
        """Take, decode, check, append, roll up, acknowledge; where an engine is away, wait and go on."""
        pause = PAUSE
        asking = await self._stream.client.subscribe(COUNTERS, cb=self._answer)
        telling = asyncio.create_task(self._tell())
        try:
            while True:
                done = self.counters.batches
                try:
                    await self._carry_on()
                except (StoreAway, StreamAway) as away:
                    self._end_if_closed()
                    log.warning("%s Ingest waits.", away)
                    self.counters.waiting = str(away)
                except Exception:
                    self._end_if_closed()
                    # Nothing is lost by trying again, and a city must not stand still for one bad batch.
                    log.exception("Ingest failed in an unexpected way and begins again")
                    self.counters.waiting = "Ingest failed in an unexpected way; its log says how."
                pause = PAUSE if self.counters.batches > done else min(2 * pause, LONGEST_PAUSE)
                await asyncio.sleep(pause)
        finally:
            telling.cancel()
            if not self._stream.client.is_closed:
                await asking.unsubscribe()
            self._rollup.close()

    def _end_if_closed(self) -> None:
        """A client that NATS has put out for good does not come back by itself; a new process has a new one."""
        if self._stream.client.is_closed:
            raise StreamAway("The connection to the stream is closed for good.")

    async def _carry_on(self) -> None:
        line = await self._open()
        hours = Hours(self._rollup, self._store, line, self.counters)
        appending: asyncio.Task[None] | None = None
        try:
            while True:
                messages = await line.take()
                self.counters.waiting, self.counters.behind = "", line.behind
                if appending is not None:
                    await appending
                    appending = None
                if messages:
                    batch = await self._read(messages, messages[-1].sequence + line.behind)
                    appending = asyncio.create_task(self._append(batch, hours, line))
                hours.roll_up_when_due(self._check)
        finally:
            if appending is not None:
                appending.cancel()
            await hours.close()
            await line.close()

    async def _open(self) -> Line:
        """A line that goes on after what the store holds; where the stream has lost messages, that is told."""
        noted = await asyncio.to_thread(position.known, self._store, OBSERVATIONS)
        empty = not noted and await asyncio.to_thread(position.is_empty, self._store)
        line = await Line.open(self._stream, OBSERVATIONS, noted, empty=empty)
        cut = await self._cut()
        if line.start.loss is not None:
            self._mourn(line.start.loss)
            await asyncio.to_thread(position.settle, self._store, OBSERVATIONS, line.start)
        if cut is not None and self._newest is not None:
            if line.start.loss is None or line.start.loss.last < cut.last:
                self._mourn(await position.lost_by(self._stream, OBSERVATIONS, cut))
            self._newest.settle(cut)
        if cut is not None or line.start.loss is not None:
            await self._finish(noted)
        return line

    async def _finish(self, noted: Sequence[Position]) -> None:
        """Compute the hours of what was appended and not yet rolled up, where its messages will not come again."""
        since = noted[-1].received if noted else 0
        touched = await asyncio.to_thread(touched_since, self._store, since)
        if touched.num_rows:
            await self._reread(0)
            await asyncio.to_thread(self._rollup.compute, touched, self._check.properties)

    async def _cut(self) -> Cut | None:
        """Where the stream lost its end with what nobody had read, if it did."""
        if self._newest is None:
            return None
        last = await position.last(self._stream, OBSERVATIONS)
        return await asyncio.to_thread(self._newest.seen, last)

    def _mourn(self, loss: Loss) -> None:
        since, until = (_moment(told) for told in (loss.since, loss.until or int(time.time() * 1e6)))
        log.error(
            "The stream has lost its messages from number %d on. What devices sent between %s and %s (UTC) and "
            "was not stored by then, up to number %d as far as is known, is gone.",
            *(loss.first, since, until, loss.last),
        )
        if self._conditions is None:
            return
        before = next((one for one in self._conditions.standing() if one.name == LOST), None)
        facts = dict(before.facts) if before else {"first": loss.first, "since": since}
        self._conditions.report(LOST, **facts | {"last": loss.last, "until": until})

    async def _read(self, messages: Sequence[Message], newest: int) -> Batch:
        """Decode and check; what an older catalogue did not know is looked up in a new one.

        `newest` is the last message that the stream is known to have.
        """
        if time.monotonic() - self._read_at > REREAD:
            await self._reread(newest)
        batch = read(messages, self._check)
        if self._check.missed > self._read_when:
            # Whatever nonsense is sent, the catalogue is not read more than once a second.
            await asyncio.sleep(max(0.0, self._read_at + 1 - time.monotonic()))
            await self._reread(newest)
            batch = read(messages, self._check)
        return batch

    async def _reread(self, newest: int) -> None:
        began = time.monotonic()
        try:
            await asyncio.to_thread(self._catalogue.refresh)
        except Exception as failed:
            raise StoreAway(f"The catalogue of entities can't be read: {failed}") from failed
        self._check.forget()
        self._read_at, self._read_when = began, newest

    async def _append(self, batch: Batch, hours: Hours, line: Line) -> None:
        batch = await asyncio.to_thread(batches.append, self._store, batch)
        # What comes again because a store was brought back from a backup has its letters already.
        new = [one for one in batch.refused if one[0].sequence > line.start.buried]
        await deadletters.bury(self._stream, new)
        await downlink.pass_on(self._stream, batch.heard)
        touched = await asyncio.to_thread(touched_by, [batch.observations])
        hours.add(touched, batch.messages[-1], batch.messages[-1].sequence + line.behind)
        counters = self.counters
        counters.messages += len(batch.messages)
        counters.accepted += batch.observations.num_rows
        counters.refused += batch.left_out
        counters.dead += len(new)
        counters.batches += 1
        counters.stored = batch.messages[-1].sequence
        names = batch.observations["property"].unique().to_pylist()
        services = {name.partition(".")[0] for name in names}
        self._services |= services
        for service in services:
            await self._stream.observed(service)

    async def _answer(self, question: Msg) -> None:
        if question.reply:
            await question.respond(msgspec.json.encode(asdict(self.counters)))

    async def _tell(self) -> None:
        while True:
            await asyncio.sleep(TELL)
            told, self._services = self._services, set()
            for service in told:
                await self._stream.live(f"{service}.observations", b"{}")
            await self._stream.live("telemetry.ingest", msgspec.json.encode(asdict(self.counters)))


class Hours:
    """The hours touched on one line and not yet computed, and the message up to which they go.

    Days follow the hours less often; what is acknowledged is in both.
    """

    def __init__(self, rollup: Rollup, store: Store, line: Line, counters: Counters) -> None:
        self._rollup, self._store, self._line, self._counters = rollup, store, line, counters
        self._touched: list[pa.Table] = []
        self._last: Message | None = None
        self._newest = 0
        self._due = self._days_due = 0.0
        # Hours that are computed and whose days are not, and the message up to which those go.
        self._days: list[pa.Table] = []
        self._rolled: Message | None = None
        self._task: asyncio.Task[None] | None = None

    def add(self, touched: pa.Table, last: Message, newest: int) -> None:
        """These hours changed, by messages up to `last` of a stream that went up to `newest`."""
        self._touched.append(touched)
        self._last, self._newest = last, newest

    def roll_up_when_due(self, check: Check) -> None:
        """Begin to compute them, unless that is under way or was just done; raises what went wrong before."""
        if self._task is not None and self._task.done():
            self._task.result()
            self._task = None
        now = time.monotonic()
        if self._task is not None:
            return
        if self._last is not None and now >= self._due:
            touched, last = pa.concat_tables(self._touched), self._last
            self._touched, self._last = [], None
            self._task = asyncio.create_task(self._roll_up(touched, last, check))
        elif self._rolled is not None and now >= self._days_due:
            self._task = asyncio.create_task(self._days_too(self._rolled, check))

    async def _roll_up(self, touched: pa.Table, last: Message, check: Check) -> None:
        began = time.monotonic()
        if touched.num_rows:
            await asyncio.to_thread(self._rollup.compute_hours, touched, check.properties)
            self._days.append(touched)
        self._due = _due(began, SHARE, SOONEST, LATEST)
        self._rolled = last
        self._counters.rollups += 1
        if time.monotonic() >= self._days_due:
            await self._days_too(last, check)

    async def _days_too(self, last: Message, check: Check) -> None:
        """Compute the days of all hours that are computed, and acknowledge what they go up to."""
        began = time.monotonic()
        touched, self._days = self._days, []
        if touched:
            # Each once: most were touched in every batch.
            once = pa.concat_tables(touched).group_by(["property", "hour", "entity"]).aggregate([])
            await asyncio.to_thread(self._rollup.compute_days, once, check.properties)
        await asyncio.to_thread(position.note, self._store, OBSERVATIONS, last, self._newest)
        await self._line.acknowledge(last)
        self._rolled = None
        self._days_due = _due(began, SHARE_OF_DAYS, SOONEST_OF_DAYS, LATEST_OF_DAYS)
        self._counters.acknowledged = last.sequence

    async def close(self) -> None:
        """Let a computation that is under way end; what is left comes again on the next line."""
        if self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)


def _due(began: float, share: float, soonest: float, latest: float) -> float:
    """When to do again what began then, so that it takes this share of the time; within these bounds (s)."""
    now = time.monotonic()
    return now + min(max(soonest, (now - began) / share), latest)


def _moment(microseconds: int) -> str:
    return datetime.fromtimestamp(microseconds / 1e6, UTC).isoformat(" ", "seconds")[:19]
