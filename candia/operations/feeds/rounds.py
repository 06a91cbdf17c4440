"""Rounds: once a minute the feeds that are due are asked, together, and what each brought goes into the stream.

An answer lies on the stream's disk before its marks are kept: cut off in between, the same is fetched and sent once
more, which stores nothing twice.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone, translation
from procrastinate.contrib.django import app

from candia.config.readers import secrets_of
from candia.core import errors, sample_progress
from candia.core.entity import Entity
from candia.core.feed import Feed, entity_of
from candia.core.service import Service, feeds
from candia.devices import ingest_status
from candia.operations.feeds import fetching, form
from candia.operations.feeds.fetching import Failed, Fetched
from candia.operations.feeds.models import FeedState
from candia.operations.feeds.reading import Reading, read

#: Feeds wait for others' servers; so many do it at once, in one job, so that rules have their turn.
TOGETHER = 8
#: The longest pause after failures, and how far it is drawn by lot, so that not all come back at once.
LONGEST, LOT = timedelta(hours=6), (0.8, 1.2)
#: The failure that is the city's own: its stream takes nothing.
OWN = "stream"
# A round that begins a little early must not leave out what is due in its minute.
SLACK = timedelta(seconds=30)


@dataclass(frozen=True)
class Known:
    """A feed that this city fetches, from where, and how it does."""

    service: Service
    feed: Feed
    state: FeedState

    @property
    def device(self) -> str:
        """In whose name its answers lie in the stream."""
        return self.feed.device(self.service.name)


@app.periodic(cron="* * * * *")
@app.task(
    name="operations.fetch_feeds", queueing_lock="operations.fetch_feeds", lock="feeds", pass_context=False
)
def fetch_feeds(timestamp: int) -> None:  # noqa: ARG001 — procrastinate's signature
    """Once a minute: fetch what is due."""
    if sample_progress.filling() is None:
        fetch_due(timezone.now())


@app.task(name="operations.fetch_feed", lock="feeds")
def fetch_feed(*, feed: str) -> None:
    """Fetch one feed now, whether it is due or not."""
    now = timezone.now()
    take([one for one in known(now) if one.state.feed == feed], now)


def fetch_due(now: datetime) -> int:
    """Fetch every feed whose time has come; how many."""
    due = [one for one in known(now) if one.state.due <= now]
    take(due, now)
    return len(due)


def take(wanted: Iterable[Known], now: datetime) -> None:
    """Ask these at once, then keep what each brought."""
    wanted = list(wanted)
    with ThreadPoolExecutor(TOGETHER) as pool:
        for one, got in zip(wanted, pool.map(_asked, wanted), strict=True):
            keep(one, got, now)


def known(now: datetime) -> list[Known]:
    """The feeds that this city fetches, each with its state; one that is new or has moved is due at once."""
    wanted = {
        name: (service, feed, address)
        for name, (service, feed) in feeds().items()
        if (address := feed.address(service.name))
    }
    states = {one.feed: one for one in FeedState.objects.filter(feed__in=wanted)}
    return [
        Known(
            service, feed, _followed(states.get(name) or _begun(name, service, feed, now), feed, address, now)
        )
        for name, (service, feed, address) in wanted.items()
    ]


def _begun(name: str, service: Service, feed: Feed, now: datetime) -> FeedState:
    """The state of a feed that was never fetched, and the thing that stands for it."""
    names = {}
    for language in settings.CANDIA_CITY.languages:
        with translation.override(language):
            names[language] = str(feed.title or name)
    first = names.pop(settings.CANDIA_CITY.languages[0])
    thing, _made = Entity.objects.get_or_create(
        id=entity_of(service.name, feed.name),
        defaults={"kind_name": f"{service.name}.feed", "name": first, "names": names},
    )
    state, _made = FeedState.objects.get_or_create(
        entity=thing,
        defaults={"feed": name, "every": feed.every, "fresh": feed.fresh, "begun": now, "due": now},
    )
    return state


def _followed(state: FeedState, feed: Feed, address: str, now: datetime) -> FeedState:
    """The state brought in line with what is declared; another address has marks of its own."""
    if state.address != address:
        state.address, state.etag, state.modified, state.digest = address, "", "", ""
        state.due, state.failures, state.failing_since = now, 0, None
        state.error, state.status = "", None
    elif (state.every, state.fresh) == (feed.every, feed.fresh):
        return state
    state.every, state.fresh = feed.every, feed.fresh
    state.save()
    return state


def _asked(one: Known) -> Fetched | Failed:
    """What the address says; runs in a thread of its own, and touches no record."""
    state, config = one.state, settings.CANDIA
    secret = secrets_of(config.feed_secrets).get(state.feed, "")
    try:
        marks = (state.etag, state.modified)
        return fetching.fetch(one.feed, state.address, secret, marks, config.feed_networks)
    except Failed as failed:
        return failed


def keep(one: Known, got: Fetched | Failed, now: datetime) -> None:
    """Send what is new into the stream, then write down how the feed does."""
    state = one.state
    state.tried = now
    if isinstance(got, Failed):
        _fail(state, got.code, got.status, timedelta(seconds=got.rest), now)
        return
    digest = hashlib.sha256(got.body).hexdigest() if got.body is not None else state.digest
    try:
        if got.body is not None and digest != state.digest:
            body = got.body
            reading = read(one.service.name, one.feed, body, now)
            ingest_status.ask(lambda stream: stream.publish(one.device, body))
            _note(state, reading, now)
        elif state.unread:
            state.unread_times += 1
    except errors.Unavailable:
        _fail(state, OWN, None, timedelta(0), now)
        return
    if got.body is not None:
        state.etag, state.modified, state.digest = got.etag, got.modified, digest
    state.succeeded, state.due = now, now + state.every - SLACK
    state.failures, state.failing_since, state.error, state.status = 0, None, "", None
    state.save()


def _note(state: FeedState, reading: Reading, now: datetime) -> None:
    """What an answer that differs from the one before said."""
    state.changed = now
    state.things, state.observations = reading.things, reading.observations
    state.unread, state.unread_times = reading.unread, state.unread_times + 1 if reading.unread else 0
    if not reading.unread:
        state.usual = form.learnt(state.usual, reading.properties, now)
        state.vanished = form.vanished(state.usual)


def _fail(state: FeedState, code: str, status: int | None, rest: timedelta, now: datetime) -> None:
    """Write a failure down; the next try comes later each time, and not before the address wants it."""
    state.failures += 1
    state.failing_since = state.failing_since or now
    state.error, state.status = code, status
    grown = min(state.every * 2 ** min(state.failures - 1, 12), max(state.every, LONGEST))
    # The city's own stream is soon back, and the other side has no part in it.
    pause = grown * random.uniform(*LOT) if code != OWN else SLACK  # noqa: S311 — a lot, not a secret
    state.due = now + max(pause, rest)
    state.save()
