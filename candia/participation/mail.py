"""Mail on what one follows: in the reader's language, sent once, at once or gathered, with a way out in each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from django.conf import settings
from django.core import signing
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import ngettext
from procrastinate.contrib.django import app

from candia.core.access import Person
from candia.core.entity import Entity
from candia.core.jobs import MAIL
from candia.core.site import address
from candia.participation import notices
from candia.participation.models import Follow, Notice, NoticeSettings

salt = "participation.unfollow"
# So many lines fit into a digest; the page has the rest.
MOST = 50


# The first name is for what a version before had queued.
@app.task(name="participation.send_notice", aliases=["dialogue.send_notice"], queue=MAIL, retry=5)
def send_notice(*, notice: int) -> None:
    """Send one notice, unless it is sent already or its reader no longer follows, or wants no mail."""
    with transaction.atomic():
        # Whoever comes second waits for the row, and then finds it sent.
        found = Notice.objects.select_for_update(of=("self",)).select_related("person", "entity")
        row = found.filter(pk=notice, sent=None).first()
        if row is None or not row.is_wanted:
            return
        if NoticeSettings.of(row.person).rhythm != NoticeSettings.AT_ONCE:
            return
        row.sent = timezone.now()
        row.save()
        with translation.override(row.person.language):
            if notices.told([row]):
                letter(row).send()


@app.periodic(cron="23 4 * * *")
@app.task(name="participation.digests", queueing_lock="participation.digests", pass_context=False)
def digests(timestamp: int) -> None:
    """Early each day: queue what was gathered for those who want it daily, on Mondays also for the weekly ones."""
    monday = datetime.fromtimestamp(timestamp, timezone.get_default_timezone()).weekday() == 0
    rhythms = [NoticeSettings.DAILY, *([NoticeSettings.WEEKLY] if monday else [])]
    waiting = NoticeSettings.objects.filter(
        rhythm__in=rhythms,
        person__in=Notice.objects.filter(sent=None).values("person"),
        person__is_active=True,
    )
    for person in waiting.values_list("person", flat=True):
        send_digest.defer(person=person)


@app.task(name="participation.send_digest", queue=MAIL, retry=5)
def send_digest(*, person: int) -> None:
    """Send somebody one mail with all that they were not mailed of yet, and still follow or is theirs."""
    follows = Follow.objects.filter(entity=OuterRef("entity"), person=person)
    with transaction.atomic():
        rows = list(
            Notice.objects.select_for_update(of=("self",))
            .filter(Q(direct=True) | Exists(follows), person=person, sent=None)
            .select_related("person", "entity")
            .order_by("entity_id", "id")
        )
        if not rows:
            return
        Notice.objects.filter(pk__in=[row.pk for row in rows]).update(sent=timezone.now())
        with translation.override(rows[0].person.language):
            if told := notices.told(rows):
                digest(rows[0].person, told).send()


def letter(notice: Notice) -> EmailMessage:
    """The mail of one notice, in the language that is active."""
    told = notices.told([notice])[0]
    context = {**told, "url": address() + told["url"], "direct": notice.direct}
    subject = f"{told['what']}: {told['name']}"
    return _mail(
        "notice",
        context,
        subject,
        notice.person,
        f"notice-{notice.pk}",
        None if notice.direct else notice.entity,
    )


def digest(person: Person, lines: Sequence[Mapping[str, Any]]) -> EmailMessage:
    """One mail on many notices, thing by thing, as they are told in the language that is active."""
    told = [{**line, "url": address() + line["url"]} for line in lines[:MOST]]
    things = [
        (name, list(lines)) for name, lines in groupby(told, key=lambda line: (line["name"], line["url"]))
    ]
    subject = ngettext(
        "%(n)d piece of news on what you follow", "%(n)d pieces of news on what you follow", len(lines)
    ) % {"n": len(lines)}
    context = {
        "things": things,
        "more": max(0, len(lines) - MOST),
        "mine": address() + reverse("participation-mine"),
    }
    return _mail("digest", context, subject, person, f"digest-{lines[-1]['number']}")


def _mail(
    name: str, context: dict[str, Any], subject: str, to: Person, number: str, thing: Entity | None = None
) -> EmailMessage:
    way_out = address() + reverse("participation-stop-mail", kwargs={"token": token(to.pk, thing)})
    body = render_to_string(
        f"participation/{name}.txt", {"city": settings.CANDIA_CITY, "way_out": way_out, **context}
    )
    return EmailMessage(
        subject=" ".join(subject.split()),
        body=body,
        to=[to.email],
        headers={
            # A mailbox that gets it twice after a crash can tell.
            "Message-ID": f"<participation-{number}@{settings.CANDIA_CITY.folder.name}.candia>",
            "List-Unsubscribe": f"<{way_out}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
    )


def token(person: int, thing: Entity | None = None) -> str:
    """What opens the way out without signing in: who, and what they follow or all of it; signed by the city."""
    return signing.dumps([person, thing.pk if thing else ""], salt=salt)


def read_token(text: str) -> tuple[int, str]:
    """Person and thing's id (or "") of a way out; raises signing.BadSignature."""
    person, thing = signing.loads(text, salt=salt)
    return person, thing
