"""Ingest: the pipeline from the stream to the store: take, decode, check, append, roll up, acknowledge.

What is appended can be asked for at once. The acknowledgement follows when the touched hours are computed,
so a crash at any moment means only that the same messages come again and give the same rows.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace

import msgspec
import pyarrow as pa
from nats.aio.msg import Msg

from candia.telemetry import deadletters
from candia.telemetry.catalogue import Catalogue
from candia.telemetry.check import Check
from candia.telemetry.formats import DecodeError
from candia.telemetry.line import Line
from candia.telemetry.observation import Observation
from candia.telemetry.reason import Reason
from candia.telemetry.rollup import Rollup, touched_by
from candia.telemetry.store import Store, StoreAway, columns
from candia.telemetry.stream import OBSERVATIONS, Message, Stream, StreamAway

log = logging.getLogger(__name__)
# Rolling up may take this share of the time; under load the hours follow a little later.
SHARE, SOONEST, LATEST = 0.25, 1.0, 60.0
# A change of the catalogue (a device revoked) is noticed within this many seconds.
REREAD = 15.0
PAUSE, LONGEST_PAUSE = 0.2, 5.0
TELL = 2.0
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


@dataclass
class Batch:
    """Messages that came together, and what became of them."""

    messages: Sequence[Message]
    observations: pa.Table
    refused: list[tuple[Message, Reason]]
    left_out: int


class Ingest:
    """The one reader of the stream; `run` goes on until it is cancelled, and through any outage."""

    def __init__(self, store: Store, stream: Stream, catalogue: Catalogue) -> None:
        self.counters = Counters()
        self._store, self._stream, self._catalogue = store, stream, catalogue
        self._rollup = Rollup(store)
        self._check = Check(catalogue)
        self._read_at = 0.0
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
        line = await Line.open(self._stream, OBSERVATIONS)
        hours = Hours(self._rollup, line, self.counters)
        appending: asyncio.Task[None] | None = None
        try:
            while True:
                messages = await line.take()
                self.counters.waiting, self.counters.behind = "", line.behind
                if appending is not None:
                    await appending
                    appending = None
                if messages:
                    batch = await self._read(messages)
                    appending = asyncio.create_task(self._append(batch, hours))
                hours.roll_up_when_due(self._check)
        finally:
            if appending is not None:
                appending.cancel()
            await hours.close()
            await line.close()

    async def _read(self, messages: Sequence[Message]) -> Batch:
        """Decode and check; what an older catalogue did not know is looked up in a new one."""
        if time.time() - self._read_at > REREAD:
            await self._reread()
        batch = read(messages, self._check)
        if self._check.missed > self._read_at * 1e6:
            # Whatever nonsense is sent, the catalogue is not read more than once a second.
            await asyncio.sleep(self._read_at + 1 - time.time())
            await self._reread()
            batch = read(messages, self._check)
        return batch

    async def _reread(self) -> None:
        began = time.time()
        try:
            await asyncio.to_thread(self._catalogue.refresh)
        except Exception as failed:
            raise StoreAway(f"The catalogue of entities can't be read: {failed}") from failed
        self._check.forget()
        self._read_at = began

    async def _append(self, batch: Batch, hours: Hours) -> None:
        if batch.observations.num_rows:
            await asyncio.to_thread(self._store.append, batch.observations)
        await deadletters.bury(self._stream, batch.refused)
        hours.add(await asyncio.to_thread(touched_by, [batch.observations]), batch.messages[-1])
        counters = self.counters
        counters.messages += len(batch.messages)
        counters.accepted += batch.observations.num_rows
        counters.refused += batch.left_out
        counters.dead += len(batch.refused)
        counters.batches += 1
        counters.stored = batch.messages[-1].sequence
        names = batch.observations["property"].unique().to_pylist()
        self._services |= {name.partition(".")[0] for name in names}

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
    """The hours touched on one line and not yet computed, and the message up to which they go."""

    def __init__(self, rollup: Rollup, line: Line, counters: Counters) -> None:
        self._rollup, self._line, self._counters = rollup, line, counters
        self._touched: list[pa.Table] = []
        self._last: Message | None = None
        self._due = 0.0
        self._task: asyncio.Task[None] | None = None

    def add(self, touched: pa.Table, last: Message) -> None:
        """These hours changed, by messages up to `last`."""
        self._touched.append(touched)
        self._last = last

    def roll_up_when_due(self, check: Check) -> None:
        """Begin to compute them, unless that is under way or was just done; raises what went wrong before."""
        if self._task is not None and self._task.done():
            self._task.result()
            self._task = None
        if self._task is None and self._last is not None and time.monotonic() >= self._due:
            touched, last = pa.concat_tables(self._touched), self._last
            self._touched, self._last = [], None
            self._task = asyncio.create_task(self._roll_up(touched, last, check))

    async def _roll_up(self, touched: pa.Table, last: Message, check: Check) -> None:
        began = time.monotonic()
        if touched.num_rows:
            await asyncio.to_thread(self._rollup.compute, touched, check.properties)
        await self._line.acknowledge(last)
        cost = time.monotonic() - began
        self._due = time.monotonic() + min(max(SOONEST, cost / SHARE), LATEST)
        self._counters.rollups += 1
        self._counters.acknowledged = last.sequence

    async def close(self) -> None:
        """Let a computation that is under way end; what is left comes again on the next line."""
        if self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)


def read(messages: Sequence[Message], check: Check) -> Batch:
    """Decode and check: the observations that can be taken, and the messages that have others, with why."""
    taken: list[Observation] = []
    received: list[int] = []
    refused: list[tuple[Message, Reason]] = []
    left_out = 0
    for message in messages:
        speaker = check.speaker(message)
        before = len(taken)
        reasons: list[Reason] = []
        try:
            for seen in check.decode(message, speaker):
                reason = check.refusal(seen, speaker)
                if reason is None:
                    taken.append(seen)
                else:
                    reasons.append(reason)
        except DecodeError as wrong:
            reasons.append(wrong.reason)
            check.note(wrong, speaker)
        received += [message.received] * (len(taken) - before)
        if reasons:
            left_out += len(reasons)
            refused.append((message, replace(reasons[0], more=len(reasons) - 1)))
    return Batch(messages, columns(taken, received), refused, left_out)
