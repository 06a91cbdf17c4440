"""Once a night: what has served its term is deleted."""

from __future__ import annotations

from datetime import timedelta

from allauth.usersessions.models import UserSession
from django.core.management import call_command
from django.db.models import Q
from django.utils import timezone
from procrastinate.contrib.django import app

from candia.accounts import mail_queue
from candia.accounts.models import Letter, Token
from candia.accounts.push import delivery as push_delivery  # noqa: F401 — its tasks are found here
from candia.accounts.webhooks import delivery  # noqa: F401 — its tasks are found here

LETTERS, TOKENS = timedelta(days=60), timedelta(days=30)


@app.periodic(cron="17 3 * * *")
@app.task(name="people.forget", queueing_lock="people.forget", pass_context=False)
def forget(timestamp: int) -> None:  # noqa: ARG001 — procrastinate's signature
    """Delete ended sessions with their addresses, mails that were sent, and letters and tokens that are over."""
    call_command("clearsessions")
    for session in UserSession.objects.iterator():
        session.purge()
    mail_queue.forget()
    Letter.objects.filter(asked__lt=timezone.now() - LETTERS).delete()
    over = timezone.now() - TOKENS
    Token.objects.filter(Q(expires__lt=over) | Q(revoked__lt=over)).delete()
