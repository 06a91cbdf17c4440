"""Every meter on the desk's map: where it hangs, what is wrong there, and sent again only when it changed."""

import gzip
import json

import pytest
from django.urls import reverse

from candia.core.access import Grant
from candia.services.water.pages import everywhere
from candia.services.water.tests.city import alert, person, town

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator(client):
    everywhere.forget()
    made = person("operator", Grant.OPERATOR)
    client.force_login(made)
    return made


def points(answer):
    return {each["properties"]["name"]: each for each in answer.json()["features"]}


def test_a_meter_stands_where_it_hangs_in_the_tone_of_its_worst_alert(client, operator):
    troubled, minor, well, *_ = town().meters
    alert(troubled, "silent", "minor")
    alert(troubled, "burst", "severe")
    alert(minor, "low_battery", "minor")

    shown = points(client.get(reverse("water-desk-meters-layer")))

    tones = [shown[meter.serial]["properties"]["tone"] for meter in (troubled, minor, well)]
    assert tones == ["bad", "info", "good"]
    assert shown[well.serial]["geometry"]["coordinates"] == [25.15, 35.34]
    assert client.get(shown[well.serial]["properties"]["url"]).status_code == 200


def test_a_meter_without_a_place_is_on_no_map(client, operator):
    lost, *_ = town().meters
    lost.lon = lost.lat = None
    lost.save()

    assert lost.serial not in points(client.get(reverse("water-desk-meters-layer")))


def test_it_comes_packed_and_only_when_it_changed(client, operator):
    town()
    address = reverse("water-desk-meters-layer")

    packed = client.get(address, headers={"Accept-Encoding": "gzip"})
    again = client.get(address, headers={"If-None-Match": packed["ETag"]})

    assert json.loads(gzip.decompress(packed.content)) == client.get(address).json()
    assert again.status_code == 304


def test_each_language_leads_to_its_own_pages(client, operator):
    town()
    for language in ("", "/en"):
        found = client.get(f"{language}/desk/water/meters.geojson").json()["features"]
        assert all(each["properties"]["url"].startswith(f"{language}/desk/water/meters/") for each in found)


def test_the_map_shows_what_the_list_shows_under_the_same_address(client, operator):
    place, _other = town(), town()
    troubled, _well, stuck, *_ = place.meters
    alert(troubled, "burst", "severe")
    alert(stuck, "stuck")
    for asked, meters in (
        ({"district": place.district.local_id}, place.meters),
        ({"district": place.district.local_id, "state": "alert"}, [troubled, stuck]),
        ({"q": stuck.serial, "page": "7"}, [stuck]),
        ({"state": "stuck", "q": troubled.serial}, []),
    ):
        shown = points(client.get(reverse("water-desk-meters-layer"), asked))
        listed = client.get(reverse("water-desk-meters"), asked)

        assert set(shown) == {meter.serial for meter in meters}
        assert listed.context["found"] == len(meters)
        assert {row["meter"] for row in listed.context["rows"]} == set(meters)
