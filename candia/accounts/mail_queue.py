"""Mail queue: the mails of accounts are queued with the change that they tell of, and sent behind the answer.

So how long an answer takes does not tell whether a mail went out, a mail server that is away keeps nobody from
signing up, and what a full disk refuses is refused whole. A mail has a code in it, so the queue holds it encrypted;
what was sent is deleted every night.
"""

from __future__ import annotations

import json

from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.db import connection
from procrastinate.contrib.django import app

from candia.accounts.encryption import opened, sealed
from candia.core.jobs import MAIL


def queue(message: EmailMessage) -> None:
    """Send this mail soon, once the transaction at hand is through."""
    letter_fields = {
        "subject": message.subject,
        "body": message.body,
        "from_email": message.from_email,
        "to": message.to,
        "headers": message.extra_headers,
        "alternatives": [[*one] for one in getattr(message, "alternatives", [])],
    }
    send.defer(letter=sealed(json.dumps(letter_fields)))


@app.task(name="people.send_letter", queue=MAIL, retry=5)
def send(*, letter: str) -> None:
    """Send a queued mail."""
    letter_fields = json.loads(opened(letter))
    alternatives = [tuple(one) for one in letter_fields.pop("alternatives")]
    EmailMultiAlternatives(**letter_fields, alternatives=alternatives).send()


def forget() -> None:
    """Delete from the queue what was sent."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM procrastinate_jobs WHERE task_name = %s AND status IN ('succeeded', 'cancelled')",
            ["people.send_letter"],
        )
