"""A household sees its own water, is told what to do, takes its figures along, and is the only one who can."""

import csv
import io
import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from candia.core.access import Grant
from candia.services.water import commands
from candia.services.water.models import Holding
from candia.services.water.tests.city import alert, counted, hold, person, town

pytestmark = pytest.mark.django_db
HERE = "/water/my-water/"


@pytest.fixture
def place():
    return town()


@pytest.fixture
def holder(client, place):
    made = person("holder")
    hold(made, place.meters[0])
    counted(place.meters[0])
    client.force_login(made)
    return made


def own(meter) -> str:
    return reverse("water-my-meter", args=[meter.local_id])


def drawn(page: str) -> list[float]:
    return [float(value) for value in re.findall(r'<data value="([^"]+)">', page)]


def taken(client, meter, every: str) -> list[list[str]]:
    answer = client.get(reverse("water-my-use", args=[meter.local_id, every]))
    text = answer.content.decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text), delimiter=";"))


def test_a_holder_sees_what_the_meter_counted(client, holder, place) -> None:
    page = client.get(HERE).content.decode()

    assert place.meters[0].serial in page
    assert drawn(page).count(12.0) > 100
    assert "no-store" in client.get(HERE)["Cache-Control"]


@pytest.mark.any_hour
@pytest.mark.parametrize(("every", "litres"), [("hour", 1000), ("day", 1000), ("month", 1)])
def test_the_file_has_what_the_chart_has(client, holder, place, every, litres) -> None:
    page = client.get(own(place.meters[0]), {"every": every}).content.decode()

    head, *rows = taken(client, place.meters[0], every)

    assert head[2] == "m³"
    volumes = [float(row[2].replace(",", ".")) * litres for row in rows]
    assert volumes
    assert volumes == pytest.approx(drawn(page), abs=0.51)
    assert all("." not in row[2] for row in rows)


def test_hours_that_were_not_read_are_told_as_estimated(client, holder, place) -> None:
    from candia.services.water.tests.city import keep

    meter = place.meters[1]
    now = timezone.now().replace(minute=0, second=0, microsecond=0)
    keep(meter.pk, "water.index", [(now - timedelta(hours=9), 50.0), (now - timedelta(hours=1), 50.8)])
    hold(holder, meter)

    _head, *rows = taken(client, meter, "hour")

    # The first reading says where the index stood; the eight hours after it share what it rose by.
    assert [row[3] for row in rows] == ["", *["κατ' εκτίμηση"] * 8]
    assert {row[2] for row in rows[1:]} == {"0,100"}


def test_nobody_elses_meter_is_there(client, holder, place) -> None:
    neighbour = place.meters[1]
    hold(person("neighbour"), neighbour)
    file = reverse("water-my-use", args=[neighbour.local_id, "hour"])

    assert client.get(own(neighbour)).status_code == 404
    assert client.post(own(neighbour)).status_code == 404
    assert client.get(file).status_code == 404
    assert client.get(own(place.meters[2])).status_code == 404
    client.force_login(person("operator", Grant.OPERATOR))
    assert client.get(own(place.meters[0])).status_code == 404


def test_who_is_not_signed_in_is_led_to_the_door(client, place) -> None:
    for address in (HERE, own(place.meters[0]), reverse("water-my-use", args=["1", "hour"])):
        assert "login" in client.get(address)["Location"]


def test_a_leak_is_told_with_what_to_do(client, holder, place) -> None:
    alert(place.meters[0], "continuous_flow", text="continuous")
    alert(place.meters[1], "burst", text="the neighbour's")

    page = client.get(HERE).content.decode()

    assert "Κλείστε όλες τις βρύσες" in page
    assert "the neighbour" not in page


@pytest.mark.any_hour
def test_alerts_of_whoever_lived_here_before_stay_theirs(client, holder, place) -> None:
    before = timezone.now() - timedelta(days=2)
    alert(place.meters[0], "burst", opened=before, last_seen=before, closed=before)
    assert (
        f"{timezone.localtime(before):%d/%m/%Y}"
        in client.get(HERE).content.decode().partition('id="before"')[2]
    )

    place.meters[0].household_since = timezone.now() - timedelta(days=1)
    place.meters[0].save()

    assert (
        f"{timezone.localtime(before):%d/%m/%Y}"
        not in client.get(HERE).content.decode().partition('id="before"')[2]
    )


@pytest.mark.any_hour
@pytest.mark.parametrize("every", ["hour", "day", "month"])
def test_what_another_household_used_here_stays_theirs(client, holder, place, every) -> None:
    meter = place.meters[0]
    meter.household_since = timezone.now() - timedelta(hours=48)
    meter.save()

    _head, *rows = taken(client, meter, every)

    used = sum(float(row[2].replace(",", ".")) for row in rows) * 1000 / 12
    assert 46 <= round(used, 6) <= 48
    assert sum(drawn(client.get(own(meter), {"every": every}).content.decode())) > 0


def test_a_look_by_the_city_is_seen_by_the_household(client, holder, place) -> None:
    assert "Κανείς εκτός από εσάς" in client.get(HERE).content.decode()

    commands.view_readings(
        by=person("operator", Grant.OPERATOR), meter=place.meters[0], reason="Έλεγχος διαρροής."
    )

    assert "Κανείς εκτός από εσάς" not in client.get(HERE).content.decode()


def test_the_code_of_the_bill_makes_a_meter_ones_own(client, place) -> None:
    meter = place.meters[4]
    counted(meter)
    client.force_login(person("newcomer"))
    assert 'name="serial"' in client.get(HERE).content.decode()

    wrong = client.post(HERE, {"serial": meter.serial, "code": "WRONG"})
    right = client.post(HERE, {"serial": meter.serial, "code": meter.claim_code})

    assert wrong.status_code == 422
    assert f'value="{meter.serial}"' in wrong.content.decode()
    assert right["Location"] == HERE
    assert meter.serial in client.get(HERE).content.decode()


def test_the_unverified_are_told_the_way_and_claim_nothing(client, place) -> None:
    meter = place.meters[4]
    client.force_login(person("tourist", verified=False))

    page = client.get(HERE).content.decode()
    answer = client.post(HERE, {"serial": meter.serial, "code": meter.claim_code})

    assert reverse("people-residency") in page
    assert 'name="serial"' not in page
    assert answer.status_code in {403, 422}
    assert not Holding.objects.exists()


def test_several_meters_stand_side_by_side_and_each_can_be_left(client, holder, place) -> None:
    second = place.meters[1]
    hold(holder, second)
    page = client.get(HERE).content.decode()
    assert own(second) in page

    client.post(own(place.meters[0]))

    assert client.get(own(place.meters[0])).status_code == 404
    assert client.get(own(second)).status_code == 200


def test_one_page_asks_a_bounded_number_of_questions(
    client, holder, place, django_assert_max_num_queries
) -> None:
    for meter in place.meters[1:6]:
        hold(holder, meter)
        alert(meter, "stuck")

    with django_assert_max_num_queries(14):
        client.get(HERE)
