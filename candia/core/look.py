"""Look: that a member of staff looked at what the city keeps about a person, when, and why.

Each look is asked for by a command of its own, so it leaves an event, and then lasts a while. The event holds no
words: the reason stands here, for those who may read it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone

from candia.core.access import Person
from candia.core.entity import Entity
from candia.core.event import Happened

#: Who has asked may read on for so long.
TERM = timedelta(minutes=30)


class Look(models.Model):
    """One look at what belongs to the thing or account of this id; without a name once that account is erased."""

    of = models.CharField(max_length=120)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, related_name="+", null=True)
    reason = models.TextField(blank=True)
    time = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["of", "time"], name="look_of")]

    def __str__(self) -> str:
        return f"{self.of} {self.time:%Y-%m-%d %H:%M}"


def looked(by: Person, at: Entity | str, reason: str = "") -> Happened:
    """Write a look down, within the command that asks for it; what its event tells."""
    look = Look.objects.create(of=_id(at), person=by, reason=reason)
    return Happened(at, data={"look": look.pk})


def open_until(by: Any, at: Entity | str) -> datetime | None:
    """Until when this member of staff may read on; nothing where they have not asked lately."""
    asked = of(at, since=timezone.now() - TERM).filter(person=by).first()
    return asked.time + TERM if asked else None


def of(
    at: Entity | str, since: datetime | None = None, until: datetime | None = None
) -> models.QuerySet[Look]:
    """The looks at something, the newest first."""
    found = Look.objects.filter(of=_id(at))
    if since:
        found = found.filter(time__gte=since)
    if until:
        found = found.filter(time__lte=until)
    return found.order_by("-time", "-pk")


def _id(at: Entity | str) -> str:
    return at if isinstance(at, str) else at.pk
