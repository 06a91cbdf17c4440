"""What a page's scripts are told of who is signed in, before anything is done in another's name."""

import pytest
from django.test import Client

from candia.core.access import Person

pytestmark = pytest.mark.django_db


@pytest.fixture
def giorgos():
    return Person.objects.create_user("giorgos@example.gr", "a long enough password")


@pytest.fixture
def maria():
    return Person.objects.create_user("maria@example.gr", "a long enough password")


def test_nothing_is_done_for_somebody_whose_session_has_ended(client, giorgos):
    answer = client.post("/people/me/", {"display_name": "Γιώργος"}, headers={"X-Person": str(giorgos.pk)})

    assert (answer.status_code, answer["X-Session"]) == (401, "gone")


def test_nothing_is_done_in_the_name_of_another(client, giorgos, maria):
    client.force_login(maria)
    before = Person.objects.values().get(pk=maria.pk)

    answer = client.post("/people/me/", {"display_name": "Γιώργος"}, headers={"X-Person": str(giorgos.pk)})

    assert (answer.status_code, answer["X-Session"]) == (401, "other")
    assert Person.objects.values().get(pk=maria.pk) == before


def test_an_aged_form_is_told_apart_and_sent_again_with_the_token_of_now(giorgos):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(giorgos)
    headers = {"X-Person": str(giorgos.pk), "X-CSRFToken": "x" * 64}

    aged = strict.post("/account/logout/", headers=headers)
    told = strict.get("/session").json()
    again = strict.post("/account/logout/", headers={**headers, "X-CSRFToken": told["token"]})

    assert (aged.status_code, aged["X-Session"]) == (403, "aged")
    assert told["person"] == str(giorgos.pk)
    assert again.status_code == 302


def test_who_is_signed_in_is_never_kept_by_a_cache(client):
    answer = client.get("/session")

    assert answer.json()["person"] == ""
    assert "no-store" in answer["Cache-Control"]


def test_signing_out_names_whose_words_the_device_forgets(client, giorgos):
    client.force_login(giorgos)
    assert "candia-left" not in client.get("/").cookies

    answer = client.post("/account/logout/")

    assert answer.cookies["candia-left"].value == str(giorgos.pk)
