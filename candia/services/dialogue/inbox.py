"""What waits at the desk for whoever answers proposals or keeps the conversation decent."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from django.db.models import Min, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from candia.core.access import Person, moderator, operator
from candia.core.inbox import Item
from candia.services.dialogue.models import Proposal
from candia.services.dialogue.promise import awaiting

# More than anybody can read at once.
MOST = 200


def waiting(by: Person) -> Iterator[Item]:
    """The proposals that are owed an answer, each with its day, and those that were reported."""
    if not (moderator("dialogue") | operator("dialogue"))(by):
        return
    for owed in awaiting()[:MOST]:
        yield Item(
            key=owed.pk,
            service="dialogue",
            kind=_("Answer owed"),
            title=owed.heading,
            url=reverse("dialogue-desk-handle", kwargs={"number": owed.number}),
            since=owed.reached,
            due=_end(owed.due),
            severity="moderate",
            place=owed.zone_name,
        )
    first = Min("reports__made", filter=Q(reports__settled=False))
    reported = Proposal.objects.filter(reports__settled=False).annotate(first=first).order_by("first")
    for told in reported[:MOST]:
        yield Item(
            key=f"{told.pk}/reports",
            service="dialogue",
            kind=_("Reported"),
            title=told.heading,
            url=reverse("dialogue-desk-handle", kwargs={"number": told.number}),
            since=told.first,
            severity="moderate",
            place=told.zone_name,
        )


def _end(day: date | None) -> datetime | None:
    """The moment at which a day of the city is over."""
    if day is None:
        return None
    return datetime.combine(day + timedelta(days=1), time(), timezone.get_current_timezone())
