"""What is wanted of things, the orders that tell their devices so, and orders to many at once."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from candia.devices.orders import wanted
from candia.devices.orders.states import IN_FLIGHT, OPEN, State

STATE_TITLES = {
    State.QUEUED: _("waiting to be sent"),
    State.SENT: _("sent"),
    State.RECEIVED: _("received by the device"),
    State.DONE: _("done, says the device"),
    State.CONFIRMED: _("confirmed by measurement"),
    State.CONTRADICTED: _("contradicted by measurement"),
    State.REFUSED: _("refused by the device"),
    State.FAILED: _("failed"),
    State.REPLACED: _("replaced by a newer one"),
    State.EXPIRED: _("expired before it could be sent"),
    State.CANCELLED: _("cancelled"),
    State.UNANSWERED: _("unanswered"),
}
REASON_TITLES = {
    "default": _("default"),
    "programme": _("programme"),
    "override": _("override"),
    "rule": _("rule"),
    "person": _("person"),
}

_open, _in_flight = (sorted(state.value for state in some) for some in (OPEN, IN_FLIGHT))


#: What keeps an order from its device where that is reached by LoRaWAN, and what to do.
TROUBLES = {
    "no_network": _(
        "The device is reached by LoRaWAN, and this city has no ChirpStack. Set CANDIA_CHIRPSTACK_URL."
    ),
    "away": _(
        "ChirpStack can't be reached; it is tried again. Look whether it runs, and at CANDIA_CHIRPSTACK_URL."
    ),
    "token": _(
        "ChirpStack refuses: the token opens nothing there, or it knows no device of this DevEUI. "
        "Mend that; it is tried again."
    ),
    "full": _("ChirpStack's queue for this device is full; it is tried again."),
    "wrong": _("ChirpStack takes no such downlink. Look at the device's DevEUI and port."),
    "no_code": _("It is not declared how this is told by LoRaWAN, where there is room for a few bytes."),
    "asleep": _(
        "The device listens only after it has spoken (class A), so an act of a moment would come too late for it."
    ),
    "lost": _("The device has not acknowledged it; it is sent again."),
}


class LorawanAddress(models.Model):
    """That a device is reached by LoRaWAN, through the city's ChirpStack: by which DevEUI, port and class."""

    CLASSES = (("A", _("A: listens after it has spoken")), ("C", _("C: always listens")))

    device = models.OneToOneField("core.Device", models.CASCADE, primary_key=True, related_name="lorawan")
    dev_eui = models.CharField(max_length=16, unique=True)
    f_port = models.PositiveSmallIntegerField()
    device_class = models.CharField(max_length=1, choices=CLASSES)

    @property
    def sleeps(self) -> bool:
        """Whether it hears something only after it has spoken."""
        return self.device_class == "A"


class WantedState(models.Model):
    """What one capability of one thing is wanted to be, for which reasons, and the version in force.

    `ordered` is the version that an order was made of; where it lags, one is still to be made. `turns` is when
    another reason comes into force by itself.
    """

    entity = models.ForeignKey("core.Entity", models.CASCADE, related_name="+", db_index=False)
    capability = models.CharField(max_length=80)
    claims = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    value = models.JSONField(null=True, encoder=DjangoJSONEncoder)
    reason = models.CharField(max_length=12, blank=True)
    version = models.PositiveIntegerField(default=0)
    ordered = models.PositiveIntegerField(default=0)
    turns = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["entity", "capability"], name="one_wanted_state")]
        indexes = [
            models.Index(fields=["turns"], name="wanted_turns", condition=Q(turns__isnull=False)),
            models.Index(fields=["id"], name="wanted_to_order", condition=Q(version__gt=F("ordered"))),
        ]

    def read(self) -> wanted.Wanted:
        """The claims as the rules of precedence know them."""
        claims = {
            reason: wanted.Claim(
                told["value"],
                told["by"],
                datetime.fromisoformat(told["until"]) if told["until"] else None,
                told["group"],
            )
            for reason, told in self.claims.items()
        }
        return wanted.Wanted(claims, self.reason, self.version)

    def write(self, now: wanted.Wanted) -> None:
        """Take over what the rules of precedence made of it; the caller saves."""
        self.claims = {
            reason: {
                "value": claim.value,
                "by": claim.by,
                "until": claim.until.isoformat() if claim.until else None,
                "group": claim.group,
            }
            for reason, claim in now.claims.items()
        }
        self.value = now.claim.value if now.claim else None
        self.reason, self.version, self.turns = now.reason, now.version, now.turns()


