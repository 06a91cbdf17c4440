"""The map page: what is seen can be shared, and read by who can't see it."""

import re

import pytest

from candia.services.dialogue import commands
from candia.services.dialogue.tests.samples import person, submitted
from candia.web.portal import home_feed
from tests.html import tight

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh():
    home_feed._gathered.cache_clear()


@pytest.fixture
def two(db):
    author = person("maria")
    return (
        submitted(author, "Παγκάκι στο λιμάνι", lon=25.137, lat=35.343),
        submitted(author, "Παγκάκι στην Κνωσό", lon=25.163, lat=35.298),
    )


def names(page) -> list[str]:
    return re.findall(r'<a href="/dialogue/proposals/\d+/"[^>]*>([^<]+)</a>', tight(page))


def test_the_same_stands_as_a_list_nearest_first(client, two):
    harbour, knossos = two

    assert names(client.get("/map/?layers=proposals&at=35.343,25.137,15")) == [harbour.name, knossos.name]
    page = client.get("/map/?layers=proposals&at=35.298,25.163,15")
    assert names(page) == [knossos.name, harbour.name]
    assert "ανοιχτή για υποστήριξη" in page.content.decode()


def test_the_thing_that_was_shared_comes_first_in_either_language(client, two):
    harbour, knossos = two

    for prefix in ("", "/en"):
        path = f"{prefix}/map/?layers=proposals&at=35.343,25.137,15&thing={knossos.page()}"
        text = tight(client.get(path))
        assert text.index(knossos.name) < text.index(harbour.name)
        assert 'aria-current="true"' in text


@pytest.mark.parametrize(
    "asked",
    ["?at=", "?at=a,b,c", "?at=nan,1,2", "?at=99,25,12", "?layers=nothing", "?layers=,&thing=javascript:x"],
)
def test_an_address_without_sense_shows_the_city(client, asked):
    page = client.get(f"/map/{asked}")

    assert page.status_code == 200
    assert 'centre="25.' in page.content.decode()


def test_only_chosen_layers_are_on_and_the_others_can_be_had(client, two):
    text = client.get("/map/?layers=districts").content.decode()

    assert "Παγκάκι" not in text
    assert '"id": "proposals"' in text
    assert 'value="proposals" >' in text.replace("\n", " ").replace("  ", " ")


def test_a_map_that_was_moved_gets_the_list_alone(client, two):
    part = client.get("/map/?layers=proposals", headers={"HX-Request": "true", "HX-Target": "nearby"})

    assert "<html" not in part.content.decode()
    assert names(part)


def test_a_no_is_no_alarm_on_the_map(client, two):
    refused = two[0]
    commands.decline_proposal(
        by=person("officer", "operator"), proposal=refused, text="Δεν γίνεται εκεί, το κράσπεδο είναι στενό."
    )

    part = {"HX-Request": "true", "HX-Target": "nearby"}
    page = tight(client.get("/map/?layers=proposals&at=35.343,25.137,15", headers=part))

    assert "tone-bad" not in page
    assert "όχι τώρα, μη δεκτή ή αποσυρμένη" in page
