"""The search page: one wants one thing and does not know which service it belongs to."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import override

from candia.core import search_index
from candia.doors.limits import Limiter
from candia.participation import commands as participation
from candia.services.dialogue import commands
from candia.services.dialogue.tests.samples import person, submitted
from candia.web.portal import searching
from tests.html import tight

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _unlimited(monkeypatch):
    monkeypatch.setattr(searching, "searching", Limiter(rate=1000, burst=10_000))


@pytest.fixture
def lane(db):
    return submitted(person("maria"), "Ποδηλατόδρομος στην παραλιακή", lon=25.13, lat=35.34)


def asked(client, q, language="el", **more):
    with override(language):
        return client.get(reverse("search"), {"q": q, **more.pop("query", {})}, **more)


@pytest.mark.parametrize(("language", "said"), [("el", "Βρέθηκε 1"), ("en", "1 found")])
def test_a_proposal_is_found_by_who_does_not_know_where_to_look(client, lane, language, said):
    text = tight(asked(client, "podilatodromos", language))

    assert said in text
    assert f'href="{"/en" if language == "en" else ""}/dialogue/proposals/{lane.number}/"' in text
    assert 'role="status"' in text


def test_it_is_found_by_the_words_of_its_text_and_by_where_it_is(client, lane):
    assert "Ποδηλατόδρομος" in asked(client, "καλοκαίρι").content.decode()


def test_what_a_moderator_hides_is_found_no_more_and_what_is_withdrawn_still_is(client, lane):
    commands.withdraw_proposal(by=lane.author, proposal=lane, reason="Έγινε ήδη.")
    assert "Βρέθηκε 1" in tight(asked(client, "ποδηλατόδρομος"))

    moderator = person("moderator", "moderator")
    participation.hide(by=moderator, entity=lane, reason="Δεν είναι πρόταση για την πόλη.")

    assert "Τίποτα δημόσιο" in asked(client, "ποδηλατόδρομος").content.decode()


def test_a_draft_is_its_authors_alone(client):
    from candia.services.dialogue.tests.samples import draft

    author = person("maria")
    draft(author, "Μυστική ιδέα για το λιμάνι")
    client.force_login(author)

    assert "Τίποτα δημόσιο" in asked(client, "μυστική ιδέα").content.decode()


def test_one_letter_is_answered_by_what_is_needed_and_nothing_by_nothing(client, lane):
    assert "2 γράμματά της" in asked(client, "π").content.decode()
    page = asked(client, "").content.decode()
    assert "autofocus" in page
    assert "Βρέθηκ" not in page


def test_kinds_narrow_and_the_map_has_the_same(client, lane):
    search_index.prepare()

    every = tight(asked(client, "προτάσεις ποδηλατόδρομος παραλιακή"))
    assert "Ποδηλατόδρομος" in every
    pages = tight(asked(client, "προτάσεις", query={"kind": "page"}))
    assert 'href="/dialogue/proposals/"' in pages
    answer = client.get(reverse("search-places"), {"q": "ποδηλατόδρομος"})
    (feature,) = json.loads(answer.content)["features"]
    assert feature["geometry"]["coordinates"] == [25.13, 35.34]
    assert feature["properties"]["url"] == lane.page()


def test_while_somebody_types_the_list_comes_alone_and_says_how_many(client, lane):
    part = asked(client, "ποδηλ", headers={"HX-Request": "true", "HX-Target": "found"}).content.decode()

    assert "<html" not in part
    assert 'id="said" hx-swap-oob' in part


def test_who_asks_without_end_is_told_to_wait(client, lane, monkeypatch):
    monkeypatch.setattr(searching, "searching", Limiter(rate=0.01, burst=1))
    asked(client, "ποδηλατόδρομος")

    assert asked(client, "ποδηλατόδρομος").status_code == 429
    part = asked(client, "ποδηλ", headers={"HX-Request": "true", "HX-Target": "found"})
    assert "Ρωτήσατε πολύ συχνά" in part.content.decode()


def test_it_asks_the_records_little(client, lane):
    search_index.prepare()
    asked(client, "ποδηλατόδρομος")

    with CaptureQueriesContext(connection) as queries:
        asked(client, "ποδηλατόδρομος")

    # The words; who may know of it, its row and its page; whether anything of it has a place.
    assert len(queries) <= 6, [one["sql"] for one in queries]


def test_it_leads_there_from_every_page(client):
    assert 'href="/search/"' in client.get("/data/").content.decode()
