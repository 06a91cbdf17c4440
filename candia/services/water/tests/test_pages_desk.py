"""The shift at the desk sees what is wrong, on which evidence, decides with a reason, and looks only with one."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from candia.core.access import Grant, Person
from candia.core.alert import Alert
from candia.core.event import Event
from candia.services.water.models import Holding
from candia.services.water.tests.city import Town, alert, counted, flowed, keep, person, town

pytestmark = pytest.mark.django_db
REASON = "Το συνεργείο βρήκε σπασμένη παροχή."


@pytest.fixture
def operator(client: Client) -> Person:
    made = person("operator", Grant.OPERATOR)
    client.force_login(made)
    return made


@pytest.fixture
def place() -> Town:
    return town()


def at(number: int) -> str:
    return reverse("operations-desk-alert", args=[number])


def test_a_confirmed_alert_is_in_the_districts_public_story(client, operator, place) -> None:
    flowed(place.district)
    raised = alert(place.district, "night_flow", "severe")
    evidence = client.get(at(raised.pk)).content.decode()

    answer = client.post(at(raised.pk), {"act": "confirm", "confirm_reason": "seen", "note": REASON})

    assert evidence.count("<candia-chart") == 2
    assert answer["Location"] == at(raised.pk)
    raised.refresh_from_db()
    assert (raised.status, raised.note) == (Alert.CONFIRMED, REASON)
    assert REASON in client.get(at(raised.pk)).content.decode()
    client.logout()
    story = client.get(reverse("story", args=[place.district.pk])).content.decode()
    kinds = Event.objects.filter(about=place.district.pk).values_list("kind", flat=True)
    assert "core.alert_confirmed" in set(kinds)
    assert story.count("<li") >= 2
    assert REASON not in story


def test_a_households_curve_opens_with_a_reason_and_each_look_is_an_event(client, operator, place) -> None:
    meter = place.meters[0]
    counted(meter)
    raised = alert(meter, "continuous_flow")
    for address in (at(raised.pk), reverse("water-desk-meter", args=[meter.local_id])):
        assert "<candia-chart" not in client.get(address).content.decode()

    refused = client.post(at(raised.pk), {"act": "look", "look-reason": ""})
    looks = Event.objects.filter(entity=meter.pk, kind="water.readings_viewed")

    assert refused.status_code == 422
    assert not looks.exists()
    client.post(at(raised.pk), {"act": "look", "look-reason": "Τηλεφώνησε ο κάτοχος."})
    assert looks.get().by == operator.actor_id
    assert "<candia-chart" in client.get(at(raised.pk)).content.decode()
    assert "<candia-chart" in client.get(reverse("water-desk-meter", args=[meter.local_id])).content.decode()
    neighbour = reverse("water-desk-meter", args=[place.meters[1].local_id])
    assert "<candia-chart" not in client.get(neighbour).content.decode()


def test_a_look_is_ones_own_and_ends(client, operator, place) -> None:
    meter = place.meters[0]
    counted(meter)
    address = reverse("water-desk-meter", args=[meter.local_id])
    client.post(address, {"act": "look", "look-reason": "Τηλεφώνησε ο κάτοχος."})

    client.force_login(person("colleague", Grant.OPERATOR))

    assert "<candia-chart" not in client.get(address).content.decode()


def test_an_operator_gives_a_meter_and_writes_down_its_exchange(client, operator, place) -> None:
    customer, meter = person("customer"), place.meters[0]
    address = reverse("water-desk-meter", args=[meter.local_id])

    unknown = client.post(address, {"act": "give", "give-email": "nobody@example.gr"})
    client.post(address, {"act": "give", "give-email": customer.email})
    wrong = client.post(address, {"act": "exchange", "exchange-serial": "NEW-1", "exchange-index": "πολύ"})
    client.post(address, {"act": "exchange", "exchange-serial": "NEW-1", "exchange-index": "0,5"})

    assert unknown.status_code == wrong.status_code == 422
    assert 'value="nobody@example.gr"' in unknown.content.decode()
    assert 'value="πολύ"' in wrong.content.decode()
    assert Holding.objects.get(meter=meter, until=None).person == customer
    exchanged = Event.objects.get(entity=meter.pk, kind="water.meter_exchanged")
    assert (exchanged.data["serial"], exchanged.data["index"]) == ("NEW-1", 0.5)


def test_colleagues_see_who_looked_and_why(client, operator, place) -> None:
    address = reverse("water-desk-meter", args=[place.meters[0].local_id])
    client.post(address, {"act": "look", "look-reason": "Παράπονο για τον λογαριασμό."})

    client.force_login(person("colleague", Grant.OPERATOR))

    assert "Παράπονο για τον λογαριασμό." in client.get(address).content.decode()


def test_a_district_tells_its_curves_balance_and_failing_meters(client, operator, place) -> None:
    flowed(place.district)
    counted(*place.meters)
    alert(place.meters[3], "silent")
    address = reverse("water-desk-district", args=[place.district.local_id])

    pages = {
        days: client.get(address, {"days": days}).content.decode() for days in ("7", "90", "x", "9" * 5000)
    }

    silent = f"{reverse('water-desk-meters')}?district={place.district.local_id}&amp;state=silent"
    for page in pages.values():
        assert page.count("<candia-chart") == 2
        assert silent in page
        assert "table balance" in page
    found = client.get(reverse("water-desk-meters"), {"state": "silent"}).content.decode()
    assert place.meters[3].serial in found
    assert place.meters[2].serial not in found


def test_meters_are_found_by_serial_by_number_and_by_district(client, operator, place) -> None:
    other = town()
    meter = place.meters[5]
    keep(meter.pk, "water.battery", [(timezone.now(), 43.0)])

    for query in ({"q": meter.serial.lower()}, {"q": meter.local_id}, {"q": meter.pk}):
        page = client.get(reverse("water-desk-meters"), query).content.decode()
        assert meter.serial in page
        assert "43 %" in page
        assert place.meters[6].serial not in page
    here = client.get(reverse("water-desk-meters"), {"district": other.district.local_id}).content.decode()
    assert meter.serial not in here
    assert all(each.serial in here for each in other.meters)


def test_the_desk_is_for_operators_of_water(client, place) -> None:
    raised = alert(place.meters[0], "stuck")
    addresses = [
        at(raised.pk),
        reverse("water-desk-districts"),
        reverse("water-desk-district", args=[place.district.local_id]),
        reverse("water-desk-meters"),
        reverse("water-desk-meter", args=[place.meters[0].local_id]),
    ]

    assert all("login" in client.get(address)["Location"] for address in addresses)
    client.force_login(person("resident"))
    assert {client.get(address).status_code for address in addresses} == {403}


@pytest.mark.parametrize("name", ["water-desk-district", "water-desk-meter"])
def test_what_is_not_there_is_not_found(client, operator, name) -> None:
    assert client.get(reverse(name, args=[9_999_999])).status_code == 404


def test_more_meters_ask_no_more_questions(client, operator, django_assert_max_num_queries) -> None:
    few, many = town(3), town(30)
    for meter in many.meters:
        alert(meter, "stuck")
    for address in (
        reverse("desk"),
        reverse("water-desk-districts"),
        reverse("water-desk-meters"),
        reverse("water-desk-district", args=[few.district.local_id]),
        reverse("water-desk-district", args=[many.district.local_id]),
    ):
        client.get(address)
        with django_assert_max_num_queries(20):
            assert client.get(address).status_code == 200
