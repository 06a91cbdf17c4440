"""Dead letters at the desk: counted by reason, shown without harm, sent again or thrown away."""

import secrets
import socket

import pytest
from django.urls import reverse

from candia.core.access import Grant, Person
from candia.core.errors import Conflict, Forbidden
from candia.services.devices import commands, reasons, way_in
from candia.services.devices.tests.samples import dead_letter, device, keeper
from candia.telemetry import deadletters
from candia.telemetry.catalogue import FixedCatalogue
from candia.telemetry.check import Check
from candia.telemetry.observation import Observation, Property
from candia.telemetry.stream import Message

pytestmark = pytest.mark.django_db


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

    return way_in.ask(ask)


def test_what_a_device_sends_is_shown_and_does_nothing(desk, name):
    payload = "<script>alert(1)</script>\x1b[2J\u202e".encode()
    kind = dead_letter(name, payload, "The payload is no JSON object: <b>bold</b>.")
    shown = desk.get(reverse("devices-desk-letters"), {"device": name, "reason": kind}).content.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown
    assert "<script>alert" not in shown
    assert "<b>bold" not in shown
    assert "\x1b" not in shown
    assert "\u202e" not in shown


def test_letters_of_one_reason_are_sent_again_as_they_came(desk, name):
    kind = dead_letter(name, b"one", "The city has no entity 'water.meter:1'. Load it, or correct the name.")
    assert kind == dead_letter(
        name, b"two", "The city has no entity 'water.meter:2'. Load it, or correct the name."
    )
    dead_letter(name, b"three", "The payload is empty.")
    before = left(name)
    desk.post(reverse("devices-desk-letters"), {"replay": "1", "device": name, "reason": kind})
    assert [letter.payload for letter in left(name)] == [b"three"]

    async def sent(stream):
        reader = await stream.context.subscribe(f"v1.{name}", ordered_consumer=True)
        found = [await reader.next_msg(timeout=5) for _ in range(2)]
        await reader.unsubscribe()
        return {one.data: one.headers["Candia-Received"] for one in found}

    assert way_in.ask(sent) == {letter.payload: str(letter.received) for letter in before[:2]}


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


def test_the_reasons_that_come_most_are_known_in_the_readers_language():
    property = Property("flow", unit="L/h", low=0)
    catalogue = FixedCatalogue(
        {"water": {"flow": property}}, {"water.meter:1", "water.meter:2"}, {"a": set()}
    )
    check = Check(catalogue)
    now = 1_780_000_000_000

    def kind(device, entity, time=now):
        speaker = check.speaker(Message(f"v1.{device}", b"", 1, now * 1000, {}))
        reason = check.refusal(Observation(entity, "water.flow", time, 1.0), speaker)
        return deadletters.DeadLetter(0, device, "", reason, 0, b"").kind

    told = {
        kind("b", "water.meter:9"),
        kind("a", "water.meter:2"),
        kind("b", "water.meter:1", now + 10**7),
        kind("b", "water.meter:1", 0),
    }
    assert told < set(reasons.known)


def test_the_desk_does_not_wait_for_a_stream_that_is_silent(settings):
    by = keeper()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.CANDIA_STREAM_URL = f"nats://127.0.0.1:{silent.getsockname()[1]}"
        figures = way_in.pipeline(by)
    assert figures[0]["value"] == "–"
    assert figures[0]["tone"] == "bad"


def test_the_way_in_is_for_whoever_keeps_devices(name):
    assert way_in.pipeline(Person.objects.create_user("resident@example.gr", "a long enough password")) == []
    dead_letter(name)
    found = {figure["url"]: figure for figure in way_in.pipeline(keeper()) if figure["url"]}
    assert int(found[reverse("devices-desk-letters")]["value"].replace(".", "")) > 0
