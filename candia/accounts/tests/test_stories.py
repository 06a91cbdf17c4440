"""Stories of accounts: signing up, being locked out, a second factor, and leaving for good."""

import base64
import hmac
import json
import re
import time

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session
from django.core import mail
from django.db import connection
from django.test import Client

from candia.accounts import commands, residency, sample
from candia.accounts.tests.samples import somebody
from candia.core import errors
from candia.core.access import Grant, Person, system
from candia.core.event import Event
from candia.core.service import services

pytestmark = pytest.mark.django_db
password = "κάτι-μακρύ-και-δύσκολο"


def sign_up(client: Client, email: str = "eleni@example.gr", language: str = "") -> str:
    """Fill in the form; the answer is the code that came by mail."""
    answer = client.post(f"{language}/account/signup/", {"email": email, "password1": password})
    assert answer.status_code == 302, answer.context["form"].errors
    return re.search(r"^ {4}(\S+)$", mail.outbox[-1].body, re.MULTILINE)[1]


def sign_in(client: Client, email: str, word: str = password):
    return client.post("/account/login/", {"login": email, "password": word})


def is_in(client: Client) -> bool:
    return client.get("/people/me/").status_code == 200


def everywhere(*words: str) -> list[str]:
    """Every table and column of the database in which one of the words stands, sessions opened."""
    found = []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public' "
            "AND (data_type IN ('text', 'character varying', 'jsonb', 'json', 'ARRAY', 'inet'))"
        )
        for table, column in cursor.fetchall():
            for word in words:
                cursor.execute(
                    f'SELECT count(*) FROM "{table}" WHERE "{column}"::text ILIKE %s', [f"%{word}%"]
                )
                found += [f"{table}.{column}: {word}"] if cursor.fetchone()[0] else []
    for session in Session.objects.all():
        found += [f"session: {word}" for word in words if word in json.dumps(session.get_decoded())]
    return found


@pytest.mark.parametrize(("prefix", "language"), [("", "el"), ("/en", "en")])
def test_a_resident_opens_an_account_with_the_code_from_the_mail(client, prefix, language):
    code = sign_up(client, language=prefix)
    assert not is_in(client)

    client.post(f"{prefix}/account/confirm-email/", {"code": code})

    assert is_in(client)
    person = Person.objects.get(email="eleni@example.gr")
    assert person.language == language
    assert not person.is_verified
    assert code in mail.outbox[0].subject


def test_a_wrong_code_opens_nothing_and_three_end_the_attempt(client):
    code = sign_up(client)

    for _attempt in range(3):
        client.post("/account/confirm-email/", {"code": "WRONG1"})
    client.post("/account/confirm-email/", {"code": code})

    assert not is_in(client)
    assert not EmailAddress.objects.filter(email="eleni@example.gr", verified=True).exists()


def test_signing_up_does_not_tell_who_has_an_account(client):
    somebody("eleni")
    EmailAddress.objects.create(
        user=Person.objects.get(), email="eleni@example.gr", verified=True, primary=True
    )

    known = client.post("/account/signup/", {"email": "eleni@example.gr", "password1": password})
    unknown = Client().post("/account/signup/", {"email": "other@example.gr", "password1": password})

    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])


def test_guessing_a_password_is_stopped_even_for_who_then_knows_it(client):
    person = Person.objects.create_user("eleni@example.gr", password)
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)

    for attempt in range(5):
        sign_in(client, person.email, f"guess number {attempt}")
    answer = sign_in(client, person.email)

    assert not is_in(client)
    assert answer.status_code == 429 or answer.context["form"].errors


def code_of(secret: str, steps_ahead: int = 0) -> str:
    """What an authenticator app shows (RFC 6238, six digits, half a minute)."""
    step = int(time.time()) // 30 + steps_ahead
    digest = hmac.digest(base64.b32decode(secret), step.to_bytes(8, "big"), "sha1")
    start = digest[-1] & 15
    return f"{(int.from_bytes(digest[start : start + 4], 'big') & 0x7FFFFFFF) % 10**6:06}"


def test_staff_add_an_authenticator_app_before_the_desk_opens(client, settings):
    settings.CANDIA_REQUIRE_MFA = True
    clerk = Person.objects.create_user("clerk@example.gr", password)
    EmailAddress.objects.create(user=clerk, email=clerk.email, verified=True, primary=True)
    Grant.objects.create(person=clerk, role=Grant.CLERK)
    landed = sign_in(client, clerk.email)
    assert landed["Location"] == "/desk/"
    for address in ("/desk/", "/desk/people/residents/", "/en/desk/people/letters/"):
        answer = client.get(address)
        assert answer.status_code == 403
        assert "people/second_factor.html" in [template.name for template in answer.templates]

    # Who adds a key to an account shows once more that it is theirs.
    assert client.get("/account/2fa/totp/activate/").status_code == 302
    client.post("/account/reauthenticate/", {"password": password})
    form = client.get("/account/2fa/totp/activate/").context["form"]
    client.post("/account/2fa/totp/activate/", {"code": code_of(form.secret)})

    assert client.get("/desk/people/residents/").status_code == 200
    stored = Authenticator.objects.get(user=clerk, type=Authenticator.Type.TOTP)
    assert form.secret not in json.dumps(stored.data)
    again = Client()
    assert "2fa/authenticate" in sign_in(again, clerk.email)["Location"]
    assert again.get("/desk/people/residents/").status_code == 302
    again.post("/account/2fa/authenticate/", {"code": "000000"})
    assert again.get("/desk/people/residents/").status_code == 302
    again.post("/account/2fa/authenticate/", {"code": code_of(form.secret, steps_ahead=1)})
    assert again.get("/desk/people/residents/").status_code == 200


