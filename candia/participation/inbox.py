"""What waits at the desk for whoever keeps a conversation decent, whatever it is about."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Min
from django.urls import reverse
from django.utils.translation import gettext as _

from candia.core import things
from candia.core.access import Person
from candia.core.inbox import Item
from candia.participation.pages.moderation import open_reports

# More than anybody can read at once.
MOST = 200


def reported(by: Person) -> Iterator[Item]:
    """The things about which somebody reported something that nobody has settled yet, the oldest report first."""
    first = dict(
        open_reports(by).values_list("entity").annotate(first=Min("made")).order_by("first", "entity")[:MOST]
    )
    for id, thing in things.visible(first, by).items():
        yield Item(
            key=f"{id}/reports",
            service=id.partition(".")[0],
            kind=_("Reported"),
            title=thing.name or id,
            url=thing.page or reverse("participation-desk-moderate", kwargs={"entity": id}),
            since=first[id],
            severity="moderate",
            place=thing.zone,
        )
