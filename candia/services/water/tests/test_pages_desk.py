"""The shift at the desk sees what is wrong, on which evidence, decides with a reason, and looks only with one."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from candia.core.access import Grant, Person
from candia.core.alert import Alert
from candia.core.event import Event
from candia.core.service import services
from candia.services.water import commands, home
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
    return reverse("water-desk-alert", args=[number])


def test_the_worst_stands_first_then_the_newest(client, operator, place) -> None:
    minor = alert(place.meters[0], "low_battery", "minor", text="A minor thing")
    severe = alert(place.meters[1], "burst", "severe", text="A severe thing")
    newer = alert(place.meters[2], "burst", "severe", text="A newer thing", opened=timezone.now())

    page = client.get(reverse("water-desk-alerts")).content.decode()

    assert page.index(at(newer.pk)) < page.index(at(severe.pk)) < page.index(at(minor.pk))


def test_the_list_and_the_map_narrow_together(client, operator, place) -> None:
    other = town()
    shown = alert(place.meters[0], "stuck", text="Stuck here")
    for hidden in (alert(place.meters[1], "silent"), alert(other.meters[0], "stuck")):
        hidden.text = "Not asked for"
        hidden.save()
    query = {"district": place.district.local_id}
    rule = query | {"rule": "stuck"}

    page = client.get(reverse("water-desk-alerts"), rule).content.decode()
    points = client.get(reverse("water-desk-alerts-layer"), rule).json()["features"]

    if "stuck" in page.partition("</form>")[0]:  # the rule is declared, so the filter knows it
        assert at(shown.pk) in page
        assert "Not asked for" not in page
        assert [point["properties"]["url"] for point in points] == [at(shown.pk)]
    narrowed = client.get(reverse("water-desk-alerts"), query).content.decode()
    assert str(other.meters[0].pk) not in narrowed


@pytest.mark.parametrize("query", ["status=nonsense", "district=';--", "page=x", "of=nothing"])
def test_a_filter_that_makes_no_sense_is_left_out(client, operator, place, query) -> None:
    alert(place.meters[0], "stuck")

    for name in ("water-desk-alerts", "water-desk-alerts-layer", "water-desk-meters"):
        assert client.get(f"{reverse(name)}?{query}").status_code == 200


def test_a_district_without_an_alert_is_on_the_map_too(client, operator, place) -> None:
    troubled = town()
    alert(troubled.district, "night_flow", "severe")

    found = client.get(reverse("water-desk-alerts-layer"), {"of": "district"}).json()["features"]

    tones = {feature["properties"]["name"]: feature["properties"]["tone"] for feature in found}
    assert tones[troubled.district.name] == "bad"
    assert tones[place.district.name] == "quiet"


def test_a_confirmed_alert_is_in_the_districts_public_story(client, operator, place) -> None:
    flowed(place.district)
    raised = alert(place.district, "night_flow", "severe")
    evidence = client.get(at(raised.pk)).content.decode()

    answer = client.post(at(raised.pk), {"act": "confirm", "reason": REASON})

    assert evidence.count("<candia-chart") == 2
    assert answer["Location"] == at(raised.pk)
    raised.refresh_from_db()
    assert (raised.status, raised.note) == (Alert.CONFIRMED, REASON)
    assert REASON in client.get(at(raised.pk)).content.decode()
    client.logout()
    story = client.get(reverse("story", args=[place.district.pk])).content.decode()
    kinds = Event.objects.filter(about=place.district.pk).values_list("kind", flat=True)
    assert "water.alert_confirmed" in set(kinds)
    assert story.count("<li") >= 2
    assert REASON not in story


def test_a_dismissal_needs_a_reason_and_what_was_typed_is_kept(client, operator, place) -> None:
    raised = alert(place.district, "night_flow")

    empty = client.post(at(raised.pk), {"act": "dismiss", "reason": "  "})
    nonsense = client.post(at(raised.pk), {"act": "nonsense", "reason": REASON})

    assert empty.status_code == nonsense.status_code == 422
    assert "id_reason_error" in empty.content.decode()
    assert f"{REASON}</textarea>" in nonsense.content.decode()
    raised.refresh_from_db()
    assert raised.status == Alert.OPEN
    client.post(at(raised.pk), {"act": "dismiss", "reason": REASON})
    raised.refresh_from_db()
    assert (raised.status, raised.note) == (Alert.DISMISSED, REASON)


def test_a_second_decision_says_that_there_was_a_first(client, operator, place) -> None:
    raised = alert(place.district, "night_flow")
    client.post(at(raised.pk), {"act": "confirm", "reason": REASON})

    late = client.post(at(raised.pk), {"act": "dismiss", "reason": "Δεν είναι τίποτα."})

    raised.refresh_from_db()
    assert (late.status_code, raised.status) == (422, Alert.CONFIRMED)
    page = late.content.decode()
    assert "Η απόφασή σας δεν καταχωρίστηκε" in page
    assert REASON in page
    assert "<textarea" not in page


def test_a_colleagues_decision_reaches_an_open_page_and_leaves_a_reason_half_written(
    client, operator, place
) -> None:
    raised = alert(place.district, "night_flow")
    part = {"part": "decision"}

    assert client.get(at(raised.pk), part).status_code == 204
    commands.dismiss_alert(by=person("colleague", Grant.OPERATOR), alert=raised, reason=REASON)

    shown = client.get(at(raised.pk), part).content.decode()
    assert REASON in shown
    assert "Colleague" in shown


def test_a_judged_alert_says_how_it_stands_until_it_closes(client, operator, place) -> None:
    raised = alert(place.district, "night_flow")
    commands.confirm_alert(by=operator, alert=raised, note=REASON)

    def standing(**changed: object) -> str:
        Alert.objects.filter(pk=raised.pk).update(**changed)
        page = client.get(at(raised.pk)).content.decode()
        rows = client.get(reverse("water-desk-alerts"), {"status": "confirmed"}).content.decode()
        return page + rows

    now = timezone.now()
    still = standing()
    assert "Συνεχίζεται: εντοπίστηκε τελευταία" in still
    assert "<span>συνεχίζεται</span>" in still
    assert "ο κανόνας δεν μπορεί να κρίνει" in standing(last_seen=now - timedelta(days=9))
    easing = standing(clear_since=now)
    [rule] = [rule for rule in services()["water"].rules if rule.name == "night_flow"]
    until = timezone.localtime(now + rule.settle).strftime("%d/%m/%Y %H:%M")
    assert f"έως τις {until}, η ειδοποίηση κλείνει μόνη της" in easing
    assert "<span>τώρα δεν εντοπίζεται</span>" in easing
    assert "ο κανόνας δεν βρίσκει πια κάτι" in standing(closed=now)


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


def test_the_desks_first_page_tells_operators_how_many_meters_speak(client, operator, place) -> None:
    alert(place.meters[0], "silent")

    page = client.get(reverse("desk")).content.decode()

    assert f"{reverse('water-desk-meters')}?state=silent" in page
    assert home.desk(person("clerk", Grant.CLERK)) == []


def test_a_district_tells_its_curves_balance_and_failing_meters(client, operator, place) -> None:
    flowed(place.district)
    counted(*place.meters)
    alert(place.meters[3], "silent")
    address = reverse("water-desk-district", args=[place.district.local_id])

    pages = {days: client.get(address, {"days": days}).content.decode() for days in ("7", "90", "x")}

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
        reverse("water-desk-alerts"),
        reverse("water-desk-alerts-layer"),
        at(raised.pk),
        reverse("water-desk-districts"),
        reverse("water-desk-district", args=[place.district.local_id]),
        reverse("water-desk-meters"),
        reverse("water-desk-meter", args=[place.meters[0].local_id]),
    ]

    assert all("login" in client.get(address)["Location"] for address in addresses)
    client.force_login(person("resident"))
    assert {client.get(address).status_code for address in addresses} == {403}


@pytest.mark.parametrize("name", ["water-desk-alert", "water-desk-district", "water-desk-meter"])
def test_what_is_not_there_is_not_found(client, operator, name) -> None:
    assert client.get(reverse(name, args=[9_999_999])).status_code == 404


def test_more_meters_ask_no_more_questions(client, operator, django_assert_max_num_queries) -> None:
    few, many = town(3), town(30)
    for meter in many.meters:
        alert(meter, "stuck")
    for address in (
        reverse("water-desk-alerts"),
        reverse("water-desk-districts"),
        reverse("water-desk-meters"),
        reverse("water-desk-district", args=[few.district.local_id]),
        reverse("water-desk-district", args=[many.district.local_id]),
    ):
        client.get(address)
        with django_assert_max_num_queries(20):
            assert client.get(address).status_code == 200
