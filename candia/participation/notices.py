"""Notices in words: what happened to a thing that somebody follows, as mails and pages tell it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from django.db.models import Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from procrastinate.contrib.django import app

from candia.core.access import Person
from candia.core.entity import Entity
from candia.core.event import Event
from candia.core.push import Brief
from candia.core.service import event_titles
from candia.participation import holders
from candia.participation.models import Answer, AnswerDue, Comment, Hiding, Notice, NoticeSettings

REMINDED = "participation.answer_reminded"
KEPT = timedelta(days=180)


def told(rows: Sequence[Notice]) -> list[dict[str, Any]]:
    """For each notice: `what` happened to which `name`, what was `said` then, its `url` and `time`.

    Of what is hidden by now nothing is carried anywhere but why; of what its reader holds no more, nothing at all.
    """
    events = Event.objects.in_bulk([row.event for row in rows])
    things = concrete(row.entity_id for row in rows)
    whose: dict[str, set[int]] = {}
    lines = []
    for row in rows:
        if (event := events.get(row.event)) is None:
            continue
        thing, _public = known = things[row.entity_id]
        if declared := holders.hears(event):
            if row.entity_id not in whose:
                whose[row.entity_id] = declared.whose(thing)
            if row.person_id not in whose[row.entity_id]:
                continue
        lines.append(_line(row, event, known))
    return lines


def concrete(ids: Iterable[str]) -> dict[str, tuple[Entity, bool]]:
    """Each thing as a row of its own kind, and whether everyone may know of it; one or two queries for a kind."""
    by_kind: dict[type[Entity], set[str]] = {}
    for id in ids:
        by_kind.setdefault(Entity.of_id(id), set()).add(id)
    return {
        thing.pk: (thing, thing.pk in public)
        for kind, found in by_kind.items()
        for public in [set(kind.published().filter(pk__in=found).values_list("pk", flat=True))]
        for thing in kind._default_manager.filter(pk__in=found)
    }


def unread(person: Person) -> int:
    """How many notices somebody has not seen on their page yet."""
    read = NoticeSettings.objects.filter(person=person).values("read")
    return Notice.objects.filter(person=person, pk__gt=Coalesce(Subquery(read), 0)).count()


def brief(number: int, person: Person) -> Brief | None:
    """A notice as its person's devices show it; None once they have read it, or follow the thing no more."""
    row = Notice.objects.filter(pk=number, person=person).select_related("person", "entity").first()
    if row is None or not row.is_wanted or number <= NoticeSettings.of(person).read:
        return None
    return next((Brief(line["what"], line["name"], line["url"]) for line in told([row])), None)


def page_of(thing: Entity) -> str:
    """Where everyone reads of a thing: its own page, else the one that each thing has."""
    return thing.page() or reverse("participation-thing", kwargs={"entity": thing.pk})


@app.periodic(cron="29 3 * * *")
@app.task(name="participation.forget", queueing_lock="participation.forget", pass_context=False)
def forget(timestamp: int) -> None:  # noqa: ARG001 — procrastinate's signature
    """Once a night: delete the notices that have served their term."""
    Notice.objects.filter(made__lt=timezone.now() - KEPT).delete()


def _line(row: Notice, event: Event, known: tuple[Entity, bool]) -> dict[str, Any]:
    thing, public = known
    if declared := holders.hears(event):
        own = holders.told(event, thing, declared)
        return {"number": row.pk, "time": event.time, "theirs": True, **own}
    return {
        "number": row.pk,
        "what": str(event_titles().get(event.kind, event.kind)),
        "name": str(thing) if public else f"{thing.title} {thing.local_id}",
        "said": _said(event, public=public),
        "url": _address(row, event, thing),
        "time": event.time,
    }


def _address(row: Notice, event: Event, thing: Entity) -> str:
    """Where this reader goes on: what was theirs and is hidden has a page of its own, for them alone."""
    if row.direct and event.kind == REMINDED:
        return thing.desk_page() or reverse("participation-desk-moderate", kwargs={"entity": thing.pk})
    if not row.direct or "hiding" not in event.data:
        return page_of(thing)
    hiding = Hiding.objects.select_related("comment").get(pk=event.data["hiding"])
    if hiding.by == row.person.actor_id:
        return reverse("participation-desk-moderate", kwargs={"entity": thing.pk})
    own = reverse("participation-appeal", kwargs={"entity": thing.pk})
    return f"{own}?comment={hiding.comment_id}" if hiding.comment_id else own


def _said(event: Event, *, public: bool) -> str:
    """The words that belong to an event and may be read by everyone; of what is hidden, why it is alone."""
    if hiding := event.data.get("hiding"):
        return Hiding.objects.get(pk=hiding).why(event.kind)
    if not public:
        return ""
    if event.kind == REMINDED:
        due = AnswerDue.objects.filter(entity=event.entity).first()
        return due.sentence if due and due.waits else ""
    if answer := event.data.get("answer"):
        return Answer.objects.get(pk=answer).text
    if comment := event.data.get("comment"):
        said = Comment.objects.filter(pk=comment, hidden_because="").first()
        return said.text if said else ""
    return ""
