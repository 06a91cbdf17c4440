"""From a device's mouth to a row that can be asked: stories on the real broker, with the city's own parts."""

import asyncio
import json
import secrets
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest
from django.utils import timezone

from candia.core.access import Device as Credential
from candia.core.access import system
from candia.core.service import commands
from candia.devices import credentials
from candia.doors import mqtt_limits
from candia.telemetry import deadletters
from tests.engines.parts import Device, issue, knock, soon, thing

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def parts(lasting_parts):
    return lasting_parts


@pytest.fixture
def device(parts):
    """Connects devices and lets them go after the test."""
    there = []

    def connect(name, secret, **more):
        there.append(Device(parts.config, name, secret, **more))
        return there[-1]

    yield connect
    for one in there:
        one.close()


@pytest.fixture
def district():
    """One that no other test knows."""
    return thing(f"water.district:{secrets.token_hex(6)}").id


@pytest.fixture
def other():
    """Another one."""
    return thing(f"water.district:{secrets.token_hex(6)}").id


def command(name, **arguments):
    return commands()[f"devices.{name}"](by=system, **arguments)


def test_what_a_device_says_can_be_asked(parts, device, district):
    meter = device("door-1", issue("door-1", entities=[district]))
    assert meter.let_in()
    meter.say({"time": "2026-11-20T10:00:00Z", "inflow": 18.4})
    meter.say({"time": 1795514400, "inflow": 19.5}, topic="door-1/flow/up")
    soon(lambda: len(parts.rows(district)) == 2)
    assert [row[2] for row in parts.rows(district)] == [18.4, 19.5]


def test_a_device_may_not_speak_for_others(parts, device, district, other):
    meter = device("door-2", issue("door-2", entities=[district]))
    assert meter.let_in()
    meter.say({"entity": other, "time": "2026-11-20T10:00:00Z", "inflow": 1})
    letter = soon(lambda: parts.letters("door-2"))[0]
    assert letter.reason.startswith(f"The device 'door-2' may not speak for {other}.")
    assert parts.rows(other) == []


def test_a_device_publishes_under_its_own_name_and_hears_nothing(parts, device, district, other):
    issue("door-3", entities=[district])
    meter = device("door-4", issue("door-4", entities=[other]))
    assert meter.let_in()
    lies = {
        meter.publish({"time": "2026-11-20T10:00:00Z", "inflow": 1}, topic=topic)
        for topic in ("door-3", "door-3/up", "door-4/../door-3")
    }
    lies |= {
        meter._client.publish(topic, "{}", qos=1).mid for topic in ("dead/door-4", "$JS/API/INFO", "live/x")
    }
    meter.subscribe("v1/#")
    soon(lambda: len(meter.answers) > 1)
    assert meter.answers[1] == "Unspecified error"
    truth = meter.publish({"time": "2026-11-20T10:00:00Z", "inflow": 2})
    soon(lambda: truth in meter.acknowledged)
    soon(lambda: parts.rows(other))
    # NATS acknowledges a lie, as MQTT 3.1.1 has no word for no, and drops it.
    soon(lambda: lies <= meter.acknowledged)
    assert parts.rows(district) == []
    assert "v1.door-4" in parts.subjects()
    assert not [subject for subject in parts.subjects() if subject.startswith("v1.door-3")]


def test_a_wrong_secret_opens_nothing(parts, device, district):
    issue("door-5", entities=[district])
    for name, secret in (("door-5", "guessed"), ("nobody", "guessed"), ("door-5", ""), ("candia", "candia")):
        assert not device(name, secret).let_in()


def test_a_new_device_is_let_in_at_once_and_a_revoked_one_is_put_out_within_seconds(parts, device, district):
    meter = device("door-6", issue("door-6", entities=[district]))
    assert meter.let_in()
    command("revoke_device", device="door-6")
    soon(lambda: meter.ended)
    # It tries again, and is refused.
    soon(lambda: len(meter.answers) > 1)
    assert meter.answers[1] != "Success"


def test_a_renewed_secret_puts_out_whoever_has_the_old_one(parts, device, district):
    meter = device("door-7", issue("door-7", entities=[district]))
    assert meter.let_in()
    new = credentials.new_secret()
    command("renew_secret", device="door-7", fingerprint=credentials.fingerprint(new))
    soon(lambda: meter.ended)
    assert device("door-7", new).let_in()


