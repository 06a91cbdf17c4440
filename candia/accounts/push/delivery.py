"""Delivery: what a browser is to be told is put into words, encrypted, and given to its maker's push service.

Promised: it arrives once, within a day, as it stands when it is sent; a browser that is no more is forgotten.
"""

from __future__ import annotations

import json
import logging
from datetime import datetime
from functools import partial

from django.utils import timezone, translation
from django.utils.text import Truncator
from procrastinate.contrib.django import app

from candia.accounts import outbox
from candia.accounts.push import message
from candia.accounts.push.models import Pushed, Subscription
from candia.core import outgoing
from candia.core.access import system
from candia.core.push import Brief
from candia.core.service import pushes

log = logging.getLogger(__name__)
#: None of the city's own: any resident may give an address, which the city must not ask for them.
NETWORKS: outgoing.Networks = ()
# No such subscription (any more), by RFC 8030.
GONE = {404, 410}
TITLE, LINE = 80, 160


@app.task(name="people.drain_push")
def drain(*, subscription: int) -> None:
    """Send what is due for one browser; a job of its own goes on where that is too much for one."""
    found = Subscription.objects.select_related("person").filter(pk=subscription).first()
    if found is None or not found.person.is_active:
        Pushed.objects.filter(subscription=subscription).delete()
        return
    if outbox.drain(found, partial(_next, found), partial(send, found)):
        drain.configure(lock=f"push:{subscription}").defer(subscription=subscription)


@app.periodic(cron="* * * * *")
@app.task(name="people.retry_pushes", queueing_lock="people.retry_pushes", pass_context=False)
def retry(timestamp: int) -> None:  # noqa: ARG001 — procrastinate's signature
    """Once a minute: go on with what waited for its next try, and forget what was over a week ago."""
    now = timezone.now()
    Pushed.objects.exclude(state=Pushed.WAITING).filter(made__lt=now - outbox.KEPT).delete()
    due = Pushed.objects.filter(state=Pushed.WAITING, due__lte=now)
    for pk in due.values_list("subscription", flat=True).distinct().order_by("subscription"):
        drain.configure(lock=f"push:{pk}").defer(subscription=pk)


def send(to: Subscription, one: Pushed) -> None:
    """Tell a browser one thing, and write down what became of it; nothing where there is nothing to tell by now."""
    kind, brief = pushes().get(one.kind), _told(to, one)
    if kind is None or brief is None:
        one.delete()
        return
    body = message.sealed(to, written(one, brief))
    outbox.post(one, to.endpoint, body, message.headers(to, kind), NETWORKS)
    if one.status in GONE:
        _forget(to)
    elif outbox.note(to, one):
        Subscription.objects.filter(pk=to.pk).update(last_success=timezone.now())
    elif to.is_lost:
        _forget(to)


def _next(to: Subscription, now: datetime) -> Pushed | None:
    return to.pushes.filter(state=Pushed.WAITING, due__lte=now).order_by("pk").first()


def _told(to: Subscription, one: Pushed) -> Brief | None:
    try:
        with translation.override(to.person.language):
            return pushes()[one.kind].told(one.number, to.person)
    except Exception:  # what a service cannot put into words keeps nothing else waiting
        log.exception("%s could not be put into words for a device", one.kind)
        return None


def written(one: Pushed, brief: Brief) -> bytes:
    """What the worker reads (web/front/public/sw.js); the same tag twice is shown once."""
    told = {
        "title": Truncator(brief.title).chars(TITLE),
        "body": Truncator(brief.line).chars(LINE),
        "url": brief.url,
        "tag": f"{one.kind}:{one.number}",
    }
    return json.dumps(told, ensure_ascii=False).encode()


def _forget(to: Subscription) -> None:
    from candia.accounts.push.commands import unsubscribe

    log.info("A browser is told no more: its push service does not know it, or nothing arrived for days.")
    unsubscribe(by=system, subscription=to)
