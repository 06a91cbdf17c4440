"""What is asked for after something was hidden: that somebody else looks again, and what they decide."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from candia.core import errors
from candia.core.access import May, Person, RoleHolder, administrator, moderator, per_day, resident
from candia.core.command import command
from candia.core.entity import Entity
from candia.core.event import Happened
from candia.participation import appeals, text_cleaning
from candia.participation.commands.moderating import public_reason, show_again
from candia.participation.models import Appeal

may = May(
    "moderator of the thing's service, or an administrator",
    lambda by, thing: isinstance(thing, Entity) and (moderator(thing.service_name) | administrator)(by),
)


@command(
    event="participation.hiding_appealed",
    title=gettext_lazy("Appeal against the hiding"),
    may=resident,
    limit=per_day(10),
    api=True,
)
def appeal(by: Person, *, entity: Entity, text: str, comment: int | None = None) -> Happened:
    """Ask once, within the term of the thing's kind, that somebody else looks at what was hidden of one's own."""
    hiding = appeals.standing(entity, comment)
    if hiding is None or appeals.author_of(hiding) != by.pk:
        raise errors.NotFound
    if hasattr(hiding, "appeal"):
        raise errors.Conflict(_("You have appealed already; it is done once."))
    if appeals.is_late(hiding):
        raise errors.Conflict(_("The term is over in which you could appeal."))
    text = text_cleaning.prose(text)
    if wrong := text_cleaning.wrong_length(text, 20, 3000):
        raise errors.Refused(wrong, text=wrong)
    made = Appeal.objects.create(hiding=hiding, person=by, text=text)
    return Happened(entity, data=_facts(made))


@command(
    event="participation.hiding_upheld",
    title=gettext_lazy("Still hidden after an appeal"),
    may=may,
    api=True,
)
def uphold_hiding(by: RoleHolder, *, entity: Entity, reason: str, comment: int | None = None) -> Happened:
    """Decide on an appeal that what was hidden stays hidden, and say in public why."""
    decided = _decided(by, entity, comment, reason, upheld=True)
    return Happened(entity, data=_facts(decided))


@command(
    event="participation.hiding_lifted",
    title=gettext_lazy("Shown again after an appeal"),
    may=may,
    api=True,
)
def lift_hiding(by: RoleHolder, *, entity: Entity, reason: str, comment: int | None = None) -> Happened:
    """Decide on an appeal that what was hidden is shown again, and say in public why."""
    decided = _decided(by, entity, comment, reason, upheld=False)
    told = show_again(entity, decided.hiding.comment)
    return Happened(entity, data={**(told.data or {}), **_facts(decided)})


def _decided(by: RoleHolder, thing: Entity, comment: int | None, reason: str, *, upheld: bool) -> Appeal:
    hiding = appeals.standing(thing, comment)
    found: Appeal | None = getattr(hiding, "appeal", None)
    if found is None or found.decided is not None:
        raise errors.Conflict(_("No appeal waits here any more."))
    if not appeals.may_decide(by, found.hiding):
        raise errors.Forbidden(appeals.why_not(by, found.hiding))
    found.reason, found.upheld = public_reason(reason), upheld
    found.by, found.decided = by.actor_id, timezone.now()
    found.save()
    return found


def _facts(appeal: Appeal) -> dict[str, Any]:
    about = {"comment": appeal.hiding.comment_id} if appeal.hiding.comment_id else {}
    return {"hiding": appeal.hiding_id, "appeal": appeal.pk, **about}
