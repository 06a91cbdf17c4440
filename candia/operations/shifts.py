"""Shifts: since when what comes is new to somebody: since they handed over, or since they were last here.

Who works in shifts hands over, and that moment counts. Who does not is away for hours between two days of work; a
break for lunch is shorter than that, and a night longer.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import OuterRef, Subquery
from django.utils import timezone

from candia.core.access import Person
from candia.operations.models import Handover, InboxVisit

#: Who has not looked for so long was away, and begins another shift.
AWAY = timedelta(hours=4)
# A look is written down this often.
NOTED = timedelta(minutes=1)


def looked(by: Person) -> None:
    """Note that somebody looks at the inbox; after hours away, when they had before."""
    now = timezone.now()
    visit = InboxVisit.objects.filter(person=by).first() or InboxVisit(person=by, seen=now)
    gap = now - visit.seen
    if visit.pk and gap < NOTED:
        return
    if gap >= AWAY:
        visit.before = visit.seen
    InboxVisit.objects.update_or_create(person=by, defaults={"seen": now, "before": visit.before})


def began(by: Person) -> datetime | None:
    """Since when what came is new to somebody; None for who never handed over and is here for the first time."""
    handed = Handover.objects.filter(person=OuterRef("pk")).order_by("-time").values("time")
    away = InboxVisit.objects.filter(person=OuterRef("pk")).values("before")
    told = Person.objects.filter(pk=by.pk).values_list(Subquery(handed[:1]), Subquery(away[:1])).first()
    return max(filter(None, told or ()), default=None)
