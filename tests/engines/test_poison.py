"""A message that can't be read, by the real doors and through the real ingest; and an ingest that stands still."""

import base64
import secrets
import signal

import pytest
from django.conf import settings
from django.test import Client

from candia.conditions import Conditions
from candia.core import self_check
from candia.telemetry import progress
from tests.engines.parts import Device, issue, soon, thing

# What no float and no moment can hold; it stopped the ingest of a whole city for good.
POISON = b'{"time":%s,"inflow":1}' % (b"9" * 400)


@pytest.fixture
def device(parts):
    """A device of one district: its name, its secret, its district."""
    name = f"poison-{secrets.token_hex(4)}"
    own = thing(f"water.district:{name}").id
    return name, issue(name, entities=[own]), own


def post(device, body):
    name, secret, _own = device
    told = base64.b64encode(f"{name}:{secret}".encode()).decode()
    return Client().post(
        "/api/v1/observations", body, content_type="application/json", HTTP_AUTHORIZATION=f"Basic {told}"
    )


def test_a_poisonous_message_by_either_door_is_one_dead_letter_and_nothing_else_waits(parts, device):
    name, secret, own = device
    by_mqtt = Device(parts.config, name, secret)
    assert by_mqtt.let_in()
    by_mqtt.say(POISON)
    by_mqtt.say(b'{"inflow":1}', f"{name}/a.b/\u2028é")
    assert post(device, POISON).status_code == 202
    assert post(device, b'{"inflow":2}').status_code == 202
    by_mqtt.say(b'{"inflow":3}')
    by_mqtt.close()

    soon(lambda: sorted(row[2] for row in parts.rows(own)) == [1, 2, 3])
    letters = soon(lambda: len(found := parts.letters(name)) == 2 and found)
    assert {letter.payload for letter in letters} == {POISON}
    assert {letter.told.words for letter in letters} == {"The time lies outside the years 1900 to 2299."}


def test_an_ingest_that_hangs_or_is_dead_is_told_until_it_goes_on(parts, device, monkeypatch):
    conditions, lookout = Conditions(settings.CANDIA.home), self_check.Lookout()
    monkeypatch.setattr(progress, "STORED_WITHIN", 0.5)

    def standing():
        lookout.look(conditions)
        return {one.name: one.facts for one in conditions.standing()}.get("ingest_stalled")

    def behind():
        text = Client().get("/metrics").content.decode()
        return {line.split()[0]: float(line.split()[1]) for line in text.splitlines() if line[0] != "#"}

    soon(lambda: (seen := parts.with_stream(progress.look)).acknowledged == seen.last)
    parts._running["ingest"].send_signal(signal.SIGSTOP)
    assert post(device, b'{"inflow":1}').status_code == 202

    assert soon(standing)["waiting"] == 1
    told = behind()
    assert (told["candia_ingest_behind"], told["candia_ingest_answers"]) == (1, 0)
    assert told['candia_condition{name="ingest_stalled"}'] == 1

    parts.kill("ingest")
    assert post(device, b'{"inflow":2}').status_code == 202
    assert soon(lambda: standing()["waiting"] == 2)

    parts.start("ingest")
    soon(lambda: standing() is None)
    soon(lambda: behind()["candia_ingest_behind"] == 0)


def test_an_operator_skips_a_message_and_it_is_kept(parts, device):
    name, _secret, own = device
    soon(lambda: (seen := parts.with_stream(progress.look)).acknowledged == seen.last)
    parts.kill("ingest")
    before = parts.with_stream(progress.look).last
    for value in (1, 2, 3):
        assert post(device, b'{"inflow":%d}' % value).status_code == 202

    code, table, said = parts.console("telemetry", "status")
    assert (code, name in table) == (0, True)
    assert "3 messages wait" in said
    assert "Ingest does not answer" in said
    assert parts.console("telemetry", "skip", str(before + 1))[0] == 0
    assert parts.console("telemetry", "skip", str(before + 1))[0] == 1
    assert parts.console("telemetry", "skip", str(before + 1000))[0] == 1

    parts.start("ingest")
    soon(lambda: sorted(row[2] for row in parts.rows(own)) == [2, 3])
    (letter,) = parts.letters(name)
    assert letter.payload == b'{"inflow":1}'
    # A hole that an operator made is no loss.
    assert not [one for one in Conditions(settings.CANDIA.home).standing() if one.name.startswith("stream")]
    assert parts.console("dead", "replay", "--device", name)[0] == 0
    soon(lambda: sorted(row[2] for row in parts.rows(own)) == [1, 2, 3])
    code, _table, said = parts.console("telemetry", "refill")
    assert code == 0, said
    assert "The stream holds what came since" in said
    assert "0 observations brought back" in said
    assert sorted(row[2] for row in parts.rows(own)) == [1, 2, 3]
