"""The browsers that are told, what is on its way to them, and what a person does without."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from candia.accounts.outbox import Addressee, Sending

#: An address may have so many signs.
LONGEST = 1000


class Subscription(Addressee):
    """A browser that is told: its person, its name in words, the address and keys from its maker's push service.

    Who knows the address can send there, and only who has the keys can be read; neither is shown to anybody.
    """

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="subscriptions")
    endpoint = models.CharField(max_length=LONGEST, unique=True)
    p256dh = models.CharField(max_length=88)
    auth = models.CharField(max_length=24)
    browser = models.CharField(max_length=80)
    made = models.DateTimeField(auto_now_add=True)
    last_success = models.DateTimeField(null=True)

    class Meta:
        app_label = "people"
        ordering = ("pk",)

    def __str__(self) -> str:
        return self.browser


class Pushed(Sending):
    """That one browser is to be told one thing: of which kind, and its number there."""

    # Without a constraint: a browser that was there a moment ago must not undo what a command does.
    subscription = models.ForeignKey(Subscription, models.CASCADE, db_constraint=False, related_name="pushes")
    kind = models.CharField(max_length=80)
    number = models.PositiveBigIntegerField()

    class Meta:
        app_label = "people"
        constraints = [models.UniqueConstraint(fields=["subscription", "kind", "number"], name="pushed_once")]
        indexes = [
            models.Index(fields=["due"], condition=models.Q(state=Sending.WAITING), name="pushed_waits")
        ]

    def __str__(self) -> str:
        return f"{self.kind}:{self.number} {self.state}"


class PushSettings(models.Model):
    """Of what kinds somebody wants no push."""

    person = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    without = ArrayField(models.CharField(max_length=80), default=list)

    class Meta:
        app_label = "people"

    def __str__(self) -> str:
        return ", ".join(self.without)
