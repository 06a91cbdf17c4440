"""What accounts need beyond a person's row: the letter that proves a residence, departments, programs, tokens."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from candia.accounts.push.models import Pushed, PushSettings, Subscription
from candia.accounts.webhooks.models import Delivery, Webhook
from candia.core.access import RoleHolder
from candia.core.names import translated

__all__ = [
    "Delivery",
    "Department",
    "Integration",
    "Letter",
    "PushSettings",
    "Pushed",
    "Route",
    "Subscription",
    "Token",
    "Webhook",
]

# Without the letters and digits that are mistaken for each other on paper.
ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
LENGTH = 10


class Letter(models.Model):
    """A letter with a code, asked for by a person and printed by a clerk; gone once it has served.

    The code is kept nowhere: it follows from the letter, its nonce and the city's secret key.
    """

    VALID = timedelta(days=30)
    TRIES = 5

    person = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="letter")
    addressee = models.CharField(_("name on the letterbox"), max_length=120)
    address = models.TextField(_("postal address"), max_length=400)
    nonce = models.CharField(max_length=32)
    asked = models.DateTimeField(auto_now_add=True)
    printed = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ("asked",)

    def __str__(self) -> str:
        return f"{self.pk}"

    @property
    def expires(self) -> object:
        """When its code stops to work; None before it is printed."""
        return self.printed and self.printed + self.VALID

    @property
    def is_open(self) -> bool:
        """Whether its code would be taken: printed, not too old, not tried too often."""
        return (
            self.printed is not None
            and timezone.now() < self.printed + self.VALID
            and self.tries < self.TRIES
        )

    def code(self) -> str:
        """The code on the paper, ten signs as two groups of five."""
        digest = salted_hmac("people.letter", f"{self.person_id}:{self.nonce}", algorithm="sha256").digest()
        signs = "".join(ALPHABET[byte % len(ALPHABET)] for byte in digest[:LENGTH])
        return f"{signs[:5]}-{signs[5:]}"


class Department(models.Model):
    """A part of the city's administration: below another or at the top, with its people.

    Belonging to one gives nobody a right; it says whose work is whose. A closed one receives nothing any more.
    """

    name = models.CharField(_("name"), max_length=120)
    names = models.JSONField(_("names in other languages"), default=dict, blank=True)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    members = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="departments", blank=True)
    closed = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return translated({**self.names, settings.CANDIA_CITY.languages[0]: self.name})


class Route(models.Model):
    """What waits of a service, or of one kind of it (a rule's `water.night_flow`), is this department's work."""

    service = models.CharField(max_length=40)
    kind = models.CharField(max_length=80, blank=True)
    department = models.ForeignKey(Department, models.CASCADE, related_name="routes")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["service", "kind"], name="route_once")]

    def __str__(self) -> str:
        return self.kind or self.service


class Integration(RoleHolder, models.Model):
    """A program that an administrator has let in under a name of its own, with roles, and with no password.

    A role is kept as `operator:water`. It is no person: what residents may do, it may not.
    """

    id = models.SlugField(primary_key=True, max_length=64)
    title = models.CharField(_("title"), max_length=120)
    held = ArrayField(models.CharField(max_length=80), default=list)
    made = models.DateTimeField(auto_now_add=True)
    stopped = models.DateTimeField(null=True)

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return self.title

    @property
    def actor_id(self) -> str:
        """The name that events keep."""
        return f"integration:{self.pk}"

    @property
    def is_active(self) -> bool:
        """Whether it is still let in."""
        return self.stopped is None

    @property
    def roles(self) -> frozenset[tuple[str, str]]:
        """The granted (role, service) pairs; each in one service."""
        pairs = (role.partition(":") for role in self.held)
        return frozenset((role, service) for role, _colon, service in pairs)


class Token(models.Model):
    """What a program shows to be known: a person's or an integration's, with scopes, for a time.

    Of the token itself only a hash is kept, and its first signs, by which its owner recognises it.
    """

    LONGEST = timedelta(days=365)

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="tokens")
    integration = models.ForeignKey(Integration, models.CASCADE, null=True, related_name="tokens")
    title = models.CharField(_("what it is for"), max_length=80)
    handle = models.CharField(max_length=12, unique=True)
    fingerprint = models.CharField(max_length=64)
    scopes = ArrayField(models.CharField(max_length=60))
    # Whether a second factor was shown when it was made; without one it has none of its person's roles.
    second_factor = models.BooleanField(default=False)
    made = models.DateTimeField(auto_now_add=True)
    expires = models.DateTimeField()
    last_used = models.DateTimeField(null=True)
    revoked = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-pk",)
        constraints = [
            models.CheckConstraint(
                name="token_of_one", condition=Q(person__isnull=True) ^ Q(integration__isnull=True)
            )
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def owner(self) -> RoleHolder:
        """Whose it is."""
        found = self.integration or self.person
        if found is None:
            msg = "The database lets no token be nobody's."
            raise ValueError(msg)
        return found

    @property
    def is_open(self) -> bool:
        """Whether it opens anything: not revoked, not too old, and its owner still let in."""
        return self.revoked is None and timezone.now() < self.expires and bool(self.owner.is_active)
