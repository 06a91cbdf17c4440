"""What waits at the desk for whoever keeps a conversation decent, whatever it is about."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from django.db.models import Min
from django.urls import reverse
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from candia.core import things
from candia.core.access import May, Person, moderator, operator
from candia.core.inbox import Item
from candia.core.service import entity_kinds
from candia.core.zones import zone_name
from candia.participation import appeals, deadlines, notices
from candia.participation.declaration import of
from candia.participation.pages.moderation import open_reports

# More than anybody can read at once.
MOST = 200


def waiting(by: Person) -> Iterator[Item]:
    """What was reported, the appeals that this member of staff may decide, and the answers that are owed."""
    yield from reported(by)
    yield from appealed(by)
    yield from owed(by)


def appealed(by: Person) -> Iterator[Item]:
    """The appeals against what others hid, the oldest first."""
    for appeal in islice(appeals.waiting(by), MOST):
        hiding = appeal.hiding
        text = hiding.comment.text if hiding.comment else str(hiding.entity)
        yield Item(
            key=f"{hiding.entity_id}/appeals/{appeal.pk}",
            service=hiding.entity_id.partition(".")[0],
            kind=_("Appeal"),
            title=Truncator(text).chars(120),
            url=reverse("participation-desk-moderate", kwargs={"entity": hiding.entity_id}),
            since=appeal.made,
            due=appeals.due(appeal),
            severity="moderate",
            place=hiding.entity.zone,
        )


def owed(by: Person) -> Iterator[Item]:
    """The things that are owed an answer by the services of this member of staff, each with its day."""
    kinds = [name for name, kind in entity_kinds().items() if of(kind).answers and _answers(name)(by)]
    waits = {due.entity_id: due for due in islice(deadlines.waiting(kinds), MOST)}
    for id, (thing, public) in notices.concrete(waits).items():
        if public:
            yield Item(
                key=id,
                service=thing.service_name,
                kind=_("Answer owed"),
                title=str(thing),
                url=thing.desk_page() or reverse("participation-desk-moderate", kwargs={"entity": id}),
                since=waits[id].since,
                due=deadlines.end_of(waits[id].due),
                severity="moderate",
                place=zone_name(thing.zone),
            )


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


def _answers(kind: str) -> May:
    service = kind.partition(".")[0]
    return moderator(service) | operator(service)