def test_a_revoked_device_is_put_out_even_if_the_gateway_was_away(parts, device, district):
    meter = device("door-8", issue("door-8", entities=[district]))
    assert meter.let_in()
    parts.kill("gateway")
    command("revoke_device", device="door-8")
    # Whoever was let in goes on meanwhile, as nobody asks again.
    meter.say({"time": "2026-11-20T10:00:00Z", "inflow": 1})
    parts.start("gateway")
    soon(lambda: meter.ended)


def test_nobody_takes_over_anothers_connection(parts, device, district, other):
    meter = device("door-9", issue("door-9", entities=[district]), client_id="door-9")
    assert meter.let_in()
    assert not device("door-10", issue("door-10", entities=[other]), client_id="door-9").let_in()
    meter.say({"inflow": 1})
    assert not meter.ended


def test_a_device_leaves_nothing_behind_that_grows(parts, device, district):
    parts.with_stream(mqtt_limits.bound)
    meter = device("door-12", issue("door-12", entities=[district]))
    assert meter.let_in()
    said = {
        meter._client.publish(f"v1/door-12/{number}", "{}", qos=1, retain=True).mid for number in range(30)
    }
    soon(lambda: said <= meter.acknowledged)

    async def retained(stream):
        return (await stream.context.stream_info("$MQTT_rmsgs")).state.messages

    assert parts.with_stream(retained) <= 1
    meter.say({"time": "2026-11-20T10:00:00Z", "inflow": 1})
    soon(lambda: parts.rows(district))


def test_a_device_that_asks_for_qos_2_is_put_out(parts, device, district):
    meter = device("door-13", issue("door-13", entities=[district]))
    assert meter.let_in()
    meter._client.publish("v1/door-13", "{}", qos=2)
    soon(lambda: meter.ended)


def test_a_devices_secret_opens_no_other_door(parts, district):
    url = urlsplit(parts.config.stream_url)
    told = {"user": "door-11", "pass": issue("door-11", entities=[district]), "verbose": False}
    with socket.create_connection((url.hostname, url.port), timeout=10) as line:
        line.sendall(b"CONNECT " + json.dumps(told).encode() + b"\r\nPING\r\n")
        answer = line.makefile().read()
    assert "Authorization Violation" in answer
    assert "PONG" not in answer


def test_a_gateway_speaks_for_a_kind_and_finds_a_radio_by_its_alias(parts, device, district):
    meter = thing(f"water.meter:{secrets.token_hex(6)}", alias=secrets.token_hex(8))
    gateway = device("door-12", issue("door-12", kinds=["water.meter"]))
    assert gateway.let_in()
    event = {
        "time": "2026-11-20T10:00:00Z",
        "deviceInfo": {"devEui": meter.alias, "deviceProfileName": "any"},
        "object": {"index": 123.456, "rssi": -71},
    }
    gateway.say(event)
    soon(lambda: parts.rows(meter.id))
    assert parts.rows(meter.id)[0][::2] == ("water.index", 123.456)
    gateway.say({"entity": district, "inflow": 1})
    assert soon(lambda: parts.letters("door-12"))


def test_a_dead_letter_is_taken_once_its_entity_is_loaded(parts, device):
    gateway = device("door-13", issue("door-13", kinds=["water.meter"]))
    assert gateway.let_in()
    before, meter = int(time.time() * 1000), f"water.meter:{secrets.token_hex(6)}"
    gateway.say({"entity": meter, "index": 5})
    letter = soon(lambda: parts.letters("door-13"))[0]
    assert f"has no entity {meter!r}" in letter.reason
    thing(meter)
    assert parts.with_stream(lambda stream: deadletters.replay(stream, "door-13")) == 1
    [(_, moment, value, _)] = soon(lambda: parts.rows(meter))
    assert value == 5
    # Its time is that of the first receipt, as near as two clocks of one machine are.
    assert abs(moment - letter.received) < 2
    assert before - 1000 < moment
    assert parts.letters("door-13") == []


def test_a_thousand_devices_connect_at_once(parts):
    secret = credentials.new_secret()
    kept = credentials.fingerprint(secret)
    names = [f"many-{number}" for number in range(1000)]
    Credential.objects.bulk_create(
        Credential(id=name, secret_hash=kept, kinds=["water.meter"]) for name in names
    )
    assert set(knock(parts.config.mqtt_port, names, lambda _name: secret)) == {0}


