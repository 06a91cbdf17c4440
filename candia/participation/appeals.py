"""Appeals: whose words were hidden may ask once that somebody else looks again; until when, and who decides."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from candia.core.access import Actor, Grant, Person, administrator, moderator
from candia.core.entity import Entity
from candia.participation.declaration import Appeals, of
from candia.participation.models import Appeal, Hiding


def standing(thing: Entity, comment: int | None = None) -> Hiding | None:
    """That the thing, or a comment on it, is hidden now; with its appeal."""
    found = Hiding.objects.select_related("appeal", "comment")
    return found.filter(entity=thing.pk, comment=comment, until=None).last()


def all_standing(thing: Entity) -> dict[int | None, Hiding]:
    """What is hidden of a thing now: itself (None) and comments on it by their numbers."""
    found = Hiding.objects.select_related("appeal", "comment").filter(entity=thing.pk, until=None)
    return {hiding.comment_id: hiding for hiding in found}


def author_of(hiding: Hiding) -> int | None:
    """Whose words were hidden; None where nobody is known any more, or the kind has no authors."""
    if hiding.comment is not None:
        return hiding.comment.author_id
    kind = Entity.of_id(hiding.entity_id)
    thing = kind._default_manager.filter(pk=hiding.entity_id).first()
    return getattr(thing, f"{kind.owned_by}_id", None)


def concerned(hiding: Hiding, appealed: bool) -> set[int]:
    """Whose matter a hiding is: whoever wrote what was hidden, and after an appeal whoever hid it as well."""
    hid = hiding.by.removeprefix("person:")
    found = {author_of(hiding), int(hid) if appealed and hid.isdecimal() else None}
    return {person for person in found if person is not None}


def last_day(hiding: Hiding) -> date:
    """The last day on which an appeal is taken."""
    return timezone.localdate(hiding.since + _terms(hiding).within)


def is_late(hiding: Hiding) -> bool:
    """Whether the term of an appeal is over."""
    return timezone.localdate() > last_day(hiding)


def due(appeal: Appeal) -> datetime:
    """By when it should be decided."""
    return appeal.made + _terms(appeal.hiding).decided


def deciders(hiding: Hiding) -> QuerySet[Person]:
    """The moderators of the thing's service who neither hid it nor wrote it."""
    service = hiding.entity_id.partition(".")[0]
    held = Q(grants__role=Grant.MODERATOR, grants__service__in=[service, ""])
    hid = hiding.by.removeprefix("person:")
    found = Person.objects.filter(held, is_active=True).exclude(pk=author_of(hiding) or 0)
    return (found.exclude(pk=int(hid)) if hid.isdecimal() else found).distinct()


def may_decide(by: Actor | None, hiding: Hiding) -> bool:
    """Whether this is another moderator than the one who hid it; an administrator where there is no other."""
    if by is None or by.actor_id in {hiding.by, f"person:{author_of(hiding)}"}:
        return False
    if moderator(hiding.entity_id.partition(".")[0])(by):
        return True
    return administrator(by) and not deciders(hiding).exists()


def why_not(by: Actor, hiding: Hiding) -> str:
    """Why this member of staff does not decide an appeal, in a sentence; empty where they do."""
    if may_decide(by, hiding):
        return ""
    if deciders(hiding).exists():
        return _("You hid it yourself, or wrote it. Another moderator decides on the appeal.")
    return _("There is no other moderator of this service. An administrator decides on the appeal.")


def waiting(by: Person) -> Iterator[Appeal]:
    """The appeals that this member of staff may decide, the oldest first."""
    found = Appeal.objects.filter(decided=None).select_related("hiding__comment", "hiding__entity")
    return (appeal for appeal in found.order_by("made") if may_decide(by, appeal.hiding))


def has_waiting(thing: Entity, by: Person) -> bool:
    """Whether an appeal on a thing, or on a comment on it, waits for this member of staff."""
    return any(
        may_decide(by, hiding)
        for hiding in all_standing(thing).values()
        if hasattr(hiding, "appeal") and hiding.appeal.decided is None
    )


def _terms(hiding: Hiding) -> Appeals:
    return of(Entity.of_id(hiding.entity_id)).appeals
