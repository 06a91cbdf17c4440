"""Tokens at the page: made by who proves who they are, shown once, revoked; programs let in at the desk."""

from __future__ import annotations

import re
import time

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import reverse

from candia.accounts import tokens
from candia.accounts.models import Integration, Token
from candia.accounts.tests.samples import program, somebody, token
from candia.core.access import Grant, Person
from candia.core.event import Event

pytestmark = pytest.mark.django_db
PASSWORD = "a long enough password"
WANTED = {
    "make": "1",
    "title": "Σενάριο",
    "scopes": ["read", "commands:dialogue"],
    "days": "90",
    "once": "form 1",
}
shown_token = re.compile(r"cnd_[0-9A-Za-z]{49}")


def prove(client: Client, person: Person, *methods: str) -> None:
    """As if the person had just shown these again."""
    session = client.session
    session["account_authentication_methods"] = [
        {"method": method, "at": time.time(), "reauthenticated": True} for method in methods
    ]
    session["account_authentication_methods_user"] = str(person.pk)
    session.save()


def signed_in(person: Person, *methods: str) -> Client:
    client = Client()
    client.force_login(person)
    if methods:
        prove(client, person, *methods)
    return client


def test_a_resident_proves_who_they_are_and_gets_a_token_this_once() -> None:
    anna = somebody("anna")
    client, page = signed_in(anna), reverse("people-my-tokens")

    asked = client.post(page, WANTED)
    assert asked.status_code == 302
    assert reverse("account_reauthenticate") in asked["Location"]
    assert not Token.objects.exists()
    # What was filled in is not lost: the proof leads on to the token.
    answer = client.post(asked["Location"], {"password": PASSWORD})
    text = shown_token.search(answer.content.decode())[0]

    assert "no-store" in answer["Cache-Control"]
    assert tokens.authenticate(text).person == anna
    listed = client.get(page).content.decode()
    assert text not in listed
    assert text[:12] in listed
    assert Event.objects.get().data.keys() == {"token", "scopes", "expires"}


def test_a_form_that_is_sent_again_shows_the_same_token() -> None:
    anna = somebody("anna")
    client = signed_in(anna, "password")

    first, again = (client.post(reverse("people-my-tokens"), WANTED).content.decode() for _ in range(2))

    assert shown_token.search(first)[0] == shown_token.search(again)[0]
    assert Token.objects.count() == 1


def test_a_token_is_revoked_by_its_owner_and_by_nobody_else() -> None:
    anna, eve = somebody("anna"), somebody("eve")
    text = token(anna, "read")
    number, page = str(anna.tokens.get().pk), reverse("people-my-tokens")

    assert signed_in(eve).post(page, {"revoke": number}).status_code == 404
    assert tokens.authenticate(text) is not None
    signed_in(anna).post(page, {"revoke": number})
    assert tokens.authenticate(text) is None


@pytest.mark.parametrize(
    "wrong", [{"title": " "}, {"scopes": []}, {"scopes": ["commands:everything"]}, {"days": "3660"}]
)
def test_what_a_token_lacks_is_said_and_what_was_typed_stays(wrong) -> None:
    anna = somebody("anna")

    page = signed_in(anna, "password").post(reverse("people-my-tokens"), WANTED | wrong).content.decode()

    assert not Token.objects.exists()
    assert "Σενάριο" in page or "title" in wrong


def test_staff_show_their_second_factor_before_they_make_a_token(settings) -> None:
    settings.CANDIA_REQUIRE_MFA = True
    operator, page = somebody("operator", (Grant.OPERATOR, "water")), reverse("people-my-tokens")

    assert not shown_token.search(signed_in(operator, "password").post(page, WANTED).content.decode())
    Authenticator.objects.create(user=operator, type=Authenticator.Type.TOTP, data={})
    assert not shown_token.search(signed_in(operator, "password").post(page, WANTED).content.decode())
    assert not Token.objects.exists()

    text = shown_token.search(signed_in(operator, "password", "mfa").post(page, WANTED).content.decode())[0]
    assert tokens.acting(tokens.authenticate(text)).has_role(Grant.OPERATOR, "water")


