"""Delivery: what waits for a webhook is sent, the oldest first, signed, and again with growing pauses for a day.

Promised: each event arrives at least once, or stands among the failures at the desk; what happened to one thing
arrives in its order, unless an earlier one was refused or given up. A program knows one that comes twice by its id.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from datetime import datetime
from functools import partial

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from procrastinate.contrib.django import app

from candia.accounts import outbox
from candia.accounts.webhooks import queue
from candia.accounts.webhooks.models import Delivery, Webhook
from candia.core.access import system

TYPE = "application/cloudevents+json; charset=utf-8"


@app.task(name="people.drain_webhook")
def drain(*, hook: int) -> None:
    """Send what is due for one webhook; a job of its own goes on where that is too much for one."""
    found = Webhook.objects.select_related("integration").filter(pk=hook).first()
    if found is None or not found.is_on or not found.integration.is_active:
        Delivery.objects.filter(hook_id=hook, state=Delivery.WAITING).delete()
        return
    if outbox.drain(found, partial(_next, hook), partial(send, found)):
        drain.configure(lock=f"webhook:{hook}").defer(hook=hook)


@app.periodic(cron="* * * * *")
@app.task(name="people.retry_webhooks", queueing_lock="people.retry_webhooks", pass_context=False)
def retry(timestamp: int) -> None:  # noqa: ARG001 — procrastinate's signature
    """Once a minute: go on with what waited for its next try, and forget what was done a week ago."""
    now = timezone.now()
    Delivery.objects.filter(state=Delivery.DONE, made__lt=now - outbox.KEPT).delete()
    due = Delivery.objects.filter(state=Delivery.WAITING, due__lte=now)
    for hook in due.values_list("hook", flat=True).distinct().order_by("hook"):
        drain.configure(lock=f"webhook:{hook}").defer(hook=hook)


def send(hook: Webhook, one: Delivery) -> None:
    """Tell a webhook of one event, and write down what became of it."""
    event = queue.told(hook, one.event)
    if event is None:
        # It was never theirs to know.
        one.delete()
        return
    body = json.dumps(event, cls=DjangoJSONEncoder, ensure_ascii=False).encode()
    headers = signed(hook, str(one.event_id), int(time.time()), body)
    outbox.post(one, hook.url, body, headers, settings.CANDIA.webhook_networks)
    outbox.note(hook, one)
    if hook.is_lost:
        from candia.accounts.webhooks.commands import switch_off_webhook

        switch_off_webhook(by=system, webhook=hook)
        hook.off_since = timezone.now()


def signed(hook: Webhook, id: str, moment: int, body: bytes) -> dict[str, str]:
    """The headers of Standard Webhooks: id, moment, and an HMAC-SHA256 over both and the body."""
    digest = hmac.new(hook.secret, f"{id}.{moment}.".encode() + body, hashlib.sha256).digest()
    return {
        "Content-Type": TYPE,
        "User-Agent": "Candia",
        "webhook-id": id,
        "webhook-timestamp": str(moment),
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }


def _next(hook: int, now: datetime) -> Delivery | None:
    """The oldest that is due, of a thing of which nothing older waits."""
    older = Delivery.objects.filter(
        hook=OuterRef("hook"), subject=OuterRef("subject"), state=Delivery.WAITING, pk__lt=OuterRef("pk")
    )
    waiting = Delivery.objects.select_related("event").filter(hook=hook, state=Delivery.WAITING, due__lte=now)
    return waiting.exclude(Exists(older)).order_by("pk").first()


def failed(hook: Webhook) -> list[Delivery]:
    """What was given up or refused, and what is being tried again, the newest first."""
    troubled = Q(state=Delivery.FAILED) | Q(state=Delivery.WAITING, tries__gt=0)
    return list(hook.deliveries.filter(troubled).select_related("event").order_by("-pk")[:50])
