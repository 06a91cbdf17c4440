"""What the city's rules ask for: to tell followers that something happened."""

from __future__ import annotations

from django.utils.translation import gettext_lazy

from candia.core.access import Machine, machine
from candia.core.command import command
from candia.core.event import Event, Happened
from candia.services.dialogue import mail
from candia.services.dialogue.models import Follow, Notice, Proposal


@command(event="dialogue.followers_notified", title=gettext_lazy("Followers notified"), may=machine)
def notify_followers(_by: Machine, *, proposal: Proposal, event: int) -> Happened:
    """Write a notice about an event for each follower but its doer, and have each sent by mail once."""
    happened = Event.objects.get(pk=event)
    followers = Follow.objects.filter(proposal=proposal, person__is_active=True).values_list(
        "person", flat=True
    )
    told = set(Notice.objects.filter(event=event).values_list("person", flat=True))
    doer = happened.by.removeprefix("person:")
    notices = Notice.objects.bulk_create(
        Notice(event=event, proposal=proposal, person_id=person)
        for person in followers
        if person not in told and str(person) != doer
    )
    for notice in notices:
        # Deferred within this transaction: a notice that is not written is not sent either.
        mail.send_notice.defer(notice=notice.pk)
    return Happened(
        proposal,
        about=f"dialogue.followers:{proposal.number}",
        data={"event": event, "notices": len(notices)},
    )
