"""What water keeps about a person: handed over in full, and gone with the account."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from candia.core.access import Grant, Person
from candia.core.look import of
from candia.core.service import services
from candia.core.telemetry import zone
from candia.services.water import commands, holding, personal
from candia.services.water.models import Holding, Meter
from candia.services.water.tests.city import counted, hold, person, town

pytestmark = pytest.mark.django_db
records = {record.name: record for record in personal.records}


@pytest.fixture
def maria(db) -> Person:
    return person("maria")


@pytest.fixture
def operator(db) -> Person:
    return person("operator", Grant.OPERATOR)


@pytest.fixture
def meter(db) -> Meter:
    meter = town(1).meters[0]
    counted(meter, days=3, litres=12.0)
    return meter


@pytest.mark.any_hour
def test_a_household_takes_its_days_and_the_looks_at_them_along(maria, meter, operator) -> None:
    hold(maria, meter)
    commands.view_readings(by=operator, meter=meter, reason="Παράπονο για τον λογαριασμό.")

    [taken] = records["meters"].export(maria)

    assert taken["meter"] == meter.serial
    assert len(taken["looks"]) == 1
    assert sum(day["m3"] for day in taken["use"]) == pytest.approx(3 * 24 * 0.012, abs=0.002)
    assert taken["use"][-1]["day"] == str(timezone.localdate(timezone=zone()))
    assert json.dumps(taken)


def test_a_household_takes_nothing_of_the_one_before(maria, meter) -> None:
    holding.begin(meter)
    Meter.objects.filter(pk=meter.pk).update(household_since=timezone.now() - timedelta(hours=26))
    hold(maria, meter)

    [taken] = records["meters"].export(maria)

    assert 0 < sum(day["m3"] for day in taken["use"]) <= 27 * 0.012


def test_who_left_a_meter_takes_what_it_counted_meanwhile(maria, meter) -> None:
    held = hold(maria, meter)
    now = timezone.now()
    Holding.objects.filter(pk=held.pk).update(
        since=now - timedelta(hours=50), until=now - timedelta(hours=40)
    )
    Meter.objects.filter(pk=meter.pk).update(household_since=now - timedelta(hours=40))

    [taken] = records["meters"].export(maria)

    assert 0.1 < sum(day["m3"] for day in taken["use"]) <= 11 * 0.012


def test_an_erased_account_holds_nothing_and_its_bill_opens_nothing(maria, meter) -> None:
    hold(maria, meter)
    code = meter.claim_code

    records["meters"].erase(maria)

    meter.refresh_from_db()
    assert not Holding.objects.filter(person=maria).exists()
    assert meter.claim_code != code
    assert records["meters"].export(maria) == []


def test_that_somebody_looked_and_why_outlives_their_account(meter, operator) -> None:
    commands.view_readings(by=operator, meter=meter, reason="Παράπονο για τον λογαριασμό.")
    kept = {record.name: record for record in services()["people"].personal}["looks"]
    assert kept.export(operator)[0]["reason"] == "Παράπονο για τον λογαριασμό."

    kept.erase(operator)

    [look] = of(meter)
    assert (look.person, look.reason) == (None, "Παράπονο για τον λογαριασμό.")
    assert kept.export(operator) == []
