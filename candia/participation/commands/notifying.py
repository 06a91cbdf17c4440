"""What the city's rules ask for: to tell followers that something happened."""

from __future__ import annotations

from django.utils.translation import gettext_lazy

from candia.core.access import Machine, machine
from candia.core.command import command
from candia.core.entity import Entity
from candia.core.event import Event, Happened
from candia.participation import mail
from candia.participation.commands.counting import aside
from candia.participation.models import Follow, Notice, NoticeSettings


@command(event="participation.followers_notified", title=gettext_lazy("Followers notified"), may=machine)
def notify_followers(_by: Machine, *, entity: Entity, event: int) -> Happened:
    """Write a notice about an event for each follower but its doer; those who want mail at once get it, once."""
    happened = Event.objects.get(pk=event)
    followers = Follow.objects.filter(entity=entity.pk, person__is_active=True).values_list(
        "person", flat=True
    )
    told = set(Notice.objects.filter(event=event).values_list("person", flat=True))
    doer = happened.by.removeprefix("person:")
    notices = Notice.objects.bulk_create(
        Notice(event=event, entity_id=entity.pk, person_id=person)
        for person in followers
        if person not in told and str(person) != doer
    )
    later = set(
        NoticeSettings.objects.filter(person__in=[notice.person_id for notice in notices])
        .exclude(rhythm=NoticeSettings.AT_ONCE)
        .values_list("person", flat=True)
    )
    for notice in notices:
        if notice.person_id not in later:
            # Deferred within this transaction: a notice that is not written is not sent either.
            mail.send_notice.defer(notice=notice.pk)
    return aside(entity, "followers", event=event, notices=len(notices))
