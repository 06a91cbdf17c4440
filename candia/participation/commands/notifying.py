"""What the city's rules ask for: to tell followers, and those concerned, that something happened."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext_lazy

from candia.accounts.push import queue as push
from candia.core.access import Grant, Machine, Person, machine
from candia.core.command import command
from candia.core.entity import Entity
from candia.core.event import Event, Happened
from candia.participation import appeals, holders, mail
from candia.participation.commands.counting import aside
from candia.participation.models import Follow, Hiding, Notice, NoticeSettings


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
    _send(notices)
    return aside(entity, "followers", event=event, notices=len(notices))


@command(
    event="participation.concerned_told",
    title=gettext_lazy("Those concerned were told"),
    may=machine,
    staff=True,
)
def tell_concerned(_by: Machine, *, entity: Entity, event: int) -> Happened:
    """Write a notice for those whose matter an event is, whether they follow the thing or not.

    Of what was hidden whoever wrote it hears, of an appeal that is decided whoever hid it as well, of an answer
    that is owed the operators of the thing's service, and of an alert whose the thing is.
    """
    happened = Event.objects.get(pk=event)
    persons = _concerned(entity, happened)
    known = Notice.objects.filter(event=event, person__in=persons)
    known.update(direct=True)
    told = {*known.values_list("person", flat=True)}
    whole = Person.objects.filter(pk__in=persons - told, is_active=True).order_by("pk")
    notices = Notice.objects.bulk_create(
        Notice(event=event, entity_id=entity.pk, person=person, direct=True)
        for person in whole
        if person.actor_id != happened.by
    )
    _send(notices)
    return aside(entity, "concerned", event=event, notices=len(notices))


def _concerned(thing: Entity, event: Event) -> set[int]:
    if hiding := event.data.get("hiding"):
        return appeals.concerned(Hiding.objects.get(pk=hiding), "appeal" in event.data)
    if declared := holders.hears(event):
        # As a row of its own kind, which the declaration knows.
        return holders.concerned(Entity.of_id(thing.pk)._default_manager.get(pk=thing.pk), event, declared)
    held = {"grants__role": Grant.OPERATOR, "grants__service__in": [thing.service_name, ""]}
    return set(Person.objects.filter(**held).values_list("pk", flat=True))


def _send(notices: Sequence[Notice]) -> None:
    """Tell their devices, and queue the mail of those who want it at once."""
    push.tell("participation.notice", {notice.person_id: notice.pk for notice in notices})
    later = set(
        NoticeSettings.objects.filter(person__in=[notice.person_id for notice in notices])
        .exclude(rhythm=NoticeSettings.AT_ONCE)
        .values_list("person", flat=True)
    )
    for notice in notices:
        if notice.person_id not in later:
            # Deferred within this transaction: a notice that is not written is not sent either.
            mail.send_notice.defer(notice=notice.pk)
