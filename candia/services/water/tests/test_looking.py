"""Readings of a household are looked at with a reason, and each look is counted."""

from __future__ import annotations

import pytest

from candia.core import errors
from candia.core.access import Grant, Person
from candia.core.event import Event
from candia.core.look import Look
from candia.services.water import commands
from candia.services.water.tests.city import Town, person, town

pytestmark = pytest.mark.django_db
REASON = "Ο συνεργάτης βρήκε σπασμένη παροχή στην οδό Έβανς."


@pytest.fixture
def operator(db) -> Person:
    return person("operator", Grant.OPERATOR)


@pytest.fixture
def place(db) -> Town:
    return town(2)


def test_a_look_at_readings_keeps_its_reason_where_only_the_service_reads_it(operator, place) -> None:
    meter = place.meters[0]

    event = commands.view_readings(by=operator, meter=meter, reason=REASON)

    look = Look.objects.get(pk=event.data["look"])
    assert (look.person, look.reason, look.of) == (operator, REASON, meter.pk)
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
