"""Webhooks and what is on its way to them."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from candia.accounts.outbox import Addressee, Sending


class Webhook(Addressee):
    """An address of a program, and the kinds of event that it is told of.

    Its secret is kept nowhere: it follows from its nonce and the city's secret key.
    It is off once nothing has arrived for days.
    """

    integration = models.ForeignKey("people.Integration", models.CASCADE, related_name="webhooks")
    url = models.URLField(_("address"), max_length=500)
    patterns = ArrayField(models.CharField(max_length=80))
    nonce = models.CharField(max_length=64)
    made = models.DateTimeField(auto_now_add=True)
    ended = models.DateTimeField(null=True)
    off_since = models.DateTimeField(null=True)

    class Meta:
        app_label = "people"
        ordering = ("pk",)

    def __str__(self) -> str:
        return self.url

    @property
    def secret(self) -> bytes:
        """What signs whatever is sent there."""
        return salted_hmac("people.webhook", self.nonce, algorithm="sha256").digest()

    @property
    def is_on(self) -> bool:
        """Whether it is told of what happens."""
        return self.ended is None and self.off_since is None


class Delivery(Sending):
    """That one webhook is to be told of one event, and what became of it."""

    # Without a constraint: a webhook that was there a moment ago must not undo what a citizen does.
    hook = models.ForeignKey(Webhook, models.DO_NOTHING, db_constraint=False, related_name="deliveries")
    event = models.ForeignKey("core.Event", models.PROTECT, related_name="+")
    subject = models.CharField(max_length=120)

    class Meta:
        app_label = "people"
        indexes = [models.Index(fields=["hook", "state", "id"], name="delivery_queue")]

    def __str__(self) -> str:
        return f"{self.event_id} {self.state}"