def test_an_administrator_lets_a_program_in_gives_it_a_token_and_stops_it() -> None:
    client = signed_in(admin := somebody("admin", (Grant.ADMINISTRATOR, "")), "password")
    told = {"id": "call-centre", "title": "Τηλεφωνικό κέντρο", "held": ["operator:water"]}

    made = client.post(reverse("people-desk-integrations"), told)
    page = made["Location"]
    wanted = {**WANTED, "scopes": ["read", "commands:water"]}
    text = shown_token.search(client.post(page, wanted).content.decode())[0]

    centre = Integration.objects.get()
    acting = tokens.acting(tokens.authenticate(text))
    assert (acting, acting.actor_id) == (centre, "integration:call-centre")
    assert acting.has_role(Grant.OPERATOR, "water")
    assert not acting.has_role(Grant.OPERATOR, "dialogue")
    client.post(page, {"stop": "1"})
    assert tokens.authenticate(text) is None
    assert {event.by for event in Event.objects.all()} == {admin.actor_id}


@pytest.mark.parametrize("held", ["administrator:water", "clerk:people", "operator:", "operator:nowhere"])
def test_no_program_is_let_in_to_let_others_in(held) -> None:
    client = signed_in(somebody("admin", (Grant.ADMINISTRATOR, "")))

    client.post(reverse("people-desk-integrations"), {"id": "x", "title": "x", "held": [held]})

    assert not Integration.objects.exists()


def test_a_person_takes_along_what_is_kept_of_their_tokens_and_nothing_that_opens() -> None:
    anna = somebody("anna")
    text = token(anna, "read")
    client = signed_in(anna)

    kept = client.get(reverse("people-my-data")).content.decode()

    assert text[4:12] in kept
    assert tokens.fingerprint(text) not in kept
    client.post(reverse("people-erase"), {"proof": PASSWORD})
    assert not Token.objects.exists()


def test_a_program_shows_when_it_was_there_last() -> None:
    text = token(program("centre", "operator:water"), "read")
    client = signed_in(somebody("admin", (Grant.ADMINISTRATOR, "")))
    before = client.get(reverse("people-desk-integrations")).content.decode()

    tokens.authenticate(text)

    assert "<time" not in before
    assert "<time" in client.get(reverse("people-desk-integrations")).content.decode()


def test_a_token_that_was_found_is_revoked_by_an_administrator_whoever_it_belongs_to() -> None:
    text = token(somebody("anna"), "read")
    client, page = (
        signed_in(somebody("admin", (Grant.ADMINISTRATOR, ""))),
        reverse("people-desk-integrations"),
    )

    client.post(page, {"found": "cnd_" + "0" * 49})
    client.post(page, {"found": text[4:]})
    assert tokens.authenticate(text) is not None
    client.post(page, {"found": text[:12]})

    assert tokens.authenticate(text) is None


@pytest.mark.parametrize(
    ("role", "where", "offered"),
    [
        ("", "", {"read", "commands:dialogue", "commands:participation"}),
        (Grant.OPERATOR, "water", {"read", "commands:dialogue", "commands:participation", "commands:water"}),
    ],
)
def test_the_form_offers_what_the_owner_may_do_and_no_more(role, where, offered) -> None:
    anna = somebody("anna")
    if role:
        Grant.objects.create(person=anna, role=role, service=where)
    page = signed_in(anna, "password").get(reverse("people-my-tokens")).content.decode()

    scopes = set(re.findall(r'name="scopes"[^>]*value="([^"]+)"', page))
    assert offered <= scopes
    if not role:
        assert scopes == offered, "a resident works neither in water nor at the desk"
