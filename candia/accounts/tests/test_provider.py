"""Stories of signing in through an identity provider: a real one, on loopback."""

import dataclasses
import json

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.test import Client

from candia.accounts.tests.provider import Idp, serving
from candia.accounts.tests.samples import somebody
from candia.core.access import Person
from candia.core.event import Event

pytestmark = pytest.mark.django_db
eleni = {
    "sub": "gr-4711",
    "email": "eleni@example.gr",
    "email_verified": True,
    "name": "Ελένη Παπαδάκη",
    "tax_number": "123456783",
    "resident_of_heraklion": True,
}


@pytest.fixture
def idp(settings):
    with serving(Idp()) as provider:
        settings.CANDIA = dataclasses.replace(
            settings.CANDIA, oidc_issuer=provider.url, oidc_verified_claim="resident_of_heraklion"
        )
        configured = settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]
        app = {
            "provider_id": "city",
            "name": "Gov",
            "client_id": "candia",
            "secret": "s",
            "settings": {"server_url": provider.url},
        }
        settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {**configured, "APPS": [app]}}
        yield provider


def come_through(client: Client, idp: Idp, claims: dict):
    idp.claims = claims
    away = client.post("/account/oidc/city/login/")
    assert away.status_code == 302
    back = idp.authorize(away["Location"])
    return client.get(back.removeprefix("http://testserver"), follow=True)


def test_a_resident_known_to_the_provider_comes_in_verified(client, idp):
    assert "Gov" in client.get("/account/login/").content.decode()

    come_through(client, idp, eleni)

    person = Person.objects.get()
    assert client.get("/people/me/").status_code == 200
    assert (person.email, person.name, person.verified_how) == (eleni["email"], eleni["name"], "oidc")
    assert Event.objects.get().kind == "people.claim_accepted"
    assert Event.objects.get().by == "oidc"


def test_of_the_providers_answer_nothing_else_is_kept(client, idp):
    come_through(client, idp, eleni)
    come_through(Client(), idp, eleni)

    kept = SocialAccount.objects.get()
    assert kept.extra_data == {"sub": "gr-4711", "resident": True}
    assert eleni["tax_number"] not in json.dumps(list(SocialAccount.objects.values("extra_data", "uid")))


def test_who_the_provider_does_not_call_a_resident_is_none(client, idp):
    come_through(client, idp, {**eleni, "resident_of_heraklion": False})

    assert not Person.objects.get().is_verified


def test_the_claim_counts_at_a_later_sign_in_too_and_once(client, idp):
    come_through(client, idp, {**eleni, "resident_of_heraklion": False})
    come_through(Client(), idp, eleni)
    come_through(Client(), idp, eleni)

    assert Person.objects.get().is_verified
    assert Event.objects.count() == 1


def test_an_address_that_the_provider_proved_opens_the_account_of_that_address(client, idp):
    old = somebody("eleni")
    EmailAddress.objects.create(user=old, email=old.email, verified=True, primary=True)

    come_through(client, idp, eleni)

    assert Person.objects.get().pk == old.pk
    assert client.get("/people/me/").status_code == 200


def test_an_address_that_it_did_not_prove_opens_nobodys_account(client, idp):
    old = somebody("eleni")
    EmailAddress.objects.create(user=old, email=old.email, verified=True, primary=True)

    come_through(client, idp, {**eleni, "sub": "stranger", "email_verified": False})

    assert client.get("/people/me/").status_code == 302
    assert not SocialAccount.objects.filter(user=old).exists()
    old.refresh_from_db()
    assert not old.is_verified


def test_a_token_for_somebody_else_is_refused(client, idp):
    token = idp.token
    idp.token = lambda form: {**token(form), "id_token": token_for_another(idp)}

    come_through(client, idp, eleni)

    assert client.get("/people/me/").status_code == 302
    assert not Person.objects.exists()


def token_for_another(idp: Idp) -> str:
    code = idp.authorize(f"{idp.url}/authorize?scope=openid&redirect_uri=x&state=y&client_id=another")
    return Idp.token(idp, {"code": code.partition("code=")[2].partition("&")[0]})["id_token"]


def test_a_state_that_was_not_given_out_is_refused(client, idp):
    idp.claims = eleni
    back = idp.authorize(client.post("/account/oidc/city/login/")["Location"])

    Client().get(back.removeprefix("http://testserver"))

    assert not Person.objects.exists()
