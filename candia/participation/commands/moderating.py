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
from candia.participation.models import Hiding, Report

may = May(
    "moderator of the thing's service",
    lambda by, thing: isinstance(thing, Entity) and moderator(thing.service_name)(by),
)


@command(
    event="participation.hidden", title=gettext_lazy("Hidden by a moderator"), may=may, told=True, api=True
)
def hide(_by: RoleHolder, *, entity: Entity, reason: str) -> Happened:
    """Take a thing out of sight and say in public why."""
    reason = _public(reason)
    must_take(entity, "hide")
    hiding = Hiding.objects.create(entity_id=entity.pk, reason=reason)
    Report.objects.filter(entity=entity.pk, comment=None).update(settled=True)
    _set_hidden(entity, hidden=True)
    return Happened(entity, data={"hiding": hiding.pk})


@command(event="participation.restored", title=gettext_lazy("Shown again by a moderator"), may=may, api=True)
def restore(_by: RoleHolder, *, entity: Entity) -> Happened:
    """Show a hidden thing again, as it is by now."""
    thing: Any = entity
    if not of(entity).hide or not thing.hidden:
        raise errors.Conflict(_("This is not hidden."))
    Hiding.objects.filter(entity=entity.pk, until=None).update(until=timezone.now())
    _set_hidden(entity, hidden=False)
    return Happened(entity)


@command(
    event="participation.comment_hidden",
    title=gettext_lazy("Comment hidden by a moderator"),
    may=may,
    api=True,
)
def hide_comment(_by: RoleHolder, *, entity: Entity, comment: int, reason: str) -> Happened:
    """Take a comment out of sight and say in its place why."""
    said = comment_on(entity, comment)
    if said.hidden_because:
        raise errors.Conflict(_("This comment is hidden already."))
    said.hidden_because = _public(reason)
    said.save()
    Report.objects.filter(comment=said).update(settled=True)
    return counted(entity, comment=said.pk)


@command(event="participation.comment_restored", title=gettext_lazy("Comment shown again"), may=may, api=True)
def restore_comment(_by: RoleHolder, *, entity: Entity, comment: int) -> Happened:
    """Show a hidden comment again."""
    said = comment_on(entity, comment)
    if not said.hidden_because:
        raise errors.Conflict(_("This comment is not hidden."))
    said.hidden_because = ""
    said.save()
    return counted(entity, comment=said.pk)


@command(event="participation.reports_dismissed", title=gettext_lazy("Reports dismissed"), may=may, api=True)
def dismiss_reports(_by: RoleHolder, *, entity: Entity, comment: int | None = None) -> Happened:
    """Settle the open reports on a thing, or on one of the comments on it, without hiding it."""
    settled = Report.objects.filter(entity=entity.pk, comment=comment, settled=False).update(settled=True)
    if not settled:
        raise errors.Conflict(_("There is no open report here any more."))
    return aside(entity, "reports", comment=comment, reports=settled)


def _public(reason: str) -> str:
    reason = text_cleaning.prose(reason)
    if wrong := text_cleaning.wrong_length(reason, 10, 1000):
        raise errors.Refused(wrong, reason=wrong)
    return reason


def _set_hidden(thing: Any, *, hidden: bool) -> None:
    # The whole row: what the kind derives from being public is written with it.
    thing.hidden = hidden
    thing.save()
