"""Worker: gives devices their orders and hears their answers, for as long as the part `jobs` runs."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import nats
from django.db import DatabaseError, connection
from django.utils import timezone
from nats.aio.msg import Msg

from candia.devices.orders import evidence, message, rounds
from candia.devices.orders.chirpstack import ChirpStack
from candia.devices.orders.downlinks import Downlinks, hear
from candia.telemetry import downlink
from candia.telemetry.store import StoreAway
from candia.telemetry.stream import Stream, StreamAway

log = logging.getLogger(__name__)
Found = TypeVar("Found")
# Seconds between rounds where nobody says that something is new, longer and longer while nothing is to be done;
# while an order to many is given out (the fewer at a time, the sooner each is done); after something that is away.
TICK, IDLE, RELEASING, AWAY = 0.5, 2.0, 0.15, 1.0
# Seconds between looks at what is observed.
LOOK = 1.0
# Seconds in which what comes at once is gathered, so that it is written together.
GATHER = 0.05
# The events after which there may be something to do.
NEWS = (
    "devices.state_wanted",
    "devices.state_released",
    "devices.group_ordered",
    "devices.act_ordered",
    "devices.order_cancelled",
)
# Answers in one transaction, and seconds to wait for the next.
ANSWERS, WITHIN = 500, 5.0


class Worker:
    """Rounds and answers one at a time in one thread, observations in another; any of it may be cut off.

    `chirpstack` takes the orders to LoRaWAN devices, in a city that has one; it is asked in a thread of its own.
    """

    def __init__(self, url: str, rate: int, chirpstack: ChirpStack | None = None) -> None:
        self._url = url
        self._downlinks = Downlinks(chirpstack) if chirpstack else None
        self._by_air, self._air_news = set[str](), asyncio.Event()
        self._release = Release(rate)
        # The store of observations may let wait, and ChirpStack; orders must not wait for them.
        threads = ("rounds", "evidence", "lorawan")
        self._threads = {name: ThreadPoolExecutor(1, f"orders-{name}") for name in threads}
        self._news = asyncio.Event()
        self._pause = TICK

    async def run(self) -> None:
        """Work until cancelled, through outages of the records, the stream and the store."""
        stream = await self._connected()
        try:
            for kind in NEWS:
                await stream.client.subscribe(f"live.{kind}", cb=self._heard)
            answers = downlink.Answers(stream.context)
            works = [lambda: self._round(stream), lambda: self._hear(answers), self._look]
            if self._downlinks:
                works.append(self._bring)
            await asyncio.gather(*map(_go_on, works))
        finally:
            for thread in self._threads.values():
                thread.shutdown(wait=False, cancel_futures=True)
            await stream.close()

    async def _connected(self) -> Stream:
        while True:
            try:
                return await Stream.connect(self._url)
            except StreamAway as away:
                log.warning("%s Orders wait.", away)
                await asyncio.sleep(AWAY)

    async def _heard(self, _message: Msg) -> None:
        self._news.set()

    async def _round(self, stream: Stream) -> None:
        """One round; the next begins at once where there is more, else with the next news or after a pause."""
        self._news.clear()
        before = self._release.allowed()
        outbox = await self._in("rounds", lambda: rounds.round_at(timezone.now(), before))
        self._release.released(outbox.released)
        sent = {(one.device, one.slot) for one in outbox.messages}
        await downlink.withdraw(stream.context, [place for place in outbox.withdrawn if place not in sent])
        await downlink.send(stream.client, outbox.messages)
        for device in {one.device for one in outbox.messages}:
            await stream.client.publish(downlink.told(device))
        if outbox.by_air:
            self._by_air |= outbox.by_air
            self._air_news.set()
        if not outbox.more:
            self._pause = min(2 * self._pause, IDLE) if outbox.is_empty else TICK
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(RELEASING if outbox.released else self._pause):
                    await self._news.wait()
                await asyncio.sleep(GATHER)

    async def _hear(self, answers: downlink.Answers) -> None:
        """Write down what devices answered, then acknowledge it: after a blow in between it comes again."""
        heard = await answers.fetch(ANSWERS, WITHIN)
        if not heard:
            return
        said = list(_read([one for one in heard if not downlink.by_lorawan(one)]))
        await self._in("rounds", lambda: rounds.answer(said, timezone.now()))
        if words := [message.acknowledgement(one.data) for one in heard if downlink.by_lorawan(one)]:
            await self._in("rounds", lambda: hear(words, timezone.now()))
        for one in heard:
            await one.ack()
        if len(heard) < ANSWERS:
            await asyncio.sleep(GATHER)

    async def _bring(self) -> None:
        """Bring the queues at ChirpStack up to date; what the records kept from being done is done next time."""
        await self._air_news.wait()
        self._air_news.clear()
        downlinks, devices, self._by_air = self._downlinks, self._by_air, set()
        if downlinks is None:
            return
        try:
            await self._in("lorawan", lambda: downlinks.bring(devices, timezone.now()))
        except DatabaseError:
            self._by_air |= devices
            self._air_news.set()
            raise

    async def _look(self) -> None:
        await self._in("evidence", lambda: evidence.look(timezone.now()))
        await asyncio.sleep(LOOK)

    async def _in(self, thread: str, work: Callable[[], Found]) -> Found:
        return await asyncio.get_running_loop().run_in_executor(self._threads[thread], _with_records, work)


class Release:
    """How many orders of groups may be released now: so many a second, of which one second's worth is saved up."""

    def __init__(self, rate: int) -> None:
        self._rate, self._saved, self._at = rate, float(rate), time.monotonic()

    def allowed(self) -> int:
        """How many at this moment."""
        now = time.monotonic()
        self._saved = min(self._rate, self._saved + (now - self._at) * self._rate)
        self._at = now
        return int(self._saved)

    def released(self, count: int) -> None:
        """Count those that were."""
        self._saved -= count


async def _go_on(work: Callable[[], Awaitable[None]]) -> None:
    """Do it again and again; what is away is waited for."""
    while True:
        try:
            await work()
        except (DatabaseError, StoreAway, OSError, nats.errors.Error) as away:
            log.warning("Orders wait for an engine: %s", away)
            await asyncio.sleep(AWAY)


def _with_records(work: Callable[[], Found]) -> Found:
    """Do it with a connection to the records, which goes back to the pool afterwards."""
    try:
        return work()
    finally:
        connection.close()


def _read(heard: Sequence[Msg]) -> Iterator[tuple[str, message.Answer]]:
    """The answers in these messages with who gave them; of those that can't be read one is told of."""
    wrong = None
    for one in heard:
        device = downlink.device_of(one)
        try:
            yield from ((device, answer) for answer in message.answers(one.data))
        except message.Unreadable as unreadable:
            wrong = f"{device} answered what can't be read: {unreadable}"
    if wrong:
        log.warning("%s", wrong)
