"""The way in: what the stream and ingest say of themselves, asked for from a page that must not wait long."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import TypeVar
from urllib.parse import urlsplit

import msgspec
import nats
from django.conf import settings
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from candia.core import errors
from candia.core.access import Person
from candia.core.inbox import Item
from candia.telemetry import deadletters
from candia.telemetry.ingest import COUNTERS, Counters
from candia.telemetry.stream import Stream, StreamAway

Answer = TypeVar("Answer")
# Seconds that the desk's first page waits, and other pages do.
SHORT, LONG = 0.5, 5.0
# So many messages that wait are no more than what comes in a few seconds.
MANY = 50_000


def ask(question: Callable[[Stream], Awaitable[Answer]], within: float = LONG) -> Answer:
    """What the stream answers within so many seconds; raises Unavailable."""

    async def go() -> Answer:
        async with asyncio.timeout(within):
            await _answers(settings.CANDIA_STREAM_URL)
            stream = await Stream.connect(settings.CANDIA_STREAM_URL)
            try:
                return await question(stream)
            finally:
                await stream.client.close()

    try:
        return asyncio.run(go())
    except (TimeoutError, StreamAway, OSError, nats.errors.Error) as away:
        raise errors.Unavailable(_("The stream does not answer. Try again in a minute.")) from away


async def _answers(url: str) -> None:
    """See that a server of these addresses speaks, as it does first; the client would wait for ever."""
    for address in url.split(","):
        parts = urlsplit(address)
        try:
            reader, writer = await asyncio.open_connection(parts.hostname, parts.port or 4222)
        except OSError:
            continue
        try:
            if await reader.read(5) == b"INFO ":
                return
        finally:
            writer.close()
    raise StreamAway("No server of the stream answers.")


async def _told(stream: Stream) -> tuple[Counters | None, int]:
    """The counters of ingest, if it answers, and the number of dead letters."""
    dead = await deadletters.count(stream)
    try:
        answer = await stream.client.request(COUNTERS, timeout=SHORT / 2)
    except (TimeoutError, nats.errors.NoRespondersError):
        return None, dead
    return msgspec.json.decode(answer.data, type=Counters), dead


def waiting(by: Person) -> Iterator[Item]:
    """What is wrong with the way in, for whoever keeps devices; asked for within half a second."""
    from candia.devices.commands import keeper

    if not keeper(by):
        return
    try:
        counters, dead = ask(_told, SHORT)
    except errors.Unavailable:
        yield _item("stream", _("The stream"), _("The stream does not answer"), "severe")
        return
    if counters is None:
        yield _item("ingest", _("Ingest"), _("Ingest does not answer"), "severe")
    elif counters.waiting:
        yield _item("ingest", _("Ingest"), _("Ingest waits for an engine"), "severe")
    elif counters.behind > MANY:
        behind = number_format(counters.behind, force_grouping=True)
        yield _item(
            "ingest", _("Ingest"), _("Ingest falls behind: %(n)s messages") % {"n": behind}, "moderate"
        )
    if dead:
        told = ngettext("%(n)s message could not be taken", "%(n)s messages could not be taken", dead)
        title = told % {"n": number_format(dead, force_grouping=True)}
        yield _item("dead_letters", _("Dead letters"), title, "moderate", reverse("devices-desk-letters"))


def _item(name: str, kind: str, title: str, severity: str, url: str = "") -> Item:
    return Item(key=f"devices.{name}", service="devices", kind=kind, title=title, url=url, severity=severity)
