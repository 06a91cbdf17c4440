"""The examples of docs/api.md do what the page says."""

import base64
import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from candia.accounts import tokens
from candia.accounts.tests.samples import token
from candia.core.access import Grant
from candia.core.telemetry import store
from candia.devices import credentials
from candia.doors.opendata import snapshots
from candia.doors.tests.conftest import stream_url  # noqa: F401 — a fixture
from candia.doors.tests.samples import OUTLINE, district
from candia.services.dialogue.tests.samples import person, submitted

pytestmark = pytest.mark.django_db
page = (Path(__file__).parents[2] / "docs" / "api.md").read_text("utf-8")
block = re.compile(r"```sh\n(.*?)```(?:\s*```json\n(.*?)```)?", re.DOTALL)
EXAMPLES = [
    (command, told if number == commands.count("\n") - 1 else "")
    for commands, told in block.findall(page)
    for number, command in enumerate(commands.splitlines())
]


@pytest.fixture(autouse=True)
def _city(settings, tmp_path, monkeypatch, stream_url):  # noqa: F811
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr(snapshots, "home", lambda: tmp_path / "open-data")
    store().prepare()
    # Nothing is observed of it here: the store outlives a test, and others replay a recording under this name.
    district("a", geometry=OUTLINE)
    district("b")
    submitted(person("maria"))
    shown = token(person("writer", Grant.OPERATOR), "commands:dialogue", "commands:operations")
    found = tokens.authenticate(shown)
    monkeypatch.setattr(tokens, "authenticate", lambda text: found if text == "TOKEN" else None)
    known = credentials.Known("gateway-1", "", frozenset(), frozenset({"water.meter"}), "", revoked=False)
    monkeypatch.setattr(
        credentials, "authenticate", lambda name, secret: known if secret == "SECRET" else None
    )


def sent(client: Client, command: str) -> Any:
    """What curl would be answered."""
    words = iter(shlex.split(command)[1:])
    headers, body, url = {}, None, ""
    for word in words:
        if word == "-H":
            name, _colon, value = next(words).partition(": ")
            headers[name] = value
        elif word == "-u":
            headers["Authorization"] = "Basic " + base64.b64encode(next(words).encode()).decode()
        elif word == "-d":
            body = next(words)
        else:
            url = word
    address = url.removeprefix("http://127.0.0.1:8000")
    assert address.startswith("/"), command
    if body is None:
        return client.get(address, headers=headers)
    return client.post(address, body, content_type=headers.pop("Content-Type"), headers=headers)


def alike(shown: Any, got: Any, where: str = "") -> None:
    """Whether all that the page shows is there, with values of the same kind."""
    if isinstance(shown, dict):
        for name, value in shown.items():
            assert name in got, f"{where}.{name} is not in the answer"
            alike(value, got[name], f"{where}.{name}")
    elif isinstance(shown, list):
        assert got, f"{where} is empty"
        alike(shown[0], got[0], f"{where}[]")
    elif shown != "…":
        assert type(shown) is type(got), f"{where} is {got!r}"
        if where.endswith((".type", ".status", ".detail", ".id", ".kind", ".name", ".retry", ".bytes")):
            assert shown == got


@pytest.mark.parametrize(
    ("command", "told"), EXAMPLES, ids=[words.split()[-1][-40:] for words, _told in EXAMPLES]
)
def test_an_example_does_what_the_page_says(client: Client, command: str, told: str) -> None:
    answer = sent(client, command)

    shown = json.loads(told) if told else {}
    assert answer.status_code == shown.get("status", answer.status_code)
    assert answer.status_code in {200, 202} or "status" in shown
    assert b"".join(answer) if answer.streaming else answer.content
    if told:
        alike(shown, answer.json())


def test_every_address_of_the_api_is_on_the_page(client: Client) -> None:
    for path in client.get("/api/v1/openapi.json").json()["paths"]:
        assert path.removeprefix("/api/v1") in page, path
