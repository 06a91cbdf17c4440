"""Dead letters at the desk: counted by reason, shown without harm, sent again or thrown away."""

import ast
import re
import secrets
import socket
import time
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext

import candia
from candia.core.access import Grant, Person
from candia.core.errors import Conflict, Forbidden
from candia.devices import commands, ingest_status
from candia.devices.tests.samples import dead_letter, device, keeper
from candia.telemetry import deadletters
from candia.telemetry.batch import read
from candia.telemetry.catalogue import FixedCatalogue
from candia.telemetry.check import Check
from candia.telemetry.observation import Property
from candia.telemetry.stream import Message
from tests.html import tight

pytestmark = pytest.mark.django_db
METER = "water.meter:1"
UNKNOWN = "The city has no entity '{entity}'. Load it, or correct the name that the device sends."


@pytest.fixture
def name():
    """A device that no other test knows."""
    return device(f"dead-{secrets.token_hex(6)}").pk


@pytest.fixture
def desk(client):
    client.force_login(keeper())
    return client


def left(name):
    async def ask(stream):
        return [letter async for letter in deadletters.letters(stream, name)]

    return ingest_status.ask(ask)


def test_what_a_device_sends_is_shown_and_does_nothing(desk, name):
    payload = "<script>alert(1)</script>\x1b[2J\u202e".encode()
    kind = dead_letter(name, payload, "The payload is no JSON object: {wrong}.", wrong="<b>bold</b>")
    shown = desk.get(reverse("devices-desk-letters"), {"device": name, "reason": kind}).content.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown
    assert "<script>alert" not in shown
    assert "<b>bold" not in shown
    assert "\x1b" not in shown
    assert "\u202e" not in shown


def test_the_newest_letters_of_a_reason_are_shown_first_and_no_more_than_ten(desk, name):
    for number in range(12):
        kind = dead_letter(name, f"payload-{number:02}".encode())
    dead_letter(name, b"of-another-reason", UNKNOWN, entity="water.meter:1")
    shown = desk.get(reverse("devices-desk-letters"), {"device": name, "reason": kind}).content.decode()
    assert re.findall(r"payload-(\d\d)", shown) == [f"{number:02}" for number in range(11, 1, -1)]
    assert "of-another-reason" not in shown


def test_letters_of_one_reason_are_sent_again_as_they_came(desk, name):
    kind = dead_letter(name, b"one", UNKNOWN, entity="water.meter:1")
    assert kind == dead_letter(name, b"two", UNKNOWN, entity="water.meter:2")
    dead_letter(name, b"three", "The payload is empty.")
    before = left(name)
    desk.post(reverse("devices-desk-letters"), {"replay": "1", "device": name, "reason": kind})
    assert [letter.payload for letter in left(name)] == [b"three"]

    async def sent(stream):
        reader = await stream.context.subscribe(f"v1.{name}", stream="OBSERVATIONS", ordered_consumer=True)
        found = [await reader.next_msg(timeout=5) for _ in range(2)]
        await reader.unsubscribe()
        return {one.data: one.headers["Candia-Received"] for one in found}

    assert ingest_status.ask(sent) == {letter.payload: str(letter.received) for letter in before[:2]}


def test_letters_are_thrown_away_by_whoever_keeps_the_device(desk, name):
    kind = dead_letter(name)
    stranger = Person.objects.create_user("elsewhere@example.gr", "a long enough password")
    Grant.objects.create(person=stranger, role=Grant.OPERATOR, service="dialogue")
    with pytest.raises(Forbidden):
        commands.discard_letters(by=stranger, name=name, reason=kind)
    desk.post(reverse("devices-desk-letters"), {"discard": "1", "device": name, "reason": kind})
    assert left(name) == []
    with pytest.raises(Conflict):
        commands.discard_letters(by=keeper("second"), name=name, reason=kind)


def test_an_operator_sees_no_letters_of_other_services(client, name):
    kind = dead_letter(name, b"personal")
    stranger = Person.objects.create_user("elsewhere@example.gr", "a long enough password")
    Grant.objects.create(person=stranger, role=Grant.OPERATOR, service="dialogue")
    client.force_login(stranger)
    shown = client.get(reverse("devices-desk-letters"), {"device": name, "reason": kind}).content.decode()
    assert "personal" not in shown
    assert name not in client.get(reverse("devices-desk-letters")).content.decode()


@pytest.mark.parametrize(
    ("payload", "shown"),
    [
        (b"plain", "plain"),
        ("μία".encode(), "μία"),
        (b"\xff\x00", "ff 00"),
        (b"", ""),
        ("α".encode() * 500, "α" * 200 + "…"),
    ],
)
def test_a_payload_is_shown_as_text_or_as_numbers(payload, shown):
    assert deadletters.shown(payload) == shown


