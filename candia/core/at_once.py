"""At once: a few rules judge a thing as soon as it was observed, and do not wait for the next minute.

Ingest says on `observed.<service>` that something was stored. Nothing hangs on that word: a rule that hears at once
runs on its rhythm as well, over all its things.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from django.db import DatabaseError, connection
from django.utils import timezone

from candia.core.jobs import run_rule
from candia.core.rule import Rule
from candia.core.service import Service, services
from candia.core.telemetry import store
from candia.telemetry import live, questions
from candia.telemetry.store import StoreAway

log = logging.getLogger(__name__)
# What was observed longer ago than this is no news; its rhythm finds it.
RECENT = timedelta(minutes=5)
# Seconds in which what comes together is judged together.
GATHER = 0.2


class Newcomers:
    """Which things were observed since they were looked at last, by rule."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, str], datetime] = {}

    def of(self, service: Service, rule: Rule, now: datetime) -> set[str]:
        """The things of which something in the rule's window is newer than at the last call."""
        names = rule.over.names() if rule.over else ()
        fresh: set[str] = set()
        for name in (f"{service.name}.{name}" for name in names):
            for row in questions.recent(store(), name, now.astimezone(UTC) - RECENT).to_pylist():
                key = (f"{rule.name} {name}", row["entity"])
                if self._seen.get(key) != row["time"]:
                    self._seen[key] = row["time"]
                    fresh.add(row["entity"])
        self._seen = {key: time for key, time in self._seen.items() if now - time < RECENT + RECENT}
        return fresh


def watching() -> dict[str, Service]:
    """The services with a rule that hears at once."""
    return {
        name: service for name, service in services().items() if any(rule.at_once for rule in service.rules)
    }


def judge(watched: Iterable[Service], newcomers: Newcomers) -> None:
    """Let the rules that hear at once judge what was observed just now; one that fails waits for its rhythm."""
    now = timezone.now()
    for service in watched:
        for rule in service.rules:
            if not rule.at_once:
                continue
            try:
                if ids := newcomers.of(service, rule, now):
                    run_rule(service, rule, now, only=ids)
            except (StoreAway, DatabaseError) as away:
                log.warning("%s.%s could not judge at once: %s", service.name, rule.name, away)
    # A thread that waits for news holds no connection meanwhile.
    connection.close()


async def listen(url: str) -> None:
    """Hear of observations and judge them, until it is cancelled; ends at once where no rule needs it."""
    watched = watching()
    if not watched:
        return
    waiting: set[str] = set()
    some = asyncio.Event()
    judging = asyncio.create_task(_judge_what_waits(watched, waiting, some))
    client = await live.connect(url)
    try:
        async for subject, _payload in live.listen(client, "observed.*"):
            if (name := subject.partition(".")[2]) in watched:
                waiting.add(name)
                some.set()
    finally:
        judging.cancel()
        await client.close()


async def _judge_what_waits(watched: dict[str, Service], waiting: set[str], some: asyncio.Event) -> None:
    newcomers = Newcomers()
    while True:
        await some.wait()
        some.clear()
        names = sorted(waiting)
        waiting.clear()
        try:
            await asyncio.to_thread(judge, [watched[name] for name in names], newcomers)
        except Exception:  # one rule's mistake must not make the others wait for their minute
            log.exception("A rule that hears at once failed")
        await asyncio.sleep(GATHER)
