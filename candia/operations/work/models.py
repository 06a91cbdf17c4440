"""What is kept of work: the orders, who was sent, and what their phones said."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from candia.core.access import Grant, Person
from candia.core.entity import Entity
from candia.operations.work.field_events import Told
from candia.operations.work.states import OPEN, TITLES, State

PRIORITIES = {"urgent": _("urgent"), "normal": _("normal"), "low": _("when there is time")}

#: How often the same work comes again, in months.
EVERY = {
    0: _("once"),
    1: _("every month"),
    3: _("every 3 months"),
    6: _("every 6 months"),
    12: _("every year"),
}


class WorkOrder(Entity):
    """What a crew is sent to do: `name` says what, the shared row where; never public.

    `service` is whose work it is. `version` counts what the desk changed, so that a phone can say what it saw.
    `decided` is set once the desk itself has closed it, `contradicted` while two crews differ on how it ended, and
    `aside` counts field events that wait for the desk's word, such as those of a crew that had been taken off.
    """

    kind = "operations.work_order"
    title = _("Work order")

    number = models.PositiveBigIntegerField(unique=True, editable=False)
    service = models.CharField(max_length=40)
    alert = models.ForeignKey("core.Alert", models.SET_NULL, null=True, related_name="work_orders")
    place = models.CharField(max_length=200, blank=True)
    parts = models.TextField(blank=True)
    safety = models.TextField(blank=True)
    checklist = ArrayField(models.CharField(max_length=200), default=list)
    priority = models.CharField(max_length=8, choices=[*PRIORITIES.items()], default="normal")
    due = models.DateTimeField(null=True)
    state = models.CharField(
        max_length=12,
        choices=[(state.value, title) for state, title in TITLES.items()],
        default=State.PLANNED.value,
    )
    reason = models.CharField(max_length=12, blank=True)
    note = models.TextField(blank=True)
    version = models.PositiveIntegerField(default=1)
    decided = models.BooleanField(default=False)
    contradicted = models.BooleanField(default=False)
    aside = models.PositiveIntegerField(default=0)
    # In months; `followed` once the next one is planned.
    every = models.PositiveSmallIntegerField(default=0, choices=[*EVERY.items()])
    followed = models.BooleanField(default=False)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    ended = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["service", "state"], name="work_service_state")]

    @classmethod
    def visible_to(cls, person: Any) -> models.QuerySet[Any]:
        """Those of the services that somebody operates, and those that they were sent to."""
        if not isinstance(person, Person):
            return cls.published()
        operated = [where for role, where in person.roles if role == Grant.OPERATOR]
        own = Q(pk__in=Assignment.objects.filter(person=person).values("order"))
        return cls._default_manager.filter(own | (Q() if "" in operated else Q(service__in=operated)))

    def desk_page(self) -> str:
        """Where the desk reads it."""
        return reverse("operations-desk-work-order", kwargs={"number": self.number})

    @property
    def is_open(self) -> bool:
        """Whether work is still to be done."""
        return self.state in OPEN

    @property
    def crew(self) -> list[Person]:
        """Who is on it now, by name."""
        on_it = [one.person for one in self.assignments.all() if one.until is None]
        return sorted((person for person in on_it if person), key=str)


class Assignment(models.Model):
    """That somebody is, or was, on a work order; without a name once the account is erased."""

    order = models.ForeignKey(WorkOrder, models.CASCADE, related_name="assignments")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    since = models.DateTimeField(default=timezone.now)
    until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["order", "person"], condition=Q(until=None), name="on_a_work_order_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.order_id}"


class FieldEvent(models.Model):
    """What a crew's phone said, one row for good; see field_events.py for what follows from it.

    `at` is what the phone's clock said, `received` what the city's did, and `clock_ahead` by how many seconds the
    phone's clock was ahead when it sent. One that stands `aside` waits until the desk counts it or leaves it out.
    """

    COUNTED, ASIDE, LEFT_OUT = "counted", "aside", "left_out"

    id = models.UUIDField(primary_key=True, editable=False)
    order = models.ForeignKey(WorkOrder, models.CASCADE, related_name="field_events")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    phone = models.UUIDField()
    sequence = models.PositiveBigIntegerField()
    base = models.PositiveIntegerField()
    kind = models.CharField(max_length=12)
    data = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    at = models.DateTimeField()
    received = models.DateTimeField(default=timezone.now)
    clock_ahead = models.FloatField(default=0)
    standing = models.CharField(max_length=8, default=COUNTED)

    class Meta:
        indexes = [models.Index(fields=["order", "phone", "sequence"], name="field_event_in_turn")]

    def __str__(self) -> str:
        return f"{self.kind} {self.order_id}"

    def told(self) -> Told:
        """As the pure rules take it."""
        return Told(self.id, self.phone, self.sequence, self.base, self.kind, self.at, self.data)


class WorkPhoto(models.Model):
    """A photograph from the field: its file, under the id that the phone gave it and its field event names."""

    id = models.UUIDField(primary_key=True, editable=False)
    order = models.ForeignKey(WorkOrder, models.CASCADE, related_name="photos")
    attachment = models.ForeignKey("core.Attachment", models.CASCADE, related_name="+")
    received = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.order_id} {self.id}"
