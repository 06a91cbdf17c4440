"""Who asks is known from one question, and only while all of it is true."""

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import connection
from django.test.utils import CaptureQueriesContext

from candia.core.access import Grant, Person

pytestmark = pytest.mark.django_db
PASSWORD = "a long enough password"
# Where it stands who somebody is and what they may do.
WHO = ("django_session", "core_person", "core_grant", "mfa_authenticator")


@pytest.fixture
def maria(client):
    person = Person.objects.create_user("maria@example.gr", PASSWORD)
    person.emailaddress_set.create(email=person.email, verified=True, primary=True)
    client.post("/account/login/", {"login": person.email, "password": PASSWORD})
    assert who(client) == str(person.pk)
    return person


def who(client):
    return client.get("/session").json()["person"]


def questions(client, path="/session"):
    with CaptureQueriesContext(
        connection,
    ) as asked:
        client.get(path)
    return [one["sql"] for one in asked]


def test_the_session_the_person_and_their_roles_are_one_question(client, maria):
    Grant.objects.create(person=maria, role=Grant.OPERATOR)
    client.get("/data/")

    asked = questions(client, "/data/")

    who_asks = [sql for sql in asked if any(table in sql for table in WHO)]
    assert len(who_asks) == 1, asked
    assert "/desk/" in client.get("/data/").content.decode()


def test_a_role_counts_and_ends_with_the_next_page(client, maria, settings):
    settings.CANDIA_REQUIRE_MFA = False
    grant = Grant.objects.create(person=maria, role=Grant.OPERATOR, service="water")
    assert client.get("/desk/").status_code == 200

    grant.delete()

    assert client.get("/desk/").status_code == 403


@pytest.mark.parametrize(
    "end",
    [
        lambda maria: Session.objects.all().delete(),
        lambda maria: Session.objects.update(expire_date="2020-01-01T00:00Z"),
        lambda maria: Person.objects.update(is_active=False),
        lambda maria: (maria.set_password("another long password"), maria.save()),
        lambda maria: maria.delete(),
    ],
    ids=["session ended", "session expired", "account closed", "password changed", "account erased"],
)
def test_nobody_is_signed_in_any_more(client, maria, end):
    end(maria)

    assert who(client) == ""


def test_a_session_that_allauth_has_not_noted_is_known_all_the_same(client, maria):
    UserSession.objects.all().delete()

    assert who(client) == str(maria.pk)


def test_a_session_noted_for_another_opens_nothing_of_theirs(client, maria):
    other = Person.objects.create_user("other@example.gr", PASSWORD)
    UserSession.objects.update(user=other)

    assert who(client) == str(maria.pk)


def test_a_session_with_a_forged_proof_is_ended(client, maria):
    session = client.session
    session[HASH_SESSION_KEY] = "x" * 64
    session.save()

    assert who(client) == ""
    assert not Session.objects.exists()
