"""The way in: what the stream and ingest say of themselves, asked for from a page that must not wait long."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, TypeVar
from urllib.parse import urlsplit

import msgspec
import nats
from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from candia.core import errors
from candia.core.access import Device, Person
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
        await _answers(settings.CANDIA_STREAM_URL)
        stream = await Stream.connect(settings.CANDIA_STREAM_URL)
        try:
            return await question(stream)
        finally:
            await stream.client.close()

    try:
        return asyncio.run(asyncio.wait_for(go(), within))
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


def pipeline(by: Person | None = None) -> list[dict[str, Any]]:
    """Figures of the way in, for whoever keeps devices: label, value, unit, note, tone, url; in half a second."""
    from candia.devices.commands import keeper

    if by is not None and not keeper(by):
        return []
    count = Device.objects.filter(revoked=None).count()
    own = [_figure(_("Devices"), count, url=reverse("devices-desk-listing"))]
    try:
        counters, dead = ask(_told, SHORT)
    except errors.Unavailable:
        return [_figure(_("The stream"), None, note=_("no answer"), tone="bad"), *own]
    return [*_of_ingest(counters), _of_letters(dead), *own]


def _of_ingest(counters: Counters | None) -> list[dict[str, Any]]:
    if counters is None:
        return [_figure(_("Ingest"), None, note=_("no answer"), tone="bad")]
    since = date_format(timezone.localtime(datetime.fromtimestamp(counters.started, UTC)), "d/m H:i")
    note, tone = (_("waits for an engine"), "bad") if counters.waiting else (_("on its way"), "good")
    if counters.behind > MANY and not counters.waiting:
        note, tone = _("falls behind"), "warn"
    return [
        _figure(_("Observations stored"), counters.accepted, note=_("since %(time)s") % {"time": since}),
        _figure(_("Messages waiting"), counters.behind, note=note, tone=tone),
    ]


def _of_letters(dead: int) -> dict[str, Any]:
    url = reverse("devices-desk-letters")
    note, tone = (_("to be looked at"), "warn") if dead else ("", "good")
    return _figure(_("Dead letters"), dead, note=note, tone=tone, url=url)


def _figure(
    label: str, value: int | None, *, note: str = "", tone: str = "good", url: str = ""
) -> dict[str, Any]:
    told = "–" if value is None else number_format(value, force_grouping=True)
    return {"label": label, "value": told, "unit": "", "note": note, "tone": tone, "url": url}
