"""Everyone sees how much water districts lose, and nobody sees a household."""

import json
import re

import pytest
from django.urls import reverse

from candia.core.alert import Alert
from candia.services.water import home, overview, tasks
from candia.services.water.models import District
from candia.services.water.tests.city import alert, counted, flowed, person, town
from tests.html import tight

pytestmark = pytest.mark.django_db


def measured(meters: int = 12):
    """A district whose inflow and meters have been measured for forty days."""
    place = town(meters)
    flowed(place.district, 40, level=4.0)
    counted(*place.meters, days=40)
    return place


@pytest.mark.any_hour
def test_a_district_says_what_flowed_in_what_was_counted_and_what_is_lost(client) -> None:
    place = measured()
    glance = overview.glances()[place.district.pk]
    share = round(glance.balance.share * 100)

    page = tight(client.get(reverse("water-losses")))
    own = tight(client.get(reverse("water-district", args=[place.district.local_id])))

    assert 0 < share < 100
    for shown in (page, own):
        assert place.district.name in shown
        assert f"{share} %" in shown or f">{share}<" in shown
    assert own.count("<candia-chart") == 2
    assert reverse("story", args=[place.district.pk]) in own
    assert "district_losses" in own


def test_the_map_says_the_share_in_words_as_well_as_by_tone(client) -> None:
    place = measured()
    glance = overview.glances()[place.district.pk]

    found = client.get(reverse("water-districts-layer"), {"by": "losses"}).json()["features"]

    [zone] = [feature for feature in found if place.district.name in feature["properties"]["name"]]
    assert f"{round(glance.share * 100)} %" in zone["properties"]["name"]
    assert zone["properties"]["tone"] == overview.tone(glance.share)
    assert zone["properties"]["synthetic"] is True


def test_the_map_of_a_district_holds_it_alone_whatever_news_come(client) -> None:
    place, _other = measured(), measured()
    page = client.get(reverse("water-district", args=[place.district.local_id])).content.decode()

    [layer] = json.loads(re.search(r'<script id="district-map-layers"[^>]*>(.*?)</script>', page)[1])

    [zone] = layer["data"]["features"]
    assert place.district.name in zone["properties"]["name"]
    assert layer["fit"]
    assert not {"src", "live"} & layer.keys()


def test_a_district_of_few_meters_says_so_and_can_not_be_had_by_subtraction(client) -> None:
    small, large = measured(overview.FEW - 1), measured()
    District.objects.filter(pk=small.district.pk).update(connections=40)
    told = overview.glances()
    here = {name: told[name] for name in (small.district.pk, large.district.pk)}
    balance = told[small.district.pk].balance

    page = client.get(reverse("water-district", args=[small.district.local_id])).content.decode()
    layer = client.get(reverse("water-districts-layer"), {"by": "losses"}).json()["features"]

    assert balance.metered_m3 > 0
    assert f"λιγότερα από {overview.FEW}" in page
    assert "table balance" not in page
    [zone] = [feature for feature in layer if small.district.name in feature["properties"]["name"]]
    assert (zone["properties"]["name"], zone["properties"]["tone"]) == (small.district.name, "quiet")
    assert overview.whole(here).input_m3 == pytest.approx(told[large.district.pk].balance.input_m3)


def test_a_district_of_few_homes_is_nobodys_business(client) -> None:
    small, large = measured(overview.FEW - 1), measured()
    raised = alert(small.district, "night_flow", "severe", text="Somebody draws water at night")
    named, own = small.district.name, small.district.pk

    layers = [
        client.get(reverse("water-districts-layer"), {"by": by}).content.decode() for by in ("losses", "now")
    ]
    pages = [client.get(reverse(name)).content.decode() for name in ("water-losses", "home")]

    assert client.get(reverse("water-district", args=[small.district.local_id])).status_code == 404
    assert client.get(reverse("story", args=[own])).status_code == 404
    assert not any(named in shown or raised.text in shown for shown in layers + pages)
    assert large.district.name in pages[0]
    city = overview.whole(overview.public_glances())
    assert city.inflow == pytest.approx(overview.glances()[large.district.pk].inflow.value)


