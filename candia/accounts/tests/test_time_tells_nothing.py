"""Whether somebody has an account is not told by how much is done for an answer."""

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from candia.accounts import mail_queue
from candia.accounts.tests.test_stories import password
from candia.core.access import Person

pytestmark = pytest.mark.django_db
FORMS = {
    "signing up": ("/account/signup/", "email", {"password1": "εντελώς-άλλο-και-μακρύ"}),
    "signing in": ("/account/login/", "login", {"password": "a wrong one"}),
    "a new password": ("/account/password/reset/", "email", {}),
}


@pytest.fixture
def work(monkeypatch):
    """What is done: passwords that are hashed, mails that are queued, and changes to the records."""
    done = []
    hashed, queued = Argon2PasswordHasher.encode, mail_queue.send.defer
    monkeypatch.setattr(Argon2PasswordHasher, "encode", lambda *told: done.append("a hash") or hashed(*told))
    verified = Argon2PasswordHasher.verify
    monkeypatch.setattr(
        Argon2PasswordHasher, "verify", lambda *told: done.append("a hash") or verified(*told)
    )
    monkeypatch.setattr(mail_queue.send, "defer", lambda **told: done.append("a mail") or queued(**told))
    return done


@pytest.mark.parametrize("form", FORMS)
def test_the_same_is_done_for_who_has_an_account_and_for_who_has_none(work, form):
    cache.clear()
    person = Person.objects.create_user("eleni@example.gr", password)
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    answers, done = [], []
    address, field, more = FORMS[form]
    for email in ("eleni@example.gr", "nobody@example.gr"):
        work.clear()
        with CaptureQueriesContext(
            connection,
        ) as asked:
            answer = Client().post(address, {field: email, **more})
        writes = sorted(
            query["sql"].split('"')[1]
            for query in asked.captured_queries
            if query["sql"].startswith(("INSERT", "UPDATE")) and "people_cache" not in query["sql"]
        )
        answers.append((answer.status_code, answer.get("Location")))
        done.append((sorted(work), writes))

    assert answers[0] == answers[1]
    assert done[0] == done[1]
    assert "a hash" in done[0][0] or form == "a new password"


def test_an_account_that_was_only_rehearsed_is_not_there():
    person = Person.objects.create_user("eleni@example.gr", password)
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)

    Client().post("/account/signup/", {"email": person.email, "password1": "εντελώς-άλλο-και-μακρύ"})

    assert list(Person.objects.filter(is_active=True).exclude(email__startswith="system")) == [person]
    assert Person.objects.get(pk=person.pk).check_password(password)