def test_a_role_rests_in_commands_too_while_the_second_factor_is_missing(client, settings, rf):
    from candia.accounts.second_factor import SecondFactor

    settings.CANDIA_REQUIRE_MFA = True
    admin = somebody("admin", (Grant.ADMINISTRATOR, ""))
    request = rf.get("/api/v1/anything")
    request.COOKIES[settings.SESSION_COOKIE_NAME] = "some"
    request.user = admin

    SecondFactor(lambda request: request)(request)

    with pytest.raises(errors.Forbidden):
        commands.grant_role(by=request.user, person=somebody("friend"), role="clerk")


def test_erasing_leaves_the_history_whole_and_nothing_personal_anywhere(client):
    code = sign_up(client, "eleni.secret@example.gr")
    client.post("/account/confirm-email/", {"code": code})
    eleni = Person.objects.get()
    client.post("/people/me/", {"name": "Ελένη Μυστική", "language": "el"})
    client.post("/people/me/residency/", {"addressee": "Ελένη Μυστική", "address": "Οδός Κρυφή 7"})
    sign_in(Client(HTTP_USER_AGENT="Secret Browser"), eleni.email)
    assert everywhere("eleni.secret", "Μυστική", "Κρυφή", "Secret Browser")
    before = list(Event.objects.values_list("pk", "kind", "by", "entity"))

    wrong = client.post("/people/me/erase/", {"proof": "not my password"})
    assert wrong.status_code == 200
    assert Person.objects.get().is_active
    gone = client.post("/people/me/erase/", {"proof": password})

    assert gone.status_code == 302
    assert everywhere("eleni.secret", "Μυστική", "Κρυφή", "Secret Browser") == []
    after = list(Event.objects.values_list("pk", "kind", "by", "entity"))
    assert after[: len(before)] == before
    assert after[len(before) :] == [
        (after[-1][0], "people.account_erased", f"person:{eleni.pk}", f"people.person:{eleni.pk}")
    ]
    assert not is_in(client)
    sign_in(client, "eleni.secret@example.gr")
    assert not is_in(client)


def test_who_erased_an_account_can_come_back_as_somebody_new(client):
    old = Person.objects.create_user("eleni@example.gr", password)
    commands.erase_account(by=old)

    client.post("/account/confirm-email/", {"code": sign_up(client)})

    assert is_in(client)
    assert Person.objects.get(email="eleni@example.gr").pk != old.pk


def test_an_account_without_a_password_is_erased_by_a_typed_word(client):
    person = Person.objects.create_user("key@example.gr")
    client.force_login(person)

    client.post("/people/me/erase/", {"proof": "ναι"})
    assert Person.objects.get(pk=person.pk).is_active
    word = client.get("/people/me/erase/").context["form"].word
    client.post("/people/me/erase/", {"proof": word.lower()})

    assert not Person.objects.get(pk=person.pk).is_active


def test_the_export_holds_every_record_that_a_service_declares(client):
    person = somebody("eleni", name="Ελένη")
    client.force_login(person)
    client.post("/people/me/residency/", {"addressee": "Ελένη", "address": "Οδός Φανερή 7"})

    taken = json.loads(client.get("/people/me/data.json").content)["services"]

    declared = {name: {item.name for item in service.personal} for name, service in services().items()}
    assert {name: set(records) for name, records in taken.items()} == {k: v for k, v in declared.items() if v}
    assert taken["people"]["account"]["email"] == person.email
    assert taken["people"]["letter"][0]["address"] == "Οδός Φανερή 7"
    assert "nonce" not in json.dumps(taken)


def test_the_privacy_page_names_every_record(client):
    page = client.get("/en/people/privacy/").content.decode()

    for service in services().values():
        for item in service.personal:
            assert str(item.purpose).split(",")[0] in page.replace("&#x27;", "'")


def test_the_sample_is_made_once_and_its_password_works(client, settings, tmp_path):
    sample.seed()
    people, events = Person.objects.count(), Event.objects.count()
    sample.seed()

    assert (Person.objects.count(), Event.objects.count()) == (people, events)
    sign_in(client, "admin@example.gr", sample.password())
    assert client.get("/desk/people/").status_code == 200
    assert Person.objects.get(email="maria@example.gr").is_verified


def test_the_first_administrator_comes_from_the_console():
    from typer.testing import CliRunner

    from candia.accounts.console import app

    somebody("first")
    runner = CliRunner()

    assert runner.invoke(app, ["FIRST@example.gr"]).exit_code == 0
    assert Person.objects.get().has_role("administrator")
    assert runner.invoke(app, ["nobody@example.gr"]).exit_code == 1
    assert Event.objects.get().by == system.actor_id


def test_the_script_for_passkeys_is_served_by_the_city_itself(client):
    page = client.get("/account/login/").content.decode()

    source = re.search(r'<script src="(/people/[^"]+)"', page)[1]
    script = client.get(source)

    assert script["Content-Type"].startswith("text/javascript")
    assert b"webauthnJSON" in script.content
    assert b"loginForm" in script.content


def test_a_clerk_takes_nobodys_word_about_themselves():
    clerk = somebody("clerk", (Grant.CLERK, ""))

    with pytest.raises(errors.Refused):
        residency.verify_resident(by=clerk, person=clerk, document="passport")

    clerk.refresh_from_db()
    assert not clerk.is_verified
