"""What a moderator asks for: to hide with a public reason, to restore, to settle reports."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from candia.core import errors
from candia.core.access import May, RoleHolder, moderator
from candia.core.command import command
from candia.core.entity import Entity
from candia.core.event import Happened
from candia.participation import text_cleaning
from candia.participation.commands.counting import aside, comment_on, counted
from candia.participation.declaration import must_take, of
from candia.participation.models import Appeal, Comment, Hiding, Report

may = May(
    "moderator of the thing's service",
    lambda by, thing: isinstance(thing, Entity) and moderator(thing.service_name)(by),
)


@command(
    event="participation.hidden", title=gettext_lazy("Hidden by a moderator"), may=may, told=True, api=True
)
def hide(by: RoleHolder, *, entity: Entity, reason: str) -> Happened:
    """Take a thing out of sight and say in public why."""
    reason = public_reason(reason)
    must_take(entity, "hide")
    hiding = Hiding.objects.create(entity_id=entity.pk, by=by.actor_id, reason=reason)
    Report.objects.filter(entity=entity.pk, comment=None).update(settled=True)
    _set_hidden(entity, hidden=True)
    return Happened(entity, data={"hiding": hiding.pk})


@command(event="participation.restored", title=gettext_lazy("Shown again by a moderator"), may=may, api=True)
def restore(_by: RoleHolder, *, entity: Entity) -> Happened:
    """Show a hidden thing again, as it is by now."""
    thing: Any = entity
    if not of(entity).hide or not thing.hidden:
        raise errors.Conflict(_("This is not hidden."))
    _no_appeal_waits(entity)
    return show_again(entity)


@command(
    event="participation.comment_hidden",
    title=gettext_lazy("Comment hidden by a moderator"),
    may=may,
    api=True,
)
def hide_comment(by: RoleHolder, *, entity: Entity, comment: int, reason: str) -> Happened:
    """Take a comment out of sight and say in its place why."""
    said = comment_on(entity, comment)
    if said.hidden_because:
        raise errors.Conflict(_("This comment is hidden already."))
    said.hidden_because = public_reason(reason)
    said.save()
    hiding = Hiding.objects.create(
        entity_id=entity.pk, comment=said, by=by.actor_id, reason=said.hidden_because
    )
    Report.objects.filter(comment=said).update(settled=True)
    return counted(entity, comment=said.pk, hiding=hiding.pk)


@command(event="participation.comment_restored", title=gettext_lazy("Comment shown again"), may=may, api=True)
def restore_comment(_by: RoleHolder, *, entity: Entity, comment: int) -> Happened:
    """Show a hidden comment again."""
    said = comment_on(entity, comment)
    if not said.hidden_because:
        raise errors.Conflict(_("This comment is not hidden."))
    _no_appeal_waits(entity, said)
    return show_again(entity, said)


@command(event="participation.reports_dismissed", title=gettext_lazy("Reports dismissed"), may=may, api=True)
def dismiss_reports(_by: RoleHolder, *, entity: Entity, comment: int | None = None) -> Happened:
    """Settle the open reports on a thing, or on one of the comments on it, without hiding it."""
    settled = Report.objects.filter(entity=entity.pk, comment=comment, settled=False).update(settled=True)
    if not settled:
        raise errors.Conflict(_("There is no open report here any more."))
    return aside(entity, "reports", comment=comment, reports=settled)


def show_again(thing: Entity, said: Comment | None = None) -> Happened:
    """Bring a hidden thing, or a hidden comment on it, back into sight."""
    Hiding.objects.filter(entity=thing.pk, comment=said, until=None).update(until=timezone.now())
    if said is None:
        _set_hidden(thing, hidden=False)
        return Happened(thing)
    said.hidden_because = ""
    said.save()
    return counted(thing, comment=said.pk)


def public_reason(reason: str) -> str:
    """A reason as everyone reads it; raises Refused."""
    reason = text_cleaning.prose(reason)
    if wrong := text_cleaning.wrong_length(reason, 10, 1000):
        raise errors.Refused(wrong, reason=wrong)
    return reason


def _no_appeal_waits(thing: Entity, said: Comment | None = None) -> None:
    if Appeal.objects.filter(
        hiding__entity=thing.pk, hiding__comment=said, hiding__until=None, decided=None
    ).exists():
        raise errors.Conflict(_("An appeal waits for a decision here. Decide it, and say why."))


def _set_hidden(thing: Any, *, hidden: bool) -> None:
    # The whole row: what the kind derives from being public is written with it.
    thing.hidden = hidden
    thing.save()
