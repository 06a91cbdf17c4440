"""Feed: an address of somebody else's that is fetched on a rhythm, and read like what a device sends."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.conf import settings

from candia.telemetry.stream import LARGEST

if TYPE_CHECKING:
    from django.utils.functional import Promise

    from candia.telemetry.observation import Observation, Speaker

#: No city asks anybody more often.
SOONEST = timedelta(minutes=1)
#: Where in an address its secret belongs, if it does not go into a header.
PLACE = "{secret}"
_day = timedelta(days=1)


@dataclass(frozen=True)
class Feed:
    """An address, how often it is fetched, and how its answer is read: a `Source` that nobody sends.

    `decode` is pure, as a source's is; it may look up whom an answer speaks of by `speaker.by_alias`, and may
    tell of things of its own service alone. What has no time of its own is as of when it was fetched. A city may
    name another `url` in its `city.toml`, or none (`[feeds.<service>]`); where `url` is empty, it must.
    `secret` is the header in which the city's secret for it is sent; it may stand in the address as `{secret}`
    instead. `fresh` is within which time it usually has something new.
    """

    name: str
    url: str = ""
    every: timedelta = field(kw_only=True)
    decode: Callable[[bytes, Speaker], Iterable[Observation]] = field(kw_only=True)
    title: str | Promise = field(default="", kw_only=True)
    secret: str = field(default="", kw_only=True)
    fresh: timedelta = field(default=_day, kw_only=True)
    most: int = field(default=LARGEST, kw_only=True)

    def address(self, service: str) -> str:
        """Where this city fetches it; empty where it does not.

        What a sample city shows needs no network, so it fetches only what its own file names.
        """
        city = settings.CANDIA_CITY
        told = city.feeds.get(service, {}).get(self.name)
        if isinstance(told, str):
            return told
        wanted = not city.sample if told is None else told
        return self.url if wanted else ""

    def device(self, service: str) -> str:
        """The name under which its answers lie in the stream; no device can have it, as it begins with a hyphen."""
        return f"-feed-{service}-{self.name}".replace("_", "-")


def entity_of(service: str, feed: str) -> str:
    """The id of the thing that stands for a feed, with its alerts and its story: `air.feed:sensors`."""
    return f"{service}.feed:{feed}"


def is_address(url: str) -> bool:
    """Whether it looks like something that can be fetched: http or https, with a name and nobody's password."""
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.username is None
    except ValueError:
        return False