def test_no_public_page_names_a_meter_or_its_alert(client) -> None:
    place = measured()
    meter = place.meters[0]
    raised = alert(meter, "burst", "severe", text="A burst in this house")
    addresses = [
        reverse("home"),
        reverse("water-losses"),
        reverse("water-district", args=[place.district.local_id]),
        reverse("water-districts-layer"),
        reverse("story", args=[place.district.pk]),
    ]

    for address in addresses:
        shown = client.get(address).content.decode()
        assert meter.serial not in shown
        assert meter.pk not in shown
        assert raised.text not in shown
    assert client.get(reverse("story", args=[meter.pk])).status_code == 404


def test_an_alert_of_a_district_is_told_to_all_until_it_is_dismissed(client) -> None:
    place = measured()
    raised = alert(place.district, "night_flow", "severe", text="Much flows at night")
    address = reverse("water-district", args=[place.district.local_id])

    def told() -> tuple[str, str]:
        found = client.get(reverse("water-districts-layer")).json()["features"]
        one = next(f["properties"] for f in found if f["properties"]["url"] == address)
        return one["tone"], one["text"]

    assert raised.text in client.get(address).content.decode()
    tone, text = told()
    assert (tone, raised.text in text) == ("bad", True)
    Alert.objects.filter(pk=raised.pk).update(status=Alert.DISMISSED)
    tone, text = told()
    assert raised.text not in text
    # Without an alert a district that loses so much is still not green.
    assert tone == overview.tone(overview.public_glances()[place.district.pk].share) != "good"


def test_the_first_page_gets_the_citys_figures_and_its_districts() -> None:
    place = measured()

    told = home.home()

    values = {str(tile["label"]): tile["value"] for tile in told["tiles"]}
    assert len(values) == 4
    assert all(tile["url"] for tile in told["tiles"])
    assert told["layers"][0]["live"] == "water"
    assert json.dumps(told["layers"])
    alert(place.district, "night_flow")
    assert home.home()["tiles"][-1]["value"] == told["tiles"][-1]["value"] + 1


def test_a_city_without_water_yet_has_pages_all_the_same(client) -> None:
    page = client.get(reverse("water-losses"))
    place = town(0)
    District.objects.filter(pk=place.district.pk).update(connections=40)
    bare = client.get(reverse("water-district", args=[place.district.local_id]))

    assert page.status_code == bare.status_code == 200
    assert "<candia-chart" not in bare.content.decode()


@pytest.mark.parametrize("name", ["nothing", "a'--", "%00"])
def test_a_district_that_is_not_there_is_not_found(client, name) -> None:
    assert client.get(f"/water/districts/{name}/").status_code == 404


def test_what_is_the_same_for_all_is_asked_once_a_while(client, monkeypatch) -> None:
    place = measured()
    client.get(reverse("water-district", args=[place.district.local_id]))
    asked: list[object] = []
    monkeypatch.setattr(overview.readings, "balances", lambda *span: asked.append(span) or {})

    for name in ("inflow", "nights"):
        monkeypatch.setattr(overview.readings, name, lambda *_asked, **_how: asked.append(_asked) or [])
    for _visit in range(3):
        client.get(reverse("water-losses"))
        client.get(reverse("water-district", args=[place.district.local_id]))

    assert asked == []


def test_while_one_asks_anew_the_others_get_what_was_known(db) -> None:
    def ask() -> str:
        assert overview.kept("tests.thing", 60, lambda: "never asked") == "old"
        return "new"

    assert overview.kept("tests.thing", 0, lambda: "old") == "old"
    assert overview.kept("tests.thing", 60, ask) == "new"
    assert overview.kept("tests.thing", 60, lambda: "never asked") == "new"


def test_a_job_asks_for_the_balances_so_that_no_reader_waits(client, monkeypatch) -> None:
    place = measured()
    tasks.renew(timestamp=0)
    monkeypatch.setattr(overview.readings, "balances", lambda *_span: pytest.fail("A reader had to wait."))

    page = client.get(reverse("water-losses")).content.decode()

    assert place.district.name in page
    assert overview.glances()[place.district.pk].balance is not None


def test_an_answer_that_fails_is_asked_for_again(db) -> None:
    with pytest.raises(ZeroDivisionError):
        overview.kept("tests.broken", 60, lambda: 1 / 0)

    assert overview.kept("tests.broken", 60, lambda: "well") == "well"


def test_english_readers_get_english_names(client) -> None:
    place = measured()

    page = client.get(f"/en/water/districts/{place.district.local_id}/").content.decode()

    assert place.district.names["en"] in page
    assert person("somebody").pk  # a reader needs no account: this page was opened without one