class OrderGroup(models.Model):
    """One order to many things: the last `left` of its `entities` wait for an order of their own."""

    capability = models.CharField(max_length=80)
    value = models.JSONField(null=True, encoder=DjangoJSONEncoder)
    entities = ArrayField(models.CharField(max_length=120))
    left = models.PositiveIntegerField()
    by = models.CharField(max_length=120)
    until = models.DateTimeField(null=True)
    reason = models.CharField(max_length=12, default="person", db_default="person")
    made = models.DateTimeField(auto_now_add=True)

    story_kind: ClassVar[str] = "devices.order-group"

    class Meta:
        indexes = [
            models.Index(fields=["id"], name="group_to_release", condition=Q(left__gt=0)),
        ]

    @property
    def story_id(self) -> str:
        """The id under which events tell of it."""
        return f"{self.story_kind}:{self.pk}"

    def counted(self) -> dict[str, int]:
        """How many of its orders are in which state; those that are still to be made count as queued.

        Where that was cancelled before they were made, they count as cancelled.
        """
        left = OrderGroup.objects.values_list("left", flat=True).get(pk=self.pk)
        found: dict[str, int] = dict(
            self.orders.values_list("state").annotate(models.Count("pk")).order_by("state")
        )
        never = len(self.entities) - left - sum(found.values())
        for state, more in ((State.QUEUED, left), (State.CANCELLED, never)):
            if more > 0:
                found[state.value] = found.get(state.value, 0) + more
        return found


class Order(models.Model):
    """One command to one thing through one device, from its making to its end; what happened to it are events.

    Its id is random, so that one made after a restore from a backup is never taken for an older one. `due` is when
    time or the observations are asked about it next. `note` is the device's own reason. Of one that goes by LoRaWAN
    `ticket` is its number in ChirpStack's queue, `trouble` what keeps it back, and `done` when it was acknowledged.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    entity = models.ForeignKey("core.Entity", models.CASCADE, related_name="+", db_index=False)
    capability = models.CharField(max_length=80)
    device = models.CharField(max_length=64)
    group = models.ForeignKey(OrderGroup, models.CASCADE, null=True, related_name="orders")
    value = models.JSONField(null=True, encoder=DjangoJSONEncoder)
    version = models.PositiveIntegerField(default=0)
    momentary = models.BooleanField(default=False)
    state = models.CharField(max_length=12, default=State.QUEUED.value)
    note = models.CharField(max_length=200, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    looks = models.PositiveSmallIntegerField(default=0)
    made = models.DateTimeField()
    until = models.DateTimeField()
    sent = models.DateTimeField(null=True)
    done = models.DateTimeField(null=True)
    changed = models.DateTimeField()
    due = models.DateTimeField(null=True)
    # When it was fetched over HTTP or handed to ChirpStack: a momentary act is handed out once.
    fetched = models.DateTimeField(null=True)
    ticket = models.CharField(max_length=36, blank=True, default="", db_default="")
    trouble = models.CharField(max_length=12, blank=True, default="", db_default="")
    queued_by = models.ForeignKey("core.Event", models.PROTECT, null=True, related_name="+", db_index=False)

    story_kind: ClassVar[str] = "devices.order"

    class Meta:
        indexes = [
            models.Index(fields=["due"], name="order_due", condition=Q(due__isnull=False)),
            models.Index(fields=["entity", "capability", "-made"], name="order_of_entity"),
            models.Index(fields=["entity", "capability"], name="order_open", condition=Q(state__in=_open)),
            models.Index(fields=["device", "-made"], name="order_of_device"),
            models.Index(fields=["-made"], name="order_newest"),
            models.Index(fields=["device"], name="order_to_fetch", condition=Q(state__in=_in_flight)),
            models.Index(fields=["ticket"], name="order_ticket", condition=~Q(ticket="")),
        ]

    @property
    def story_id(self) -> str:
        """The id under which events tell its story."""
        return f"{self.story_kind}:{self.pk}"

    @property
    def is_open(self) -> bool:
        """Whether it may still be taken back or change by itself."""
        return State(self.state) in OPEN

    @property
    def is_acknowledged(self) -> bool:
        """Whether its device took it in and has no word of its own for the rest."""
        return self.state == State.RECEIVED and self.done is not None

    @property
    def can_cancel(self) -> bool:
        """Whether nobody has begun to carry it out, as far as is known."""
        return self.state == State.QUEUED or (self.state == State.SENT and not self.momentary)

    def get_value(self) -> Any:
        """The value as a page tells it."""
        return f"{self.value:g}" if isinstance(self.value, float | int) else self.value


class HistoryImport(models.Model):
    """A table of history that somebody brought in: what it held, and that it was taken back.

    `moments` (ms) are those at which the stream took its messages, by which the store knows its rows; where there
    are none it can't be taken back. `by` and `taken_back_by` are who did it, as events name them.
    """

    service = models.CharField(max_length=40)
    file = models.CharField(max_length=120, blank=True)
    by = models.CharField(max_length=120)
    time = models.DateTimeField(auto_now_add=True)
    rows = models.PositiveIntegerField()
    refused = models.PositiveIntegerField()
    things = ArrayField(models.CharField(max_length=120))
    properties = ArrayField(models.CharField(max_length=80))
    first = models.DateTimeField()
    last = models.DateTimeField()
    moments = ArrayField(models.BigIntegerField())
    taken_back = models.DateTimeField(null=True)
    taken_back_by = models.CharField(max_length=120, blank=True)
    removed = models.PositiveIntegerField(null=True)

    class Meta:
        indexes = [models.Index(fields=["service", "-time"], name="history_newest")]

    def __str__(self) -> str:
        return f"{self.service} {self.time:%Y-%m-%d %H:%M} {self.file}"
