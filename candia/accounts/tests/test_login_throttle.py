"""Who guesses is slowed; who owns the account comes in."""

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.core import mail
from django.core.cache import cache
from django.test import Client, RequestFactory

from candia.accounts import login_throttle
from candia.accounts.adapters import Keys
from candia.accounts.tests.test_stories import code_of, is_in, password
from candia.core.access import Person

pytestmark = pytest.mark.django_db
HOME, ELSEWHERE = "192.0.2.10", "203.0.113.66"


@pytest.fixture(autouse=True)
def _anew(settings):
    cache.clear()
    # What is looked at is who may try, and not how long a try takes.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def eleni():
    return account("eleni@example.gr")


def account(email):
    person = Person.objects.create_user(email, password)
    EmailAddress.objects.create(user=person, email=email, verified=True, primary=True)
    return person


def at(address):
    return Client(REMOTE_ADDR=address)


def tries(client, email, word):
    return client.post("/account/login/", {"login": email, "password": word})


def everywhere(email, machines=21):
    """A guesser with a machine in each of many places; each tries a word that is wrong."""
    for number in range(machines):
        request = RequestFactory(REMOTE_ADDR=f"203.0.113.{number}").post("/account/login/")
        request.session = {}
        login_throttle.take(request, email)


def test_a_guesser_elsewhere_does_not_lock_the_owner_out(eleni):
    guesser, owner = at(ELSEWHERE), at(HOME)
    for number in range(6):
        tries(guesser, eleni.email, f"guess number {number}")
    tries(guesser, eleni.email, password)
    assert not is_in(guesser)

    tries(owner, eleni.email, password)

    assert is_in(owner)


def test_guessers_everywhere_are_stopped_and_a_device_that_is_known_comes_in(eleni):
    known = at(HOME)
    tries(known, eleni.email, password)
    known.post("/account/logout/")
    assert not is_in(known)
    everywhere(eleni.email)
    newcomer = at("198.51.100.1")
    refused = tries(newcomer, eleni.email, password)
    assert not is_in(newcomer)
    assert "συσκευή από την οποία" in refused.content.decode()

    tries(known, eleni.email, password)

    assert is_in(known)


def test_a_known_device_is_no_key_for_another_account_nor_for_endless_guesses(eleni):
    account("other@example.gr")
    thief = at(HOME)
    tries(thief, "other@example.gr", password)
    thief.post("/account/logout/")
    everywhere(eleni.email)
    tries(thief, eleni.email, password)
    assert not is_in(thief)

    for number in range(10):
        tries(thief, "other@example.gr", f"guess number {number}")
    tries(thief, "other@example.gr", password)

    assert not is_in(thief)


def test_a_cookie_that_somebody_made_up_is_worth_nothing(eleni):
    everywhere(eleni.email)
    forger = at(HOME)
    forger.cookies[login_throttle.COOKIE] = "eyJpZCI6IngiLCJtYXJrcyI6WyJ4Il19:1abc:nothing"

    tries(forger, eleni.email, password)

    assert not is_in(forger)


def test_the_owner_with_a_new_device_comes_in_by_the_code_from_the_mail(eleni):
    everywhere(eleni.email)
    owner = at(HOME)
    owner.post("/account/password/reset/", {"email": eleni.email})
    code = next(line.strip() for line in mail.outbox[-1].body.splitlines() if line.startswith("    "))
    owner.post("/account/password/reset/confirm/", {"code": code})
    fresh = "εντελώς-καινούριο-και-μακρύ"
    owner.post("/account/password/reset/complete/", {"password1": fresh, "password2": fresh})
    everywhere(eleni.email)

    tries(owner, eleni.email, fresh)

    assert is_in(owner)


def test_one_address_may_not_try_many_accounts():
    people = [account(f"person{number}@example.gr") for number in range(21)]
    sprayer, other = at(ELSEWHERE), at(HOME)
    for person in people:
        tries(sprayer, person.email, "the same word for all")

    tries(sprayer, people[-1].email, password)
    tries(other, people[-1].email, password)

    assert not is_in(sprayer)
    assert is_in(other)


def test_who_is_right_is_not_counted(eleni):
    for _time in range(7):
        visitor = at(HOME)
        tries(visitor, eleni.email, password)
        assert is_in(visitor)


def test_a_code_of_the_second_factor_is_guessed_no_better_and_locks_nobody_out(eleni):
    secret = "JBSWY3DPEHPK3PXP"
    data = {"secret": Keys().encrypt(secret)}
    Authenticator.objects.create(user=eleni, type=Authenticator.Type.TOTP, data=data)
    thief, owner = at(ELSEWHERE), at(HOME)
    tries(thief, eleni.email, password)
    for number in range(8):
        thief.post("/account/2fa/authenticate/", {"code": f"{number:06}"})
    thief.post("/account/2fa/authenticate/", {"code": code_of(secret)})
    assert not is_in(thief)

    tries(owner, eleni.email, password)
    owner.post("/account/2fa/authenticate/", {"code": code_of(secret)})

    assert is_in(owner)
