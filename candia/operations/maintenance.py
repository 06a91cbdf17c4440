"""Maintenance: a thing that is worked on wakes nobody for a time; what is found of it rests in the inbox."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Annotated, Any

from django.db.models import OuterRef, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as __

from candia.core import errors
from candia.core.access import May, RoleHolder, operator
from candia.core.command import OneOf, command
from candia.core.entity import Entity
from candia.core.event import Happened
from candia.operations.models import Maintenance

REASONS = dict(Maintenance.REASONS)
# Whoever needs longer says so again: a thing that was forgotten in silence is lost.
LONGEST = timedelta(days=92)


def _operates(by: Any, thing: object) -> bool:
    return isinstance(thing, Entity) and operator(thing.service_name)(by)


operates = May("operator of the thing's service", _operates)
Reason = Annotated[str, OneOf(*REASONS)]


@command(
    event="operations.maintenance_begun", title=__("Maintenance begun"), may=operates, staff=True, api=True
)
def begin_maintenance(by: RoleHolder, *, entity: Entity, reason: Reason, until: datetime) -> Happened:
    """Silence a thing for at most three months: its alerts rest, and no mail is written of them."""
    check_time(reason, until)
    now = timezone.now()
    Maintenance.objects.filter(entity=entity, ended=None).update(ended=now)
    Maintenance.objects.create(entity=entity, reason=reason, begun=now, until=until, by=by.actor_id)
    return Happened(entity, data={"reason": reason, "until": until})


@command(
    event="operations.maintenance_ended", title=__("Maintenance ended"), may=operates, staff=True, api=True
)
def end_maintenance(by: RoleHolder, *, entity: Entity) -> Happened:  # noqa: ARG001 — who asks
    """Let a thing be heard again before its time is over."""
    if not standing([entity.pk]):
        raise errors.Conflict(_("It is not in maintenance any more."))
    Maintenance.objects.filter(entity=entity, ended=None).update(ended=timezone.now())
    return Happened(entity)


def standing(ids: Iterable[str]) -> dict[str, Maintenance]:
    """Those of these things that are in maintenance now, by id: one query."""
    found = Maintenance.objects.filter(entity__in=set(ids), ended=None, until__gt=timezone.now())
    return {one.entity_id: one for one in found}


def quiet_until() -> Subquery:
    """Of each alert in a query, until when its thing is in maintenance; null where it is not."""
    now = Maintenance.objects.filter(entity=OuterRef("entity"), ended=None, until__gt=timezone.now())
    return Subquery(now.values("until")[:1])


def check_time(reason: str, until: datetime) -> None:
    """Raise Refused where that is no reason, or no moment within the next three months."""
    if reason not in REASONS:
        raise wrong("reason", _("Choose a reason."))
    now = timezone.now()
    if not now < until <= now + LONGEST:
        raise wrong("until", _("Choose a moment within the next three months."))


def wrong(field: str, sentence: str) -> errors.Refused:
    """What is refused for a field, with the sentence beside it."""
    return errors.Refused(sentence, **{field: sentence})
