"""Notices: an alert reaches who operates its service by mail, once: a severe one at once, others in the morning."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import connection
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as __
from procrastinate.contrib.django import app

from candia.accounts import mail_queue
from candia.accounts.push import queue as push
from candia.core.access import Grant, Machine, Person, machine
from candia.core.alert import GREW, OPENED, Alert, of_event
from candia.core.command import command
from candia.core.event import Event, Happened
from candia.core.push import Brief
from candia.core.rule import Do, Verdict
from candia.core.site import address
from candia.core.telemetry import zone
from candia.operations import causes, inbox
from candia.operations.forms import MORNING
from candia.operations.maintenance import standing

SEVERE = ("severe", "extreme")
# An alert that was opened so long ago, as when rules judge the past, is no news.
FRESH = timedelta(hours=1)
DAY = timedelta(days=1)


def tell_of_alert(event: Event) -> Iterable[Verdict]:
    """Operators hear at once of an alert that is severe or has become so; of others the morning's mail tells."""
    yield Do(tell_operators, {"event": event.pk})


def is_severe(event: Event) -> bool:
    """Whether an alert opened as a severe one, or grew to be one."""
    return event.kind in {OPENED, GREW} and event.data.get("severity") in SEVERE


@command(event="operations.operators_told", title=__("Operators told"), may=machine)
def tell_operators(_by: Machine, *, event: int) -> Happened:
    """Write to each operator of a severe alert's service, once; to nobody where it is over, old or silenced.

    Of alerts with one cause there is one mail, which tells of all that stood by then.
    """
    happened = Event.objects.get(pk=event)
    alert = of_event(happened).select_for_update().first()
    key = inbox.key_of(alert) if alert else f"{inbox.ALERT}0"
    letters = 0
    if alert and _is_news(alert, happened):
        others = _with_its_cause(alert)
        if not _told([inbox.key_of(one) for one in others]):
            concerned = [operator for operator in operators() if inbox.operates(operator, alert)]
            for operator in concerned:
                write(operator, others)
            push.tell("operations.alert", {operator.pk: alert.pk for operator in concerned})
            letters = len(concerned)
    return Happened(key, data={"letters": letters}, about=key, because=happened)


@app.periodic(cron="0 * * * *")
@app.task(name="operations.morning", queueing_lock="operations.morning", pass_context=False)
def morning(timestamp: int) -> None:
    """Each hour: whether it is seven in the city, when the mail of the morning is written."""
    now = datetime.fromtimestamp(timestamp, zone())
    if now.hour == MORNING:
        write_morning(now)


def write_morning(until: datetime) -> int:
    """One mail to each operator with the lesser alerts of the day before that still wait; how many mails."""
    fresh = Alert.objects.filter(
        closed=None, status=Alert.OPEN, opened__gt=until - DAY, opened__lte=until
    ).exclude(severity__in=SEVERE)
    found = list(fresh.select_related("entity").order_by("-loss", "opened"))
    quiet = standing(alert.entity_id for alert in found)
    found = [alert for alert in found if alert.entity_id not in quiet]
    letters = 0
    for operator in operators():
        own = [alert for alert in found if inbox.operates(operator, alert)]
        if own:
            write(operator, own)
            letters += 1
    return letters


def operators() -> QuerySet[Person]:
    """Whoever operates a service, with an account that is open."""
    return Person.objects.filter(grants__role=Grant.OPERATOR, is_active=True).distinct()


def write(reader: Person, alerts: Sequence[Alert]) -> None:
    """Queue a mail on these alerts, in the reader's language; it names no household, and leads to the desk."""
    with translation.override(reader.language):
        lines = inbox.with_causes(inbox.alert_lines(alerts), inbox.served(reader))
        groups = inbox.grouped(lines, many=len(lines) + 1)
        told = {
            "city": settings.CANDIA_CITY,
            "groups": [(group, address() + group.url) for group in groups],
            "inbox": address() + reverse("desk"),
        }
        first = groups[0].first.item
        subject = f"{first.kind}: {first.title}" if len(groups) == 1 else _("New alerts since yesterday")
        if len(groups) == 1 and groups[0].bundle and groups[0].many:
            subject = f"{groups[0].bundle.cause.title}: {groups[0].bundle.name}"
        mail_queue.queue(
            EmailMessage(
                subject=" ".join(subject.split()),
                body=render_to_string("operations/alerts.txt", told),
                to=[reader.email],
            )
        )


def brief(number: int, person: Person) -> Brief | None:
    """A severe alert as its operator's devices show it; None once it is over, or somebody has judged it."""
    alert = Alert.objects.select_related("entity").filter(pk=number, closed=None, status=Alert.OPEN).first()
    if alert is None or not inbox.operates(person, alert):
        return None
    [line] = inbox.alert_lines([alert])
    return Brief(str(line.item.kind), line.item.title, line.item.url)


def _is_news(alert: Alert, event: Event) -> bool:
    """Whether an alert stands that has just opened or grown, of a thing that may wake somebody."""
    since = alert.opened if event.kind == OPENED else event.time
    fresh = alert.closed is None and timezone.now() - since < FRESH
    return fresh and not standing([alert.entity_id])


def _with_its_cause(alert: Alert) -> list[Alert]:
    """The alert, and those that stand with the same cause; whoever tells of one of them waits for the other."""
    bundle = causes.bundles([alert.service_name]).get(alert.pk)
    if bundle is None:
        return [alert]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"told {bundle.address}"])
    found = Alert.objects.select_related("entity").filter(pk__in=bundle.alerts).order_by("opened", "pk")
    quiet = standing(one.entity_id for one in found)
    return [one for one in found if one.entity_id not in quiet]


def _told(keys: Sequence[str]) -> bool:
    return Event.objects.filter(entity__in=keys, kind=tell_operators.event, data__letters__gt=0).exists()
