"""Reading: what an answer says, looked at before it goes into the stream; what is stored, ingest decides."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from candia.core.entity import Entity
from candia.core.feed import Feed
from candia.core.telemetry import properties
from candia.telemetry.formats import DecodeError, by_source
from candia.telemetry.observation import Source, Speaker
from candia.telemetry.reason import because


@dataclass(frozen=True)
class Reading:
    """Of how many of the city's things it tells, in how many observations of which properties; or why of none."""

    things: int = 0
    observations: int = 0
    properties: frozenset[str] = frozenset()
    unread: str = ""


def read(service: str, feed: Feed, body: bytes, received: datetime) -> Reading:
    """What an answer says of the things of its service; two queries at most."""
    speaker = Speaker(
        feed.device(service),
        int(received.timestamp() * 1000),
        None,
        properties(),
        _Aliases(service).find,
    )
    try:
        seen = by_source(Source(feed.name, feed.decode), body, speaker)
    except DecodeError as wrong:
        return Reading(unread=wrong.reason.dump())
    ids = {one.entity for one in seen}
    own = Entity.objects.filter(pk__in=ids, kind_name__startswith=f"{service}.")
    known = set(own.values_list("pk", flat=True))
    taken = [one for one in seen if one.entity in known]
    if not taken:
        return Reading(
            unread=because(
                "Nothing in it is about a thing of the city. Give things the aliases that it uses."
            ).dump()
        )
    return Reading(len(known), len(taken), frozenset(one.property for one in taken))


class _Aliases:
    """The names by which others know a service's things, asked for once and only where a decoder wants them."""

    def __init__(self, service: str) -> None:
        self._service = service

    @cached_property
    def _known(self) -> dict[str, str]:
        named = Entity.objects.filter(kind_name__startswith=f"{self._service}.", alias__isnull=False)
        return {str(alias): id for alias, id in named.values_list("alias", "pk")}

    def find(self, alias: str) -> str | None:
        return self._known.get(alias)
