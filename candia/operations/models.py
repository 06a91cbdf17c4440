"""What the desk keeps beside alerts: who has what, what rests until when, notes, and handovers of the shift."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from candia.operations.feeds.models import FeedState
from candia.operations.work.models import Assignment, FieldEvent, WorkOrder, WorkPhoto

# Django looks for models here; those of work and of feeds lie in their own packages.
__all__ = [
    "Assignment",
    "FeedState",
    "FieldEvent",
    "Handover",
    "InboxVisit",
    "Maintenance",
    "MaintenanceArea",
    "Note",
    "Triage",
    "WorkOrder",
    "WorkPhoto",
]


class Triage(models.Model):
    """Who has an item of the inbox, and until when it rests; `item` is the item's key, such as `core.alert:12`.

    `department` is set where a colleague gave the item to one; else its route says whose work it is.
    """

    item = models.CharField(max_length=160, unique=True)
    department = models.ForeignKey("people.Department", models.SET_NULL, null=True, related_name="+")
    assignee = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    snoozed_until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.item

    @property
    def rests(self) -> bool:
        """Whether it is put off still."""
        return self.snoozed_until is not None and self.snoozed_until > timezone.now()


class Note(models.Model):
    """What a member of staff wrote at an item; without a name once the account is erased."""

    item = models.CharField(max_length=160, db_index=True)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    text = models.TextField()
    time = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.item} {self.time:%Y-%m-%d %H:%M}"


class Maintenance(models.Model):
    """That a thing is worked on, and for how long it wakes nobody; `by` is the actor who said so."""

    REASONS = (
        ("works", _("Works on it")),
        ("test", _("A test")),
        ("known", _("A known fault, waiting for parts")),
        ("out_of_use", _("Out of use")),
    )

    entity = models.ForeignKey("core.Entity", models.CASCADE, related_name="+")
    reason = models.CharField(max_length=12, choices=REASONS)
    by = models.CharField(max_length=120)
    begun = models.DateTimeField()
    until = models.DateTimeField()
    ended = models.DateTimeField(null=True)
    area = models.ForeignKey("MaintenanceArea", models.CASCADE, null=True, related_name="silenced")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["entity"], condition=Q(ended=None), name="in_maintenance_once")
        ]

    def __str__(self) -> str:
        return f"{self.entity_id} {self.until:%Y-%m-%d %H:%M}"


class MaintenanceArea(models.Model):
    """That all `things` of a service in a zone, or all that belong to one thing (`at`), are worked on together."""

    service = models.CharField(max_length=40)
    zone = models.CharField(max_length=60, blank=True)
    at = models.CharField(max_length=120, blank=True)
    things = models.PositiveIntegerField(default=0)
    reason = models.CharField(max_length=12, choices=Maintenance.REASONS)
    by = models.CharField(max_length=120)
    begun = models.DateTimeField()
    until = models.DateTimeField()
    ended = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.service} {self.zone or self.at} {self.until:%Y-%m-%d %H:%M}"

    @property
    def story_id(self) -> str:
        """The id under which events tell of it."""
        return f"operations.maintenance:{self.pk}"


class Handover(models.Model):
    """The end of a shift: who left, what they told the next, and of which services."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    services = ArrayField(models.CharField(max_length=40), default=list)
    text = models.TextField(blank=True)
    time = models.DateTimeField(auto_now_add=True, db_index=True)

    def __str__(self) -> str:
        return f"{self.person_id} {self.time:%Y-%m-%d %H:%M}"


class InboxVisit(models.Model):
    """When somebody last looked at the inbox, and when they had before they were away for hours."""

    person = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    seen = models.DateTimeField()
    before = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.person_id} {self.seen:%Y-%m-%d %H:%M}"
