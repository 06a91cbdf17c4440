"""Mail on what one follows: written in the reader's language, sent once, with a way out in each."""

from __future__ import annotations

from django.conf import settings
from django.core import signing
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from procrastinate.contrib.django import app

from candia.core.event import Event
from candia.core.jobs import MAIL
from candia.core.service import event_titles
from candia.services.dialogue.models import Answer, Comment, Follow, Hiding, Notice, Proposal

salt = "dialogue.unfollow"


@app.task(name="dialogue.send_notice", queue=MAIL, retry=5)
def send_notice(*, notice: int) -> None:
    """Send one notice, unless it is sent already or its reader no longer follows."""
    with transaction.atomic():
        # Whoever comes second waits for the row, and then finds it sent.
        row = (
            Notice.objects.select_for_update(of=("self",)).select_related("person", "proposal").get(pk=notice)
        )
        if row.sent or not Follow.objects.filter(proposal=row.proposal, person=row.person).exists():
            return
        row.sent = timezone.now()
        row.save()
        with translation.override(row.person.language):
            letter(row).send()


def letter(notice: Notice) -> EmailMessage:
    """The mail of a notice, in the language that is active."""
    proposal, event = notice.proposal, Event.objects.get(pk=notice.event)
    way_out = address() + reverse("dialogue-stop-following", kwargs={"token": token(notice)})
    # What is hidden by now is not carried into a mailbox.
    name = proposal.heading if proposal.is_public else str(proposal.number)
    what = str(event_titles()[event.kind])
    body = render_to_string(
        "dialogue/notice.txt",
        {
            "city": settings.CANDIA_CITY,
            "name": name,
            "what": what,
            "said": _said(event, proposal),
            "url": address() + reverse("dialogue-proposal", kwargs={"number": proposal.number}),
            "way_out": way_out,
        },
    )
    return EmailMessage(
        subject=f"{what}: {name}",
        body=body,
        to=[notice.person.email],
        headers={
            # A mailbox that gets it twice after a crash can tell.
            "Message-ID": f"<dialogue-notice-{notice.pk}@{settings.CANDIA_CITY.folder.name}.candia>",
            "List-Unsubscribe": f"<{way_out}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
    )


def token(notice: Notice) -> str:
    """What opens the way out without signing in: says who follows what, signed by the city."""
    return signing.dumps([notice.person_id, notice.proposal.number], salt=salt)


def read_token(text: str) -> tuple[int, int]:
    """Person and proposal number of a way out; raises signing.BadSignature."""
    person, number = signing.loads(text, salt=salt)
    return person, number


def address() -> str:
    """The city's own address, for links that are read elsewhere."""
    config = settings.CANDIA
    host = config.allowed_hosts[0] if config.allowed_hosts else config.host
    if host in {"localhost", "127.0.0.1", "[::1]"}:
        return f"http://{host}:{config.port}"
    return f"http{'s' if config.https else ''}://{host}"


def _said(event: Event, proposal: Proposal) -> str:
    """The words that belong to an event and may be read by everyone; of what is hidden, why it is alone."""
    if hiding := event.data.get("hiding"):
        return Hiding.objects.get(pk=hiding).reason
    if not proposal.is_public:
        return ""
    if answer := event.data.get("answer"):
        return Answer.objects.get(pk=answer).text
    if comment := event.data.get("comment"):
        said = Comment.objects.filter(pk=comment, hidden_because="").first()
        return said.text if said else ""
    return ""
