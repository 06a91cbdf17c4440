"""Programs that write: a call centre, a resident's script, and whoever finds a token."""

from __future__ import annotations

import json
import secrets
from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.utils import timezone

from candia.accounts import commands as accounts
from candia.accounts import token_commands, tokens
from candia.accounts.models import Token
from candia.accounts.tests.samples import program, somebody, token
from candia.core.access import Grant, Person
from candia.core.alert import Alert
from candia.core.event import Event
from candia.doors import bearer
from candia.doors.limits import Limiter
from candia.doors.tests.samples import alarmed, district
from candia.services.dialogue.models import Proposal

pytestmark = pytest.mark.django_db
CONFIRM = "operations/confirm_alert"


@pytest.fixture(autouse=True)
def _fresh(monkeypatch) -> None:
    monkeypatch.setattr(bearer, "per_token", Limiter(1000, 10_000, name=""))
    monkeypatch.setattr(bearer, "guesses", Limiter(0.01, 3))


@pytest.fixture
def alert() -> Alert:
    alarmed(district("leaking"))
    return Alert.objects.get()


def ask(client: Client, shown: str, path: str, key: str = "", language: str = "en", **told: Any) -> Any:
    return client.post(
        f"/api/v1/commands/{path}",
        json.dumps(told),
        content_type="application/json",
        headers={
            "Authorization": f"Bearer {shown}",
            "Idempotency-Key": key or secrets.token_hex(8),
            "Accept-Language": language,
        },
    )


def test_a_call_centre_confirms_an_alert_under_its_own_name(client: Client, alert: Alert) -> None:
    centre = program("call-centre", "operator:water")

    answer = ask(client, token(centre, "commands:operations"), CONFIRM, alert=alert.pk, reason="reported")

    assert answer.status_code == 200, answer.content.decode()
    alert.refresh_from_db()
    assert alert.status == Alert.CONFIRMED
    assert Event.objects.get(pk=answer.json()["id"]).by == "integration:call-centre"
    assert client.get("/stories/water.district:leaking").status_code == 200


def test_a_program_may_only_what_its_roles_say_and_nothing_that_is_a_residents(
    client: Client, alert: Alert
) -> None:
    elsewhere = program("moderating", "moderator:dialogue", "operator:dialogue")
    shown = token(elsewhere, "commands:operations", "commands:dialogue", "commands:participation")

    assert ask(client, shown, CONFIRM, alert=alert.pk).status_code == 403
    assert ask(client, shown, "dialogue/draft_proposal", heading="Σκιά").status_code == 403
    assert ask(client, shown, "participation/follow", entity="water.district:leaking").status_code == 403


def test_a_request_sent_again_is_done_once_and_its_key_names_nothing_else(client: Client) -> None:
    shown = token(somebody("writer"), "commands:dialogue")

    first = ask(client, shown, "dialogue/draft_proposal", key="one", heading="Σκιά στη στάση")
    again = ask(client, shown, "dialogue/draft_proposal", key="one", heading="Σκιά στη στάση")
    other = ask(client, shown, "dialogue/draft_proposal", key="one", heading="Άλλο")

    assert first.json() == again.json()
    assert Proposal.objects.count() == 1
    assert (other.status_code, other.json()["type"]) == (422, "urn:candia:error:key-reused")


def test_a_request_without_a_key_is_told_how_to_name_itself(client: Client) -> None:
    shown = token(somebody("writer"), "commands:dialogue")

    answer = client.post(
        "/api/v1/commands/dialogue/draft_proposal",
        "{}",
        content_type="application/json",
        headers={"Authorization": f"Bearer {shown}", "Accept-Language": "el"},
    )

    assert answer.status_code == 400
    assert "Idempotency-Key" in answer.json()["detail"]
    assert not Event.objects.exists()


@pytest.mark.parametrize(
    ("told", "field", "sentence"),
    [
        ({}, "alert", "This is missing."),
        ({"alert": "seven"}, "alert", "This is of another type than it must be."),
        ({"alert": 7, "reason": "because"}, "reason", "One of: "),
        ({"alert": 7, "loud": True}, "loud", "The command knows no such parameter."),
        ({"alert": 7, "note": "a" * 10_001}, "note", "At most 10000 long."),
        ({"alert": 7, "note": "\0"}, "note", "This is of another type than it must be."),
    ],
)
def test_what_is_wrong_is_said_beside_the_field(client: Client, told, field: str, sentence: str) -> None:
    shown = token(somebody("operator", (Grant.OPERATOR, "water")), "commands:operations")

    answer = ask(client, shown, CONFIRM, **told)

    assert answer.status_code == 422
    assert answer.json()["errors"][field].startswith(sentence)


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        ("[1, 2]", "application/json", 400),
        ("{", "application/json", 400),
        ("alert=7", "application/x-www-form-urlencoded", 415),
        (" " * (1024 * 1024 + 1), "application/json", 413),
    ],
)
def test_what_is_no_object_is_not_taken(client: Client, body: str, kind: str, status: int) -> None:
    shown = token(somebody("operator", (Grant.OPERATOR, "water")), "commands:operations")

    answer = client.post(
        f"/api/v1/commands/{CONFIRM}",
        body,
        content_type=kind,
        headers={"Authorization": f"Bearer {shown}", "Idempotency-Key": "one"},
    )

    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"


def revoked(shown: str) -> None:
    found = Token.objects.get(handle=tokens.handle(shown))
    token_commands.revoke_token(by=found.person, token=found)


def expired(shown: str) -> None:
    Token.objects.filter(handle=tokens.handle(shown)).update(expires=timezone.now() - timedelta(seconds=1))


