"""When somebody should look at a feed: it is silent, or its form has changed; pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import F, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop as __

from candia.core.entity import Entity
from candia.core.rule import CLEAR, UNSURE, Open, Row, Rule, Verdict, minutes
from candia.core.service import feeds
from candia.operations.feeds.models import FeedState

FAILING = __("It could not be fetched for {hours} hours.")
NOTHING_NEW = __("It has brought nothing new for {hours} hours.")
UNREADABLE = __("Nothing of what it brings can be read any more.")
VANISHED = __("It brings no {names} any more.")


def feed_silent(row: Row, *, rounds: int = 3, hours: float = 1.0) -> Verdict:
    """A feed could not be fetched for some rounds and hours, or has brought nothing new for too long."""
    since = row.now - (row.succeeded or row.begun)
    if since > max(rounds * row.every, timedelta(hours=hours)):
        return Open(FAILING, {"hours": _hours(since)})
    if row.succeeded is None:
        return UNSURE
    still = row.now - (row.changed or row.begun)
    return Open(NOTHING_NEW, {"hours": _hours(still)}, "minor") if still > row.fresh else CLEAR


def feed_form(row: Row, *, times: int = 2) -> Verdict:
    """A feed brings what can't be read, so many times in a row; or something that it used to bring has vanished."""
    if row.succeeded is None:
        return UNSURE
    if row.unread:
        return Open(UNREADABLE) if row.unread_times >= times else UNSURE
    if row.vanished:
        names = ", ".join(name.partition(".")[2] for name in row.vanished)
        return Open(VANISHED, {"names": names})
    return CLEAR


def fetched(_moment: datetime) -> QuerySet[FeedState]:
    """The feeds that this city fetches, by the things that stand for them."""
    wanted = [name for name, (service, feed) in feeds().items() if feed.address(service.name)]
    return FeedState.objects.filter(feed__in=wanted).annotate(id=F("entity_id"))


def _hours(since: timedelta) -> int:
    return round(since / timedelta(hours=1))


rules = (
    Rule(
        function=feed_silent,
        title=_("A feed is silent"),
        on=Entity,
        among=fetched,
        facts=("begun", "every", "fresh", "succeeded", "changed"),
        every=minutes(5),
    ),
    Rule(
        function=feed_form,
        title=_("A feed has changed its form"),
        on=Entity,
        among=fetched,
        facts=("succeeded", "unread", "unread_times", "vanished"),
        every=minutes(5),
    ),
)
