"""Event: what happened, by whom, because of what, about whose story; never changed afterwards."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _

from candia.core import bulk

if TYPE_CHECKING:
    from django.utils.functional import Promise

    from candia.core.access import Actor
    from candia.core.entity import Entity


class Event(models.Model):
    """What happened (CloudEvents), one row for good: the database refuses to change or delete it.

    `data` holds ids and facts, never a person's words or name, so that an account can be erased
    while the history stays whole.
    """

    kind = models.CharField(max_length=80)
    time = models.DateTimeField(auto_now_add=True)
    by = models.CharField(max_length=120)
    because = models.ForeignKey("self", models.PROTECT, null=True, related_name="led_to")
    entity = models.CharField(max_length=120)
    about = models.CharField(max_length=120)
    data = models.JSONField(default=dict, encoder=DjangoJSONEncoder)

    class Meta:
        indexes = [
            models.Index(fields=["about", "id"], name="event_story"),
            models.Index(fields=["entity", "id"], name="event_entity"),
            models.Index(fields=["by", "kind", "time"], name="event_by_kind_time"),
            models.Index(fields=["kind", "id"], name="event_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.entity}"

    @property
    def service_name(self) -> str:
        """The service in whose words this happened."""
        return self.kind.partition(".")[0]

    def cloudevent(self) -> dict[str, Any]:
        """The event as CloudEvents 1.0 JSON."""
        return {
            "specversion": "1.0",
            "id": str(self.pk),
            "source": f"/services/{self.service_name}",
            "type": self.kind,
            "subject": self.entity,
            "time": self.time.isoformat(),
            "data": {**self.data, "by": self.by, "about": self.about, "because": self.because_id},
        }


@dataclass(frozen=True)
class EventType:
    """A kind of event and the words that a timeline shows for it.

    One for `staff` is in no public story; of one that is `told`, those who follow the thing are told.
    """

    kind: str
    title: str | Promise
    staff: bool = False
    told: bool = False


core_events = (
    EventType("core.alert_opened", _("Alert opened")),
    EventType("core.alert_grew", _("Alert has become worse")),
    EventType("core.alert_cleared", _("Alert cleared")),
    EventType("core.alert_confirmed", _("Alert confirmed")),
    EventType("core.alert_dismissed", _("Alert dismissed")),
    EventType("core.alert_repaired", _("Repaired")),
    EventType("core.alert_reopened", _("Decision taken back")),
)
core_kinds = frozenset(known.kind for known in core_events)


@dataclass(frozen=True)
class Happened:
    """What a command tells of its deed: the entity it touched, whose story that is, facts, and the cause."""

    entity: Entity | str
    about: Entity | str | None = None
    data: dict[str, Any] | None = None
    because: Event | None = None


#: Whoever is told of events that were recorded together, within the transaction that records them.
Listener = Callable[[Sequence[Event]], object]
_listeners: tuple[Listener, ...] = ()


def listen(*listeners: Listener) -> None:
    """Hand in what listens to events from now on, beside what does already; done at the start of a process."""
    global _listeners  # noqa: PLW0603 — who listens is a matter of the process
    _listeners += listeners


def record(kind: str, happened: Happened, *, by: Actor, because: Event | None = None) -> Event:
    """Append an event within the caller's transaction, and tell those that listen.

    The story is the one named, else that of the event before, else the entity's own.
    """
    entity = _id(happened.entity)
    about = _id(happened.about) if happened.about else because.about if because else entity
    event = Event.objects.create(
        kind=kind, by=by.actor_id, because=because, entity=entity, about=about, data=happened.data or {}
    )
    for listener in _listeners:
        listener([event])
    return event


def record_all(events: Sequence[Event]) -> None:
    """Append many events in one statement, and tell those that listen of all of them together."""
    bulk.insert(events)
    for listener in _listeners:
        listener(events)


def story(*about: str) -> models.QuerySet[Event]:
    """The life of a thing, or of several as one, from the first event to the last: one query, oldest first."""
    return Event.objects.filter(about__in=about).select_related("because").order_by("id")


def _id(thing: Entity | str) -> str:
    return thing if isinstance(thing, str) else thing.id
