"""An alert reaches who operates its service: a severe one at once and one time, others in the morning."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from candia.accounts import mail_queue
from candia.core.access import Grant, Machine
from candia.core.alert import GREW, Alert, apply
from candia.core.event import Event
from candia.core.jobs import hear
from candia.core.rule import Open
from candia.core.service import services
from candia.operations import notices
from candia.operations.tests.samples import raised, shift
from tests.jobs import woken_by

pytestmark = pytest.mark.django_db
rule = Machine("rule:operations.tell_of_alert")


def letters() -> list[EmailMessage]:
    """What was queued, sent now."""
    for job in ProcrastinateJob.objects.filter(task_name="people.send_letter"):
        mail_queue.send(**job.args)
    return list(mail.outbox)


def test_a_severe_alert_is_told_once_to_its_operators_in_their_language() -> None:
    shift("moderator", role=Grant.MODERATOR)
    shift("elsewhere", service="dialogue")
    greek, english = shift("greek"), shift("english")
    english.language = "en"
    english.save()
    alert = raised(
        severity="severe",
        opened=timezone.now(),
        text="The battery stands at {percent} %.",
        evidence={"percent": 4},
    )

    for _time in range(2):
        notices.tell_operators(by=rule, event=alert.opened_by_id)

    sent = letters()
    told = {letter.to[0]: letter for letter in sent}
    assert sorted(told) == [english.email, greek.email]
    assert len(sent) == 2
    assert "The battery stands" in told[english.email].body
    assert "Η μπαταρία είναι στο" in told[greek.email].body
    assert f"/desk/operations/alerts/{alert.pk}/" in told[greek.email].body


def test_an_alert_that_becomes_severe_is_told_then_and_once() -> None:
    operator = shift()
    alert = raised(severity="minor", opened=timezone.now() - timedelta(days=2))
    worse = Open("It has become worse.", severity="severe")

    apply(services()["water"].rule("night_flow"), "water", [(alert.entity_id, worse)], timezone.now())
    grew = Event.objects.get(kind=GREW)
    for _time in range(2):
        assert "tell_of_alert" in woken_by(grew)
        hear(service="operations", rule="tell_of_alert", event=grew.pk)

    [letter] = letters()
    assert letter.to == [operator.email]
    assert "It has become worse." in letter.body


@pytest.mark.parametrize(("age", "over"), [(timedelta(), True), (timedelta(days=3), False)])
def test_what_is_over_or_old_is_no_news(age, over) -> None:
    shift()
    now = timezone.now()
    alert = raised(severity="severe", opened=now - age, closed=now if over else None)

    event = notices.tell_operators(by=rule, event=alert.opened_by_id)

    assert event.data["letters"] == 0
    assert not letters()


def test_the_morning_tells_of_the_lesser_alerts_of_one_day_that_still_wait() -> None:
    shift()
    shift("elsewhere", service="dialogue")
    now = timezone.now()
    for age, severity, status in (
        (2, "minor", Alert.OPEN),
        (3, "moderate", Alert.OPEN),
        (3, "severe", Alert.OPEN),
        (3, "minor", Alert.DISMISSED),
        (30, "minor", Alert.OPEN),
    ):
        raised(
            severity=severity,
            status=status,
            opened=now - timedelta(hours=age),
            text=f"{severity} {status} {age}h",
        )

    assert notices.write_morning(now) == 1

    [letter] = letters()
    assert {line for line in letter.body.splitlines() if line.endswith("h")} == {
        "minor open 2h",
        "moderate open 3h",
    }
