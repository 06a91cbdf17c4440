"""A thing that is worked on: its alerts rest, no mail is written of it, and it is heard again by itself."""

from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from candia.core import errors
from candia.core.access import system
from candia.operations import inbox
from candia.operations.maintenance import begin_maintenance, end_maintenance, standing
from candia.operations.notices import tell_operators, write_morning
from candia.operations.tests.alerts import raised, shift
from tests.html import tight

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def line_of(by, alert):
    return next(line for line in inbox.lines(by) if line.alert == alert)


def test_an_operator_silences_a_thing_at_its_alert_and_hears_it_again(client):
    operator, alert, other = shift(), raised(), raised()
    client.force_login(operator)
    page = reverse("operations-desk-alert", kwargs={"number": alert.pk})

    shown = client.post(page, {"act": "maintain", "maintain-reason": "", "maintain-until": "week"})
    assert shown.status_code == 422
    assert "Επιλέξτε λόγο." in tight(shown)
    done = client.post(
        page, {"act": "maintain", "maintain-reason": "works", "maintain-until": "week"}, follow=True
    )

    assert "Εργασίες" in tight(done)
    assert line_of(operator, alert).snoozed_until == standing([alert.entity_id])[alert.entity_id].until
    assert line_of(operator, other).snoozed_until is None
    client.post(page, {"act": "end_maintenance"})
    assert line_of(operator, alert).snoozed_until is None


def test_what_is_found_of_it_meanwhile_is_mailed_to_nobody():
    operator = shift()
    for severity in ("severe", "minor"):
        alert = raised(severity=severity, opened=timezone.now())
        begin_maintenance(by=operator, entity=alert.entity_id, reason="test", until=timezone.now() + DAY)
        tell_operators(by=system, opened=alert.opened_by_id)
    assert write_morning(timezone.now()) == 0
    assert mail.outbox == []


def test_it_is_heard_again_when_its_time_is_over():
    operator, alert = shift(), raised()
    begin_maintenance(by=operator, entity=alert.entity_id, reason="known", until=timezone.now() + DAY)
    with time_machine.travel(timezone.now() + 2 * DAY):
        assert line_of(operator, alert).snoozed_until is None
        with pytest.raises(errors.Conflict):
            end_maintenance(by=operator, entity=alert.entity_id)
        begin_maintenance(by=operator, entity=alert.entity_id, reason="works", until=timezone.now() + DAY)
        assert line_of(operator, alert).snoozed_until


@pytest.mark.parametrize("ahead", [-DAY, timedelta(0), 93 * DAY])
def test_nothing_is_silenced_for_ever_or_for_the_past(ahead):
    alert = raised()
    with pytest.raises(errors.Refused):
        begin_maintenance(by=shift(), entity=alert.entity_id, reason="works", until=timezone.now() + ahead)
    assert standing([alert.entity_id]) == {}


def test_whoever_operates_another_service_silences_nothing():
    with pytest.raises(errors.Forbidden):
        begin_maintenance(
            by=shift(service="dialogue"),
            entity=raised().entity_id,
            reason="works",
            until=timezone.now() + DAY,
        )
