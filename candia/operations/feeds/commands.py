"""What may be asked for about a feed: that it is fetched now."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as __

from candia.core import errors
from candia.core.access import RoleHolder, per_hour
from candia.core.command import command
from candia.core.event import Happened
from candia.core.feed import entity_of
from candia.core.service import feeds
from candia.devices.commands import keeper, operates
from candia.operations.feeds.rounds import fetch_feed


@command(
    event="operations.feed_asked",
    title=__("Feed fetched on demand"),
    may=keeper,
    staff=True,
    limit=per_hour(60),
)
def ask_feed(by: RoleHolder, *, feed: str) -> Happened:
    """Fetch a feed now and not when it is due, as after its address or its secret was corrected."""
    service, declared = feeds().get(feed, (None, None))
    if service is None or declared is None:
        raise errors.NotFound
    if service.name not in operates(by):
        raise errors.Forbidden
    if not declared.address(service.name):
        raise errors.Conflict(_("This city does not fetch it. Name its address in city.toml first."))
    fetch_feed.defer(feed=feed)
    return Happened(entity_of(service.name, declared.name))