def test_many_that_are_revoked_at_once_are_put_out_together(parts, device):
    secrets = {f"crowd-{number}": issue(f"crowd-{number}", kinds=["water.meter"]) for number in range(12)}
    crowd = [device(name, secret) for name, secret in secrets.items()]
    assert all(one.let_in() for one in crowd)
    # And a thousand that are not there.
    Credential.objects.bulk_create(Credential(id=f"gone-{number}") for number in range(1000))
    Credential.objects.update(revoked=timezone.now())
    soon(lambda: all(one.ended for one in crowd))


def test_a_flood_of_guesses_keeps_nobody_out(parts, device, district):
    secret = issue("door-14", entities=[district])
    names = ["door-14"] * 100 + [f"stranger-{number}" for number in range(100)]
    with ThreadPoolExecutor(1) as others:
        guesses = others.submit(knock, parts.config.mqtt_port, names, lambda name: f"guessed-{name}")
        assert device("door-14", secret).let_in()
        assert 0 not in guesses.result(30)


def test_what_piled_up_while_ingest_was_away_is_taken(parts, district):
    issue("door-16", entities=[district])
    parts.kill("ingest")
    # More than ingest takes at once.
    start, count = 1_760_000_000, 25_000

    async def pile_up(stream):
        for first in range(0, count, 1000):
            told = [{"time": start + number, "inflow": 1} for number in range(first, first + 1000)]
            await asyncio.gather(*(stream.publish("door-16", json.dumps(one).encode()) for one in told))

    parts.with_stream(pile_up)
    parts.start("ingest")
    soon(lambda: parts.count(district) == count)


def test_the_console_adds_a_device_that_connects_and_revokes_it(parts, device, district):
    code, secret, _said = parts.console("device", "add", "door-17", "--entity", district, "--title", "Πύργος")
    assert code == 0
    meter = device("door-17", secret.strip())
    assert meter.let_in()
    meter.say({"inflow": 1}), meter.say("nonsense \x1b[31m[red]")
    soon(lambda: parts.letters("door-17"))
    code, listed, said = parts.console("dead", "list", "--device", "door-17")
    assert "1 of 1." in said
    assert "nonsense" in listed
    assert "\x1b[31m" not in listed
    assert "Πύργος" in parts.console("device", "list", "door-17")[1]
    assert parts.console("device", "revoke", "door-17", "--yes")[0] == 0
    soon(lambda: meter.ended)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("device", "add", "door", "--kind", "water.nothing"), "The city knows no kind water.nothing."),
        (("device", "revoke", "nobody", "--yes"), "There is no device 'nobody'."),
        (("replay", "nothing"), "There is no recording 'nothing'."),
    ],
)
def test_what_the_console_can_not_do_it_says_in_a_sentence(parts, words, sentence):
    code, _, said = parts.console(*words)
    assert code == 1
    assert sentence in said
    assert "Traceback" not in said


def test_a_recording_is_replayed_as_devices_would(parts):
    for letter in "abcdefghij":
        thing(f"water.district:{letter}")
    before = int((time.time() - 2 * 86400) * 1000)
    # Other tests have districts of these names, too.
    there = set(parts.rows("water.district:a"))
    assert parts.console("device", "add", "replay", "--kind", "water.district", "--save")[0] == 0
    code, _, said = parts.console("replay", "bwdf", "--days", "2")
    assert code == 0, said
    assert "observations sent and acknowledged." in said
    soon(lambda: len(set(parts.rows("water.district:a")) - there) > 40)
    times = [row[1] for row in set(parts.rows("water.district:a")) - there]
    assert before - 3_600_000 < min(times)
    assert max(times) <= time.time() * 1000


def test_devices_come_back_after_nats_and_the_gateway_were_killed(parts, engines, device, district):
    meter = device("door-15", issue("door-15", entities=[district]))
    assert meter.let_in()
    engines.kill("nats")
    parts.kill("gateway")
    parts.start("gateway")
    soon(lambda: meter.answers.count("Success") > 1)
    number = meter.publish(json.dumps({"time": "2026-11-21T10:00:00Z", "inflow": 21}))
    soon(lambda: number in meter.acknowledged)
    soon(lambda: [row for row in parts.rows(district) if row[2] == 21])
