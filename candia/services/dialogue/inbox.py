"""What waits at the desk for whoever answers proposals."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from candia.core.access import Person, moderator, operator
from candia.core.inbox import Item
from candia.services.dialogue.promise import awaiting

# More than anybody can read at once.
MOST = 200


def waiting(by: Person) -> Iterator[Item]:
    """The proposals that are owed an answer, each with its day."""
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


def _end(day: date | None) -> datetime | None:
    """The moment at which a day of the city is over."""
    if day is None:
        return None
    return datetime.combine(day + timedelta(days=1), time(), timezone.get_current_timezone())