def refused(name, payload):
    """What ingest makes of a payload of this device."""
    catalogue = FixedCatalogue({"water": {"flow": Property("flow", unit="L/h", low=0)}}, {METER})
    message = Message(f"v1.{name}", payload, time.time_ns(), time.time_ns() // 1000, {})
    return read([message], Check(catalogue)).refused


@pytest.mark.parametrize(
    ("payload", "greek", "english"),
    [
        (b'{"entity": "water.meter:9", "flow": 1}', "οντότητα «water.meter:9»", "&#x27;water.meter:9&#x27;"),
        (
            b'{"entity": "water.meter:1", "flow": -0.5}',
            "είναι -0,5, ενώ πρέπει να είναι τουλάχιστον 0 L/h.",
            "is -0.5, where it must be at least 0 L/h.",
        ),
        (b'{"entity": "water.meter:1", "flow": ', '<q lang="en">Input', '<q lang="en">Input'),
        (
            b'[{"bn": "water.meter:1/", "n": "flow", "v": -1}, {"n": "flow", "v": -2}]',
            "Απορρίφθηκε 1 ακόμη μέτρησή του.",
            "1 more of its observations was refused.",
        ),
        (
            b"entity,property,time,value\nwater.meter:1,flow,2026-05-01T10:00,1\n",
            "Γραμμή 2: Η ώρα «2026-05-01T10:00» δεν λέει τη ζώνη της.",
            "Row 2: The time &#x27;2026-05-01T10:00&#x27; lacks its zone.",
        ),
        (b"\xff", "Το μήνυμα δεν είναι ούτε SenML", "none of SenML, JSON, CSV"),
    ],
)
def test_the_desk_says_in_the_readers_language_why_a_message_was_not_taken(
    desk, name, payload, greek, english
):
    [(message, reason)] = refused(name, payload)
    ingest_status.ask(lambda stream: deadletters.bury(stream, [(message, reason)]))
    address = reverse("devices-desk-letters")
    asked = {"device": name, "reason": reason.words}
    assert greek in desk.get(address, asked).content.decode()
    assert english in desk.get(f"/en{address}", asked).content.decode()


def test_every_reason_that_the_code_can_give_has_its_greek():
    """Whatever says why something is not taken says it in a plain sentence, whose Greek a catalogue holds."""
    found = []
    for path in sorted((Path(candia.__file__).parent).rglob("*.py")):
        if {"tests", "node_modules", "doors"} & set(path.parts):
            continue
        for call in ast.walk(ast.parse(path.read_text("utf-8"))):
            named = isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id
            if named not in {"because", "DecodeError", "Unknown"} or path.name == "errors.py":
                continue
            first = call.args[0]
            assert isinstance(first, ast.Constant), f"{path}:{call.lineno} builds its sentence"
            told = {keyword.arg for keyword in call.keywords}
            found.append((first.value, told))
    assert len(found) > 40
    with translation.override("el"):
        for words, told in found:
            assert (greek := gettext(words)) != words
            assert None in told or set(re.findall(r"{(\w+)}", greek)) == told, words


def test_a_letter_from_before_reasons_were_taken_apart_is_read_as_it_stands(desk, name):
    headers = {deadletters.REASON: "The payload has '7' {odd} fields.", deadletters.SUBJECT: f"v1.{name}"}
    ingest_status.ask(lambda stream: stream.add(f"dead.{name}", b"old", headers))
    [letter] = left(name)
    shown = tight(desk.get(reverse("devices-desk-letters"), {"device": name, "reason": letter.kind}))
    assert "The payload has &#x27;7&#x27; {odd} fields." in shown
    assert 'lang="en">The payload has ' in shown
    desk.post(reverse("devices-desk-letters"), {"discard": "1", "device": name, "reason": letter.kind})
    assert left(name) == []


def test_a_message_as_large_as_the_stream_takes_is_buried_and_stops_nobody(desk, name):
    async def largest(stream):
        return stream.client.max_payload

    payload = b"{" * ingest_status.ask(largest)
    [(message, reason)] = refused(name, payload)
    ingest_status.ask(lambda stream: deadletters.bury(stream, [(message, reason)]), 20)
    [letter] = left(name)
    assert payload.startswith(letter.payload)
    assert len(letter.payload) > len(payload) // 2
    assert (
        desk.get(reverse("devices-desk-letters"), {"device": name, "reason": letter.kind}).status_code == 200
    )


def test_the_desk_does_not_wait_for_a_stream_that_is_silent(settings):
    by = keeper()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.CANDIA_STREAM_URL = f"nats://127.0.0.1:{silent.getsockname()[1]}"
        [item] = ingest_status.waiting(by)
    assert (item.key, item.severity) == ("devices.stream", "severe")


def test_dead_letters_wait_for_whoever_keeps_devices(name):
    resident = Person.objects.create_user("resident@example.gr", "a long enough password")
    assert list(ingest_status.waiting(resident)) == []
    dead_letter(name)
    found = {item.key: item for item in ingest_status.waiting(keeper())}
    assert found["devices.dead_letters"].url == reverse("devices-desk-letters")
