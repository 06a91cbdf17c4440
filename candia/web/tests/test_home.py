"""The first page stands on a bad day, and with any of the services."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone

from candia.core import service as core
from candia.core.zones import zones
from candia.web.portal import home_feed
from tests.html import tight

pytestmark = pytest.mark.django_db
WORDS = {"el": "δεν απαντά αυτή τη στιγμή", "en": "does not answer at the moment"}


@pytest.fixture
def city(monkeypatch):
    """Lets a test say which services the city has, and what each one's home does."""

    def has(**homes):
        declared = core.services()
        some = {name: replace(declared[name], home=home) for name, home in homes.items()}
        monkeypatch.setattr(home_feed, "services", lambda: some)
        home_feed._gathered.cache_clear()

    yield has
    home_feed._gathered.cache_clear()


def good():
    return {"tiles": [{"label": "Δέντρα", "value": "1.204"}], "steps": {"measure": "/trees/"}}


def broken():
    raise ValueError("a bad day")


def away():
    raise OperationalError("connection refused")


@pytest.mark.parametrize(("address", "language"), [("/", "el"), ("/en/", "en")])
def test_one_service_that_fails_is_named_and_the_others_are_there(city, client, address, language):
    city(water=broken, dialogue=good)

    page = client.get(address)

    assert page.status_code == 200
    text = page.content.decode()
    assert "1.204" in text
    assert text.count(WORDS[language]) == 1


def test_the_page_stands_when_the_records_are_away(city, client):
    asked = []
    city(water=away, dialogue=lambda: asked.append(1) or good())

    text = tight(client.get("/"))

    assert text.count(WORDS["el"]) == 2
    assert not asked, "Nobody waits for a second service to find that the database is away."


def test_a_city_without_services_has_a_first_page(city, client):
    city()

    page = client.get("/")

    assert page.status_code == 200
    assert "Δεν έχουν φτάσει ακόμη στοιχεία" in page.content.decode()


@pytest.mark.parametrize(("met", "word"), [(True, "τηρείται"), (False, "δεν τηρείται ακόμη")])
def test_what_was_promised_stands_beside_what_is_measured(city, client, met, word):
    measure = {"label": "Δέντρα", "value": "980", "promise": "χίλια", "met": met, "notes": ["ως χθες"]}
    city(water=lambda: {"measures": [{**measure, "url": "/trees/", "url_label": "Πού"}]})

    text = tight(client.get("/"))

    assert "Τι υποσχέθηκε και τι μετρά" in text
    assert f"{word}</span>" in text
    assert '<a class="more" href="/trees/">Πού</a>' in text
    assert all(told in text for told in ("980", "χίλια", "ως χθες"))


def test_a_step_that_a_service_serves_is_a_link_and_another_is_not(city, client):
    city(water=good)

    text = tight(client.get("/"))

    assert '<a href="/trees/"><b>Μέτρηση</b>' in text
    assert text.count("Δεν γίνεται ακόμη από εδώ.") == 4


def test_news_asks_for_the_parts_alone(city, client):
    city(water=good)

    part = client.get("/", headers={"HX-Request": "true"})

    text = tight(part)
    assert text.startswith('<div class="figures"')
    assert "<html" not in text
    assert "HX-Request" in part["Vary"]


def tiles(name, *weights, **more):
    return lambda: {
        "tiles": [
            {"label": f"{name}{number}", "value": "1", "weight": weight, **more}
            for number, weight in enumerate(weights, start=1)
        ]
    }


def shown(zone=""):
    return [tile["label"] for tile in home_feed.gathered().chosen("tiles", zone)]


def test_with_room_for_all_each_service_keeps_its_order(city):
    city(water=tiles("w", 1, 3, 1), dialogue=tiles("d", 1))

    assert shown() == ["w1", "w2", "w3", "d1"]


def test_services_share_few_places_and_what_is_urgent_comes_first(city):
    city(water=tiles("w", 1, 1, 1, 5), dialogue=tiles("d", 1, 1), devices=tiles("o", 2, 0.1))

    assert shown() == ["w4", "o1", "d1", "w1", "d2", "o2"]


def test_what_happened_long_ago_makes_room(city):
    old = timezone.now() - timedelta(days=30)
    city(water=tiles("w", 1, 1, 1, 1, time=old), dialogue=tiles("d", 0.5, 0.5, 0.5))

    assert shown()[0] == "d1"


def test_a_neighbourhood_chosen_once_brings_its_own_first_and_is_kept_apart_from_others(city, client):
    city(
        water=lambda: {
            "decisions": [
                {"title": f"Στην {zone}", "url": "/", "status": "", "zone": zone} for zone in zones()
            ]
        }
    )
    first, *_, last = zones()

    def is_first(zone):
        return f"Στην {zone}<" in tight(client.get("/")).partition('class="title"')[2][:120]

    assert is_first(first)

    answer = client.get("/neighbourhood/", {"zone": last, "next": "/map/"})

    assert answer["Location"] == "/map/"
    assert is_first(last)
    client.get("/neighbourhood/", {"zone": ""})
    assert is_first(first)


@pytest.mark.parametrize(
    "back", ["//elsewhere.example", "https://elsewhere.example", "/\\elsewhere.example", ""]
)
def test_nobody_is_led_elsewhere_by_choosing(client, back):
    assert client.get("/neighbourhood/", {"zone": "x", "next": back})["Location"] == "/"
