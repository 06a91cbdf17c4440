"""Stories of a letter: asked for, printed, posted, and its code entered or guessed at."""

import json

import pytest
from django.core.serializers import serialize
from hypothesis import given
from hypothesis import strategies as st

from candia.accounts import inbox, residency
from candia.accounts.models import ALPHABET, LENGTH, Letter
from candia.accounts.tests.samples import somebody
from candia.core import errors
from candia.core.access import Grant
from candia.core.event import Event

pytestmark = pytest.mark.django_db


@pytest.fixture
def anna():
    return somebody("anna")


@pytest.fixture
def clerk():
    return somebody("clerk", (Grant.CLERK, ""))


def posted(anna, clerk) -> Letter:
    residency.request_code(by=anna, addressee="Άννα", address="Οδός 1, 713 00 Ηράκλειο")
    letter = Letter.objects.get(person=anna)
    residency.print_letter(by=clerk, letter=letter.pk)
    letter.refresh_from_db()
    return letter


def test_the_code_from_the_letter_makes_a_verified_resident(anna, clerk, client):
    client.force_login(anna)
    client.post("/people/me/residency/", {"addressee": "Άννα", "address": "Οδός 1, 713 00 Ηράκλειο"})
    client.force_login(clerk)
    number = Letter.objects.get().pk
    client.post(f"/desk/people/letters/{number}/")
    page = client.get(f"/desk/people/letters/{number}/")
    code = page.context["code"]
    assert code in page.content.decode()

    client.force_login(anna)
    client.post("/people/me/residency/", {"code": f" {code.lower().replace('-', ' ')} "})

    anna.refresh_from_db()
    assert (anna.is_verified, anna.verified_how) == (True, "post")
    assert not Letter.objects.exists()


def test_the_code_stands_nowhere_in_the_records(anna, clerk):
    letter = posted(anna, clerk)

    kept = serialize("json", [letter]) + json.dumps(list(Event.objects.values("data", "entity")))

    assert letter.code() not in kept
    assert letter.code().replace("-", "") not in kept


def test_a_letter_that_is_not_printed_opens_nothing(anna):
    residency.request_code(by=anna, addressee="Άννα", address="Οδός 1")

    with pytest.raises(errors.Refused):
        residency.redeem_code(by=anna, code=anna.letter.code())


def test_five_wrong_codes_end_the_letter_and_the_day(anna, clerk):
    letter = posted(anna, clerk)

    for _attempt in range(5):
        assert residency.redeem_code(by=anna, code="AAAAA-AAAAA").data == {"right": False}

    with pytest.raises(errors.TooMany):
        residency.redeem_code(by=anna, code=letter.code())
    letter.refresh_from_db()
    assert not letter.is_open
    anna.refresh_from_db()
    assert not anna.is_verified


def test_the_code_of_another_is_wrong(anna, clerk):
    letter, other = posted(anna, clerk), posted(somebody("other"), clerk)

    assert letter.code() != other.code()
    assert residency.redeem_code(by=anna, code=other.code()).data == {"right": False}


def test_an_old_letter_is_void(anna, clerk):
    letter = posted(anna, clerk)
    letter.printed -= Letter.VALID
    letter.save()

    with pytest.raises(errors.Refused):
        residency.redeem_code(by=anna, code=letter.code())


def test_letters_are_asked_for_three_times_a_day_at_most(anna):
    for _time in range(3):
        residency.request_code(by=anna, addressee="Άννα", address="Οδός 1")

    with pytest.raises(errors.TooMany):
        residency.request_code(by=anna, addressee="Άννα", address="Οδός 1")
    assert Letter.objects.count() == 1


@given(st.integers(1, 10**9), st.text("0123456789abcdef", min_size=32, max_size=32))
def test_every_code_is_ten_signs_that_paper_does_not_confuse(person, nonce):
    left, right = Letter(person_id=person, nonce=nonce).code().split("-")

    assert len(left + right) == LENGTH
    assert set(left + right) <= set(ALPHABET)
    assert not set("01IO") & set(left + right)


def test_a_clerk_confirms_at_the_desk_and_withdraws_again(anna, clerk, client):
    client.force_login(clerk)
    address = "/desk/people/residents/?email=ANNA@example.gr"

    client.post(address, {"document": "passport"})
    anna.refresh_from_db()
    assert (anna.is_verified, anna.verified_how) == (True, "desk")
    client.post(address, {"reason": "moved"})

    anna.refresh_from_db()
    assert not anna.is_verified
    done = Event.objects.filter(kind__startswith="people.resident_").order_by("pk")
    kinds = ["people.resident_verified", "people.resident_unverified"]
    assert [event.kind for event in done] == kinds
    assert done[0].data == {"document": "passport"}


def test_the_desk_tells_a_clerk_first_of_the_letters_that_wait(anna, clerk, client):
    residency.request_code(by=anna, addressee="Άννα", address="Οδός 1\n713 00 Ηράκλειο")
    client.force_login(clerk)
    [pile] = inbox.waiting(clerk)
    page = client.get("/desk/").content.decode()
    assert str(pile.title) in page
    assert pile.url in page
    residency.print_letter(by=clerk, letter=Letter.objects.get(person=anna).pk)
    assert not list(inbox.waiting(clerk))
    assert str(pile.title) not in client.get("/desk/").content.decode()