def erased(shown: str) -> None:
    accounts.erase_account(by=Token.objects.get(handle=tokens.handle(shown)).person)


def closed(shown: str) -> None:
    Person.objects.filter(tokens__handle=tokens.handle(shown)).update(is_active=False)


@pytest.mark.parametrize("ended", [revoked, expired, erased, closed])
def test_a_token_that_is_over_stops_at_once(client: Client, ended) -> None:
    shown = token(somebody("writer"), "commands:dialogue", "read")
    assert ask(client, shown, "dialogue/draft_proposal").status_code == 200

    ended(shown)

    assert ask(client, shown, "dialogue/draft_proposal").status_code == 401
    assert client.get("/api/v1/city", headers={"Authorization": f"Bearer {shown}"}).status_code == 401


def test_a_program_that_is_stopped_or_loses_a_role_does_no_more(client: Client, alert: Alert) -> None:
    administrator, centre = somebody("admin", (Grant.ADMINISTRATOR, "")), program("centre", "operator:water")
    shown = token(centre, "commands:operations")

    token_commands.change_integration(by=administrator, integration=centre, held=["operator:dialogue"])
    assert ask(client, shown, CONFIRM, alert=alert.pk).status_code == 403
    token_commands.stop_integration(by=administrator, integration=centre)
    assert ask(client, shown, CONFIRM, alert=alert.pk).status_code == 401


def test_a_role_that_is_revoked_is_gone_from_the_persons_tokens_too(client: Client, alert: Alert) -> None:
    operator = somebody("operator", (Grant.OPERATOR, "water"))
    shown = token(operator, "commands:operations")

    Grant.objects.all().delete()

    assert ask(client, shown, CONFIRM, alert=alert.pk).status_code == 403


def test_a_token_made_without_the_second_factor_has_no_role(client: Client, alert: Alert, settings) -> None:
    settings.CANDIA_REQUIRE_MFA = True
    operator = somebody("operator", (Grant.OPERATOR, "water"))
    early, late = (token(operator, "commands:operations", second_factor=shown) for shown in (False, True))

    # Its owner became staff later, and has a second factor by now.
    Authenticator.objects.create(user=operator, type=Authenticator.Type.TOTP, data={})
    assert ask(client, early, CONFIRM, alert=alert.pk).status_code == 403
    assert ask(client, late, CONFIRM, alert=alert.pk).status_code == 200

    Authenticator.objects.all().delete()
    assert ask(client, late, "operations/report_repair", alert=alert.pk).status_code == 403


def test_whoever_guesses_is_slowed_and_whoever_is_right_is_not(client: Client) -> None:
    right, wrong = (
        token(somebody("writer"), "read"),
        [tokens.written(secrets.token_bytes(32)) for _ in range(5)],
    )

    answers = [ask(client, guess, "dialogue/draft_proposal").status_code for guess in (*wrong, "cnd_short")]

    assert answers == [401] * 3 + [429] * 3
    assert client.get("/api/v1/city", headers={"Authorization": f"Bearer {right}"}).status_code == 200


def test_a_token_that_was_tampered_with_opens_nothing(client: Client) -> None:
    shown = token(somebody("writer"), "commands:dialogue")
    body = shown[4:-6]
    other = body[:-1] + ("1" if body[-1] != "1" else "2")

    assert ask(client, f"cnd_{other}{tokens._checksum(other)}", "dialogue/draft_proposal").status_code == 401
    assert ask(client, shown[:-1] + "_", "dialogue/draft_proposal").status_code == 401


def test_no_token_stands_in_the_records_the_events_or_the_log(client: Client, caplog) -> None:
    person = somebody("writer")
    made, shown = token_commands.issue(
        person, title="A script", scopes=["read", "commands:dialogue"], days=30
    )

    ask(client, shown, "dialogue/draft_proposal")
    ask(client, shown[:-1], "dialogue/draft_proposal")

    kept = json.dumps([*Token.objects.values(), *Event.objects.values()], default=str)
    assert shown[12:] not in kept
    assert shown[12:-1] not in caplog.text
    assert Token.objects.get(pk=made.pk).last_used is not None


def test_answers_say_what_is_left(client: Client, monkeypatch) -> None:
    now = [0.0]
    monkeypatch.setattr(bearer, "per_token", Limiter(0.5, 3, lambda: now[0], name="tokens"))
    shown = token(somebody("writer"), "read")

    def read() -> Any:
        return client.get("/api/v1/city", headers={"Authorization": f"Bearer {shown}"})

    first, second = read(), read()
    read()
    last = read()

    assert first["RateLimit-Policy"] == '"tokens";q=3;w=6'
    assert (first["RateLimit"], second["RateLimit"]) == ('"tokens";r=2;t=2', '"tokens";r=1;t=4')
    assert (last.status_code, last["RateLimit"], last["Retry-After"]) == (429, '"tokens";r=0;t=6', "2")
    now[0] += 2
    assert read().status_code == 200


def test_a_token_without_reading_is_counted_as_whoever_comes(client: Client) -> None:
    shown = token(somebody("writer"), "commands:dialogue")

    answer = client.get("/api/v1/city", headers={"Authorization": f"Bearer {shown}"})

    assert answer.status_code == 200
    assert not answer["RateLimit-Policy"].startswith('"tokens"')


def test_reading_with_a_token_shows_no_more_than_without(client: Client) -> None:
    owner = somebody("operator", (Grant.OPERATOR, "water"))
    alarmed(district("leaking"))
    shown = {"Authorization": f"Bearer {token(owner, 'read')}"}

    for path in ("/api/v1/alerts", "/api/v1/entities", "/api/v1/entities/water.district:leaking/story"):
        assert client.get(path, headers=shown).json() == client.get(path).json()
