"""An alert of any service is judged once, for a reason, and taken back within a quarter of an hour."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from candia.core import errors
from candia.core.access import Grant, Person
from candia.core.alert import Alert
from candia.core.event import Event, Happened, record, story
from candia.operations import commands, judging, state
from candia.operations.tests.samples import raised, shift

pytestmark = pytest.mark.django_db
FOUND = "Ο συνεργάτης βρήκε σπασμένη παροχή στην οδό Έβανς."


@pytest.fixture
def operator(db) -> Person:
    return shift()


def test_the_story_of_a_thing_has_the_alert_and_its_confirmation(operator) -> None:
    alert = raised()

    event = commands.confirm_alert(by=operator, alert=alert, reason="seen", note=FOUND)

    assert (event.kind, event.because) == ("core.alert_confirmed", alert.opened_by)
    assert list(story(alert.entity_id)) == [alert.opened_by, event]


def test_what_was_found_stays_with_the_alert_and_only_its_reason_enters_the_history(operator) -> None:
    alert = raised()

    event = commands.dismiss_alert(by=operator, alert=alert, reason="sensor", note=FOUND)

    alert.refresh_from_db()
    assert (alert.status, alert.reason, alert.note) == (Alert.DISMISSED, "sensor", FOUND)
    assert event.data["reason"] == "sensor"
    assert FOUND not in str(event.cloudevent())


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"reason": ""}, "dismiss_reason"),
        ({"reason": "seen"}, "dismiss_reason"),
        ({"reason": "other"}, "note"),
    ],
)
def test_nothing_is_dismissed_without_a_reason_that_says_something(operator, told, field) -> None:
    alert = raised()

    with pytest.raises(errors.Refused) as refused:
        commands.dismiss_alert(by=operator, alert=alert, **told)

    alert.refresh_from_db()
    assert alert.status == Alert.OPEN
    assert field in refused.value.fields


def test_the_second_of_two_colleagues_hears_that_it_is_decided(operator) -> None:
    alert = raised()
    commands.dismiss_alert(by=operator, alert=alert, reason="works")

    with pytest.raises(errors.Conflict):
        commands.confirm_alert(by=shift("colleague"), alert=alert)

    alert.refresh_from_db()
    assert alert.status == Alert.DISMISSED


def test_what_is_over_is_not_judged(operator) -> None:
    with pytest.raises(errors.Conflict):
        commands.confirm_alert(by=operator, alert=raised(closed=timezone.now()))


@pytest.mark.parametrize("verb", ["confirm_alert", "report_repair", "reopen_alert"])
def test_the_shift_of_one_service_judges_no_others_alerts(operator, verb) -> None:
    with pytest.raises(errors.Forbidden):
        getattr(commands, verb)(by=operator, alert=raised("lighting.dark_street"))


def test_a_moderator_of_the_service_is_no_operator_of_it() -> None:
    with pytest.raises(errors.Forbidden):
        commands.confirm_alert(by=shift("moderator", role=Grant.MODERATOR), alert=raised())


def test_who_decided_takes_it_back_and_it_waits_as_before(operator) -> None:
    alert = raised()
    commands.dismiss_alert(by=operator, alert=alert, reason="expected", note=FOUND)

    commands.reopen_alert(by=operator, alert=alert)

    alert.refresh_from_db()
    assert (alert.status, alert.reason, alert.note) == (Alert.OPEN, "", "")
    commands.confirm_alert(by=operator, alert=alert)
    assert judging.decision(Alert.objects.get(pk=alert.pk)).kind == "core.alert_confirmed"


def test_nobody_takes_back_anothers_decision_or_one_of_this_morning(operator) -> None:
    alert = raised()
    commands.confirm_alert(by=operator, alert=alert)

    with pytest.raises(errors.Conflict):
        commands.reopen_alert(by=shift("colleague"), alert=alert)
    with (
        time_machine.travel(timezone.now() + judging.UNDO + timedelta(seconds=1)),
        pytest.raises(errors.Conflict),
    ):
        commands.reopen_alert(by=operator, alert=alert)


def test_a_repair_follows_a_confirmation_and_no_dismissal(operator) -> None:
    confirmed, dismissed = raised(), raised()
    commands.confirm_alert(by=operator, alert=confirmed)
    commands.dismiss_alert(by=operator, alert=dismissed, reason="works")

    commands.report_repair(by=operator, alert=confirmed)

    assert Alert.objects.get(pk=confirmed.pk).status == Alert.REPAIRED
    with pytest.raises(errors.Conflict):
        commands.report_repair(by=operator, alert=dismissed)


def test_a_decision_of_before_the_core_judged_is_still_told(operator) -> None:
    alert = raised(status=Alert.CONFIRMED, note=FOUND)
    old = record("water.alert_confirmed", Happened(alert.entity_id, data={"alert": alert.pk}), by=operator)

    told = state.standing(alert)

    assert (told.by, told.judged) == (str(operator), old.time)
    assert Event.objects.get(pk=old.pk).kind == "water.alert_confirmed"
