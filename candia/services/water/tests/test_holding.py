"""Stories of who holds a meter: the code of a bill, moving out and in, and what others learn of it: nothing."""

from __future__ import annotations

import pytest
from django.utils import timezone

from candia.core import errors
from candia.core.access import Grant, Person
from candia.core.event import Event
from candia.services.water import commands, holding
from candia.services.water.models import Holding, Meter
from candia.services.water.tests.city import hold, person, town

pytestmark = pytest.mark.django_db


@pytest.fixture
def maria(db) -> Person:
    return person("maria")


@pytest.fixture
def operator(db) -> Person:
    return person("operator", Grant.OPERATOR)


@pytest.fixture
def meter(db) -> Meter:
    return town(2).meters[0]


def holders(meter: Meter) -> set[str]:
    return set(Holding.objects.filter(meter=meter, until=None).values_list("person__email", flat=True))


def claim(by: Person, meter: Meter, code: str | None = None) -> Event:
    meter.refresh_from_db()
    return commands.claim_meter(by=by, serial=meter.serial, code=meter.claim_code if code is None else code)


@pytest.mark.parametrize(
    "written", [str, str.lower, lambda code: code.replace("-", " "), lambda code: f" {code} "]
)
def test_the_code_of_the_bill_opens_the_meter_however_it_is_written(maria, meter, written) -> None:
    meter.claim_code = holding.new_code()
    meter.save()

    event = claim(maria, meter, written(meter.claim_code))

    assert event.data["right"]
    assert event.entity == meter.pk
    assert holders(meter) == {maria.email}


def test_a_wrong_code_and_a_number_that_nobody_has_look_the_same(maria, meter) -> None:
    wrong = claim(maria, meter, "AAAA-AAAA")
    unknown = commands.claim_meter(by=maria, serial="no such number", code=meter.claim_code)

    assert (wrong.kind, wrong.entity, wrong.about, wrong.data) == (
        unknown.kind,
        unknown.entity,
        unknown.about,
        unknown.data,
    )
    assert not wrong.data["right"]
    assert not holders(meter)


def test_a_meter_without_a_code_is_opened_by_none(maria, meter) -> None:
    Meter.objects.filter(pk=meter.pk).update(claim_code="")

    assert not claim(maria, meter, "-").data["right"]
    assert not holders(meter)


def test_codes_cannot_be_tried_for_ever(maria, meter) -> None:
    for number in range(10):
        claim(maria, meter, f"WRONG-{number}")

    with pytest.raises(errors.TooMany):
        claim(maria, meter)
    assert not holders(meter)


def test_who_is_not_verified_claims_nothing(meter) -> None:
    with pytest.raises(errors.Forbidden):
        claim(person("tourist", verified=False), meter)


def test_one_account_holds_a_meter_once_and_a_family_holds_it_together(maria, meter) -> None:
    claim(maria, meter)
    with pytest.raises(errors.Conflict):
        claim(maria, meter)

    claim(person("nikos"), meter)

    assert holders(meter) == {"maria@example.gr", "nikos@example.gr"}


def test_whoever_moves_in_sees_nothing_of_the_household_before(maria, meter) -> None:
    claim(maria, meter)
    old_code, before = meter.claim_code, timezone.now()

    commands.leave_meter(by=maria, meter=meter)

    meter.refresh_from_db()
    assert not claim(person("nikos"), meter, old_code).data["right"]
    assert claim(Person.objects.get(email="nikos@example.gr"), meter).data["right"]
    assert holding.opened(meter, before) > before


def test_a_flatmate_who_leaves_takes_nothing_from_the_others(maria, meter) -> None:
    claim(maria, meter)
    nikos = person("nikos")
    claim(nikos, meter)
    code = meter.claim_code

    commands.leave_meter(by=nikos, meter=meter)

    meter.refresh_from_db()
    assert holders(meter) == {maria.email}
    assert (meter.claim_code, meter.household_since) == (code, None)


def test_nobody_leaves_what_they_do_not_hold(maria, meter) -> None:
    hold(person("nikos"), meter)

    with pytest.raises(errors.NotFound):
        commands.leave_meter(by=maria, meter=meter)
    assert holders(meter) == {"nikos@example.gr"}


def test_the_service_gives_a_meter_to_a_new_customer_and_the_old_one_no_longer_sees_it(
    maria, meter, operator
) -> None:
    hold(person("nikos"), meter)
    code = meter.claim_code

    event = commands.give_meter(by=operator, meter=meter, email=" Maria@Example.gr ")

    meter.refresh_from_db()
    assert holders(meter) == {maria.email}
    assert meter.claim_code != code
    assert meter.household_since is not None
    assert maria.email not in str(event.data)


def test_a_meter_is_given_to_somebody_else_who_has_an_account(meter, operator) -> None:
    with pytest.raises(errors.Refused) as unknown:
        commands.give_meter(by=operator, meter=meter, email="nobody@example.gr")
    with pytest.raises(errors.Refused):
        commands.give_meter(by=operator, meter=meter, email=operator.email)

    assert "email" in unknown.value.fields
    assert not holders(meter)
