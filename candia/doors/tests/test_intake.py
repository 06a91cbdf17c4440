"""A device integrator sends observations: what 202 promises, and each way to be turned away."""

import asyncio
import base64
import json

import cbor2
import pytest
from asgiref.testing import ApplicationCommunicator
from django.core.asgi import get_asgi_application
from django.test import Client

from candia.core.errors import type_base
from candia.devices import credentials
from candia.doors import intake, stream_client
from candia.doors.fast_intake import FastIntake
from candia.doors.limits import Limiter
from candia.doors.tests.conftest import in_stream

application = FastIntake(get_asgi_application())
ADDRESS = "/api/v1/observations"
SENML = json.dumps([{"bn": "water.meter:17/", "n": "index", "v": 812.4, "t": 1777896000}]).encode()
BODIES = {
    "application/senml+json": SENML,
    "application/senml+cbor": cbor2.dumps([{-2: "water.meter:17/", 0: "index", 2: 812.4, 6: 1777896000}]),
    "application/json": b'{"entity": "water.meter:17", "time": "2026-05-04T12:00:00Z", "index": 812.4}',
    "text/csv; charset=utf-8": b"entity,property,time,value\r\nwater.meter:17,index,2026-05-04T12:00:00Z,1\r\n",
}


def basic(id: str, secret: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{id}:{secret}".encode()).decode()}


def post(client: Client, body: bytes, who: tuple[str, str], kind: str = "application/senml+json"):
    return client.post(ADDRESS, body, content_type=kind, headers=basic(*who))


@pytest.mark.parametrize("kind", BODIES)
def test_what_was_accepted_lies_in_the_stream_as_it_came(client, device, stream_url, kind) -> None:
    answer = post(client, BODIES[kind], device, kind)

    assert answer.status_code == 202
    assert in_stream(stream_url, answer.json()["number"]) == ("v1.gateway-1", BODIES[kind])


@pytest.mark.parametrize(
    ("who", "said"),
    [
        (("gateway-1", "wrong"), "Basic"),
        (("nobody", "x"), "Basic"),
        (("", ""), "Basic"),
        (("gateway-1", "ά"), "Basic"),
    ],
)
def test_who_cannot_prove_who_it_is_gets_nowhere(client, device, who, said) -> None:
    answer = post(client, SENML, who)

    assert answer.status_code == 401
    assert said in answer["WWW-Authenticate"]
    assert answer["Content-Type"] == "application/problem+json"


def test_a_revoked_device_is_a_stranger(client, device) -> None:
    from candia.core.access import Person
    from candia.core.service import commands

    commands()["devices.revoke_device"](by=Person.objects.get(email="admin@example.gr"), device=device[0])
    credentials._book.cache_clear()

    assert post(client, SENML, device).status_code == 401


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"", "application/json", 422),
        (b"  \r\n ", "text/csv", 422),
        (b"x" * (intake.LARGEST + 1), "application/json", 413),
        (SENML, "application/x-www-form-urlencoded", 415),
        (SENML, "image/png", 415),
    ],
    ids=["nothing", "blank", "too large", "a form", "a picture"],
)
def test_what_no_device_means_is_refused_at_the_door(client, device, body, kind, status) -> None:
    answer = post(client, body, device, kind)

    assert answer.status_code == answer.json()["status"] == status
    assert answer["Content-Type"] == "application/problem+json"


def test_a_device_that_goes_mad_is_slowed_and_others_are_not(client, device, stream_url, monkeypatch) -> None:
    monkeypatch.setattr(intake, "per_device", Limiter(0.1, 2))

    statuses = [post(client, SENML, device).status_code for _time in range(3)]
    last = post(client, SENML, device)

    assert statuses == [202, 202, 429]
    assert int(last["Retry-After"]) > 1
    assert last.json()["type"] == f"{type_base}too-many"


def test_guessing_secrets_is_slowed(client, device, monkeypatch) -> None:
    monkeypatch.setattr(intake, "strangers", Limiter(0.1, 2))

    assert [post(client, SENML, ("gateway-1", "no")).status_code for _time in range(3)] == [401, 401, 429]


def test_while_the_stream_is_away_the_device_is_told_to_come_again(client, device, monkeypatch) -> None:
    nowhere = stream_client.StreamClient("nats://127.0.0.1:9")
    monkeypatch.setattr(stream_client, "PATIENCE", 0.2)
    monkeypatch.setattr(intake, "stream_client", lambda: nowhere)

    answer = post(client, SENML, device)

    assert answer.status_code == 503
    assert answer["Retry-After"]
    assert answer.json()["retry"] is True


def test_the_address_is_for_sending(client: Client, db) -> None:
    answer = client.get(ADDRESS)

    assert (answer.status_code, answer["Allow"]) == (405, "OPTIONS, POST")


@pytest.fixture
def known(monkeypatch) -> tuple[str, str]:
    """A device that is known without any record, for tests in which threads of their own ask."""

    def authenticate(name: str, secret: str) -> credentials.Known | None:
        known = credentials.Known(name, "", frozenset(), frozenset(), "", revoked=False)
        return known if secret == "right" else None

    monkeypatch.setattr(credentials, "authenticate", authenticate)
    return "gateway-2", "right"


async def knock(parts: list[bytes], headers: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
    scope = {
        "type": "http",
        "method": "POST",
        "path": ADDRESS,
        "query_string": b"",
        "client": ("127.0.0.1", 1),
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
    }
    talk = ApplicationCommunicator(application, scope)
    for number, part in enumerate(parts, 1):
        await talk.send_input({"type": "http.request", "body": part, "more_body": number < len(parts)})
    start = await talk.receive_output(10)
    body = await talk.receive_output(10)
    told = {name.decode(): value.decode() for name, value in start["headers"]}
    return start["status"], told, body["body"]


def test_the_gate_takes_a_body_in_pieces(known, stream_url) -> None:
    status, _headers, body = asyncio.run(knock([SENML[:10], SENML[10:]], basic(*known)))

    assert status == 202
    assert in_stream(stream_url, json.loads(body)["number"]) == ("v1.gateway-2", SENML)


def test_the_gate_stops_reading_what_is_too_large(known) -> None:
    status, _headers, _body = asyncio.run(knock([b"x" * 1024 * 1024] * 5, basic(*known)))

    assert status == 413


@pytest.mark.parametrize(("language", "word"), [("en", "Basic"), ("el", "Πείτε")])
def test_the_gate_speaks_the_language_of_who_knocks(known, language, word) -> None:
    status, headers, body = asyncio.run(
        knock([SENML], {"Accept-Language": language, **basic("gateway-2", "wrong")})
    )

    assert status == 401
    assert headers["content-type"] == "application/problem+json"
    assert headers["www-authenticate"].startswith("Basic")
    assert word in json.loads(body)["detail"]


def test_who_hangs_up_leaves_nothing_behind(known, stream_url) -> None:
    async def hang_up() -> bool:
        scope = {
            "type": "http",
            "method": "POST",
            "path": ADDRESS,
            "client": None,
            "headers": [(b"authorization", basic(*known)["Authorization"].encode())],
        }
        talk = ApplicationCommunicator(application, scope)
        await talk.send_input({"type": "http.request", "body": SENML, "more_body": True})
        await talk.send_input({"type": "http.disconnect"})
        await talk.wait(5)
        return await talk.receive_nothing(0.01)

    assert asyncio.run(hang_up())
