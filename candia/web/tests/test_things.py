"""Things of any kind by their ids: what they are called, under which page they stand, and who may know of them."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.urls import reverse

from candia.core import things
from candia.core.access import Grant, Person
from candia.services.dialogue.tests.samples import person, submitted
from candia.services.water.models import District, Holding, Meter

pytestmark = pytest.mark.django_db


@pytest.fixture
def place():
    return District.objects.create(
        id="water.district:north", name="Βορράς", names={"en": "North"}, zone="heraklion", connections=400
    )


def test_one_call_tells_names_pages_and_zones_of_things_of_any_kind(place) -> None:
    proposal = submitted(person("maria"))
    ids = [place.id, "water.district:none", proposal.id, "nobody.knows:1", "nonsense"]

    told = things.visible(ids)

    assert list(told) == [place.id, proposal.id]
    assert told[place.id].page == place.page()
    assert (told[place.id].name, told[place.id].zone) == ("Βορράς", "Ηράκλειο")
    assert told[proposal.id].page == proposal.page()
    assert told == things.visible(ids, AnonymousUser())


def test_staff_are_led_to_the_desk_and_see_more_than_others(place) -> None:
    meter = Meter.objects.create(id="water.meter:1", name="1", district=place)
    operator = Person.objects.create_user("operator@example.gr")
    Grant.objects.create(person=operator, role=Grant.OPERATOR, service="water")
    elsewhere = Person.objects.create_user("elsewhere@example.gr")
    Grant.objects.create(person=elsewhere, role=Grant.OPERATOR, service="dialogue")

    told = things.visible([meter.id, place.id], operator)

    assert told[meter.id].page == reverse("water-desk-meter", kwargs={"number": "1"})
    assert told[place.id].page == reverse("water-desk-district", kwargs={"name": "north"})
    assert list(things.visible([meter.id, place.id], elsewhere)) == [place.id]


def test_a_household_knows_of_its_own_meter_alone(place) -> None:
    mine, other = (Meter.objects.create(id=f"water.meter:{number}", district=place) for number in (1, 2))
    maria = person("maria")
    Holding.objects.create(meter=mine, person=maria)

    assert list(things.visible([mine.id, other.id], maria)) == [mine.id]


def test_a_draft_is_its_authors_and_what_is_hidden_is_for_staff_too() -> None:
    maria, moderator = person("maria"), person("antonis")
    Grant.objects.create(person=moderator, role=Grant.MODERATOR, service="dialogue")
    draft, hidden = submitted(maria), submitted(maria)
    type(draft).objects.filter(pk=draft.pk).update(status="draft")
    type(hidden).objects.filter(pk=hidden.pk).update(hidden=True)

    assert list(things.visible([draft.id, hidden.id])) == []
    assert list(things.visible([draft.id, hidden.id], maria)) == [draft.id, hidden.id]
    assert list(things.visible([draft.id, hidden.id], moderator)) == [hidden.id]
