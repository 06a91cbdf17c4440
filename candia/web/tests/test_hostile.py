"""Whatever is asked, nothing breaks: hostile requests to every address, as a visitor and as who may do most."""

import pytest

from candia.core.access import Grant, Person
from candia.doors.limits import Limiter
from tests.soak.requests import addresses, hostile

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "name", ["n" * 256, "n" * 4000, "a/" * 2000 + "b", "x.png/y", "%00.png", "%ff%fe", "\U0010ffff" * 80]
)
def test_a_file_of_an_impossible_name_is_not_there(client, name):
    assert client.get(f"/media/{name}").status_code == 404


@pytest.mark.parametrize("signed_in", [False, True])
def test_no_request_breaks_the_city(client, monkeypatch, signed_in):
    monkeypatch.setattr("candia.doors.bearer.open_to_all", Limiter(1000, 100_000))
    client.raise_request_exception = False
    if signed_in:
        boss = Person.objects.create_user("boss@example.gr", "a long enough password")
        for role, _title in Grant.ROLES:
            Grant.objects.create(person=boss, role=role, service="")
        client.force_login(boss)

    broken = [
        request for request in hostile(seed=7 + signed_in, count=200) if _status(client, request) >= 500
    ]

    assert not broken


def test_every_address_is_among_those_attacked():
    known = set(addresses())

    assert {"/", "/stories/{}", "/account/login/", "/desk/"} <= known
    assert any(address.startswith("/api/v1/") for address in known)


def _status(client, request):
    headers = {
        name: value for name, value in request.headers.items() if name not in {"Content-Type", "Cookie"}
    }
    answer = client.generic(
        request.method, request.target, request.body, request.headers.get("Content-Type", ""), headers=headers
    )
    # An answer that is written while it is sent breaks only then.
    if answer.streaming and not answer.is_async:
        b"".join(answer.streaming_content)
    return answer.status_code
