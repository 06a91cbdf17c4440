"""Outbox: what waits to be sent to an address of somebody else's, and again with growing pauses for a day.

Rows are written in the transaction of what they tell of, so that nothing is told that did not happen; whoever
drains them holds a lock for each address.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TypeVar

from django.db import models
from django.utils import timezone

from candia.core import outgoing

#: Seconds before the next try; the last one again and again, until a day is over.
PAUSES = (10, 60, 300, 1800, 3600, 7200, 14400)
DAY, DAYS, KEPT = timedelta(days=1), timedelta(days=3), timedelta(days=7)
# So many go in one job, so that other jobs have their turn.
MOST = 50
# Too early or too often is no refusal for good.
LATER = {408, 425, 429}


class Addressee(models.Model):
    """Where something is sent: failing while nothing has arrived since a moment, and left alone until another."""

    failing_since = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)
    rests_until = models.DateTimeField(null=True)

    class Meta:
        abstract = True

    @property
    def is_lost(self) -> bool:
        """Whether nothing has arrived for days."""
        return self.failing_since is not None and timezone.now() - self.failing_since >= DAYS


class Sending(models.Model):
    """One thing that is to be sent, and what became of it; done ones are forgotten after a week."""

    WAITING, DONE, FAILED = "waiting", "done", "failed"

    state = models.CharField(max_length=8, default=WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    due = models.DateTimeField(default=timezone.now)
    error = models.CharField(max_length=20, blank=True)
    status = models.PositiveSmallIntegerField(null=True)
    made = models.DateTimeField(default=timezone.now)

    class Meta:
        abstract = True


Row = TypeVar("Row", bound=Sending)


def drain(to: Addressee, following: Callable[[datetime], Row | None], send: Callable[[Row], None]) -> bool:
    """Send what is due, one after the other; whether there may be more than one job should take."""
    for _number in range(MOST):
        now = timezone.now()
        if to.rests_until is not None and to.rests_until > now:
            return False
        one = following(now)
        if one is None:
            return False
        send(one)
    return True


def post(
    one: Sending, url: str, body: bytes, headers: Mapping[str, str], networks: outgoing.Networks
) -> None:
    """Send it once, and hold the status or the error in the row."""
    one.tries += 1
    one.status, one.error = None, ""
    try:
        one.status = outgoing.post(url, body, headers, networks)
    except outgoing.Unsent as unsent:
        one.error = unsent.code


def note(to: Addressee, one: Sending) -> bool:
    """Write down what became of it, and when it is tried again; whether it arrived."""
    now, arrived = timezone.now(), one.status is not None and 200 <= one.status < 300  # noqa: PLR2004 — HTTP's
    refused = one.status is not None and 300 <= one.status < 500 and one.status not in LATER  # noqa: PLR2004
    if arrived:
        one.state = Sending.DONE
    elif refused or now - one.made >= DAY:
        one.state = Sending.FAILED
    one.due = now + timedelta(seconds=PAUSES[min(one.tries, len(PAUSES)) - 1])
    one.save(update_fields=["state", "tries", "due", "error", "status"])
    if arrived:
        to.failing_since, to.rests_until, to.failures = None, None, 0
    else:
        to.failing_since = to.failing_since or now
        to.failures += 1
        # Where nobody answers at all, nothing else is tried either until then.
        pause = PAUSES[min(to.failures, len(PAUSES)) - 1]
        to.rests_until = now + timedelta(seconds=pause) if one.error else None
    to.save(update_fields=["failing_since", "rests_until", "failures"])
    return arrived
