"""Stories of the shift: alerts are judged once and with reason, readings looked at with one."""

from __future__ import annotations

import pytest
from django.utils import timezone

from candia.core import errors
from candia.core.access import Grant, Person
from candia.core.alert import Alert
from candia.core.event import Event, story
from candia.services.water import commands
from candia.services.water.models import Look
from candia.services.water.tests.city import Town, alert, person, town

pytestmark = pytest.mark.django_db
REASON = "Ο συνεργάτης βρήκε σπασμένη παροχή στην οδό Έβανς."


@pytest.fixture
def operator(db) -> Person:
    return person("operator", Grant.OPERATOR)


@pytest.fixture
def place(db) -> Town:
    return town(2)


def test_the_story_of_a_district_has_the_alert_and_its_confirmation(operator, place) -> None:
    risen = alert(place.district, "night_flow")

    event = commands.confirm_alert(by=operator, alert=risen, note=REASON)

    assert event.because == risen.opened_by
    assert list(story(place.district.pk)) == [risen.opened_by, event]


def test_what_was_found_stays_with_the_alert_and_out_of_the_history(operator, place) -> None:
    risen = alert(place.district, "night_flow")

    event = commands.dismiss_alert(by=operator, alert=risen, reason=REASON)

    risen.refresh_from_db()
    assert (risen.status, risen.note) == (Alert.DISMISSED, REASON)
    assert REASON not in str(event.cloudevent())


@pytest.mark.parametrize("reason", ["", "   ", "\n"])
def test_nothing_is_dismissed_without_a_reason(operator, place, reason) -> None:
    risen = alert(place.district, "night_flow")

    with pytest.raises(errors.Refused) as refused:
        commands.dismiss_alert(by=operator, alert=risen, reason=reason)

    risen.refresh_from_db()
    assert risen.status == Alert.OPEN
    assert "reason" in refused.value.fields


def test_the_second_of_two_colleagues_hears_that_it_is_decided(operator, place) -> None:
    risen = alert(place.district, "night_flow")
    commands.dismiss_alert(by=operator, alert=risen, reason=REASON)

    with pytest.raises(errors.Conflict):
        commands.confirm_alert(by=person("colleague", Grant.OPERATOR), alert=risen)

    risen.refresh_from_db()
    assert risen.status == Alert.DISMISSED


def test_what_is_over_is_not_judged(operator, place) -> None:
    past = alert(place.district, "night_flow", closed=timezone.now())

    with pytest.raises(errors.Conflict):
        commands.confirm_alert(by=operator, alert=past)


def test_the_shift_of_water_judges_no_other_services_alerts(operator, place) -> None:
    other = alert(place.district, "night_flow")
    Alert.objects.filter(pk=other.pk).update(rule="lighting.dark_street")

    with pytest.raises(errors.NotFound):
        commands.confirm_alert(by=operator, alert=other)


def test_a_look_at_readings_keeps_its_reason_where_only_the_service_reads_it(operator, place) -> None:
    meter = place.meters[0]

    event = commands.view_readings(by=operator, meter=meter, reason=REASON)

    look = Look.objects.get(pk=event.data["look"])
    assert (look.person, look.reason, look.meter_id) == (operator, REASON, meter.pk)
    assert REASON not in str(event.cloudevent())


def test_no_look_without_a_reason(operator, place) -> None:
    with pytest.raises(errors.Refused):
        commands.view_readings(by=operator, meter=place.meters[0], reason=" ")

    assert not Look.objects.exists()
    assert not Event.objects.filter(kind="water.readings_viewed").exists()


def test_not_even_the_holder_may_look_as_staff_do(place) -> None:
    with pytest.raises(errors.Forbidden):
        commands.view_readings(by=person("holder"), meter=place.meters[0], reason=REASON)


def test_whoever_looks_at_everything_is_stopped(operator, place) -> None:
    for _look in range(60):
        commands.view_readings(by=operator, meter=place.meters[0], reason=REASON)

    with pytest.raises(errors.TooMany):
        commands.view_readings(by=operator, meter=place.meters[1], reason=REASON)
