"""Self-check: looks each minute whether ingest goes on and the store is whole, and has the installation say if not.

It runs in the jobs part, so that an ingest that hangs or is dead is told as well.
"""

from __future__ import annotations

import asyncio
import logging
import math
import subprocess
import sys
import time
from collections.abc import Sequence

from django.conf import settings
from procrastinate.contrib.django import app

from candia.conditions import Conditions
from candia.core.telemetry import store
from candia.telemetry import damage, progress
from candia.telemetry.damage import Damaged
from candia.telemetry.progress import Progress
from candia.telemetry.store import StoreAway
from candia.telemetry.stream import Stream, StreamAway

log = logging.getLogger(__name__)
STALLED, DISK_SHORT = "ingest_stalled", "disk_short"
# Seconds for the stream to answer.
PATIENCE = 10.0
# To read the whole store may take this share of the time.
SHARE = 0.1


class Lookout:
    """What was seen the minutes before."""

    def __init__(self) -> None:
        self.watch = progress.Watch()
        self.errors, self.check_again, self.was_short = 0, -math.inf, False
        self.repair: subprocess.Popen[bytes] | None = None
        #: The damaged parts that were tried to be brought back.
        self.tried: frozenset[str] = frozenset()

    def look(self, conditions: Conditions) -> None:
        """Report what is wrong now and clear what is over; where an engine is away, the health says so."""
        try:
            seen = asyncio.run(_progress())
            stalled = self.watch.stalled(seen, time.monotonic())
            if stalled:
                log.error("Ingest stands still: %d messages wait after number %d", seen.behind, seen.stored)
                conditions.report(STALLED, waiting=seen.behind, after=seen.stored, minutes=int(stalled // 60))
            else:
                conditions.clear(STALLED)
        except (StreamAway, TimeoutError) as away:
            log.warning("Nobody knows how far ingest is: %s", away)
        try:
            self._look_at_store(conditions)
        except StoreAway as away:
            log.warning("Nobody knows whether the store is whole: %s", away)

    def _look_at_store(self, conditions: Conditions) -> None:
        errors, short = damage.errors(store()), conditions.stands(DISK_SHORT)
        # A store that was started anew counts from zero; and what was written while the disk was full may be torn.
        suspected = (errors and errors != self.errors) or (self.was_short and not short)
        if suspected and time.monotonic() > self.check_again:
            began = time.monotonic()
            damage.set_aside(store())
            self.errors = damage.errors(store())
            self.check_again = time.monotonic() + (time.monotonic() - began) / SHARE
            self.was_short = False
        self.was_short = self.was_short or short
        parts = damage.found(store())
        damage.report(conditions, parts)
        if not short:
            self._bring_back(parts)

    def _bring_back(self, parts: Sequence[Damaged]) -> None:
        """Begin to refill, once for the same parts, in a process of its own, which says what came of it."""
        names = frozenset(part.name for part in parts)
        if self.repair is not None and self.repair.poll() is None:
            return
        if names - self.tried:
            self.tried = names
            words = [sys.executable, "-m", "candia.cli", "telemetry", "refill"]
            self.repair = subprocess.Popen(words, stdin=subprocess.DEVNULL)
            log.warning("Parts of the store are damaged; what the stream holds of them is brought back.")


async def _progress() -> Progress:
    async with asyncio.timeout(PATIENCE):
        stream = await Stream.connect(settings.CANDIA.stream_url)
    try:
        async with asyncio.timeout(PATIENCE):
            return await progress.look(stream)
    finally:
        await stream.close()


_lookout = Lookout()


@app.periodic(cron="* * * * *")
@app.task(name="core.watch", queueing_lock="core.watch", pass_context=False)
def watch(timestamp: int) -> None:  # noqa: ARG001 — the worker's signature
    """Once a minute: whether ingest goes on, and the store is whole."""
    _lookout.look(Conditions(settings.CANDIA.home))


@app.periodic(cron="37 3 * * *")
@app.task(name="core.check_store", queueing_lock="core.check_store", pass_context=False)
def check_store(timestamp: int) -> None:  # noqa: ARG001 — as above
    """Once a night: read the whole store, so that damage is known before somebody needs what is gone."""
    damage.set_aside(store())
    damage.report(Conditions(settings.CANDIA.home), damage.found(store()))
