"""The device door and the durable log as devices meet them, with the smallest responder that can be."""

import asyncio
import base64
import contextlib
import hashlib
import json
import time

import nats
import nkeys
import paho.mqtt.client as mqtt
import pytest
from nats.js.api import SubjectTransform

from candia.engines.nats import ACCOUNT
from candia.telemetry.stream import ENTRANCE, Stream
from tests.engines_once import wait_for


class Device:
    """An MQTT 3.1.1 client that remembers what it was told."""

    def __init__(self, config, name, password):
        self.answers, self.acknowledged = [], set()
        self._client = mqtt.Client(
            mqtt.CallbackAPIVersion.VERSION2, client_id=f"{name}-{time.monotonic_ns()}"
        )
        self._client.username_pw_set(name, password)
        self._client.on_connect = lambda *told: self.answers.append(str(told[3]))
        self._client.on_publish = lambda *told: self.acknowledged.add(told[2])
        self._client.connect("127.0.0.1", config.mqtt_port)
        self._client.loop_start()

    def publish(self, topic, payload):
        """Publish with QoS 1; the message's number, acknowledged or not."""
        return self._client.publish(topic, payload, qos=1).mid

    def close(self):
        self._client.disconnect()
        self._client.loop_stop()


@pytest.fixture
async def door(engines):
    """Lets in whoever says `open`, and lets them speak for themselves alone."""
    client = await nats.connect(engines.config.gateway_url)
    key = nkeys.from_seed(bytearray(engines.config.gateway_seed.encode()))

    async def answer(message):
        asked = json.loads(_part(message.data.decode().split(".")[1]))["nats"]
        told = {"type": "authorization_response", "version": 2}
        name = asked["connect_opts"]["user"]
        if asked["connect_opts"].get("pass") == "open":
            may = {"pub": {"allow": [f"doortrial.{name}", f"doortrial.{name}.>"]}, "sub": {"deny": [">"]}}
            limits = {"subs": -1, "data": -1, "payload": -1, "type": "user", "version": 2}
            told["jwt"] = _jwt(key, sub=asked["user_nkey"], aud=ACCOUNT, name=name, nats=may | limits)
        else:
            told["error"] = "wrong password"
        await message.respond(
            _jwt(key, sub=asked["user_nkey"], aud=asked["server_id"]["id"], nats=told).encode()
        )

    await client.subscribe("$SYS.REQ.USER.AUTH", cb=answer)
    await client.flush()
    yield
    await client.close()


def _jwt(key, **claims):
    claims |= {"iss": key.public_key.decode(), "iat": int(time.time())}
    claims["jti"] = (
        base64.b32encode(hashlib.sha256(json.dumps(claims).encode()).digest()).decode().rstrip("=")
    )
    text = f"{_text({'typ': 'JWT', 'alg': 'ed25519-nkey'})}.{_text(claims)}"
    return f"{text}.{base64.urlsafe_b64encode(key.sign(text.encode())).decode().rstrip('=')}"


def _text(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def _part(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@pytest.fixture
async def stream(engines):
    """The stream of what devices of this test say, beside the city's own."""
    own = await Stream.connect(engines.config.stream_url)
    await own.prepare()
    context = own.context
    with contextlib.suppress(nats.js.errors.NotFoundError):
        await context.delete_stream("DOORTRIAL")
    here = SubjectTransform(src=f"{ENTRANCE}doortrial.>", dest="doortrial.>")
    await context.add_stream(name="DOORTRIAL", subjects=[here.src], subject_transform=here)
    yield context
    await context.delete_stream("DOORTRIAL")
    await own.close()


async def test_a_device_speaks_for_itself_alone(engines, door, stream):
    device = await asyncio.to_thread(Device, engines.config, "trial-1", "open")
    try:
        await asyncio.to_thread(wait_for, lambda: device.answers)
        device.publish("doortrial/trial-2", "a lie")
        mine = device.publish("doortrial/trial-1/up", "the truth")
        await asyncio.to_thread(wait_for, lambda: mine in device.acknowledged)
        said = (await stream.stream_info("DOORTRIAL", subjects_filter=">")).state.subjects
        assert said == {"doortrial.trial-1.up": 1}
    finally:
        await asyncio.to_thread(device.close)


async def test_a_stranger_stays_outside(engines, door):
    device = await asyncio.to_thread(Device, engines.config, "trial-1", "guessed")
    try:
        await asyncio.to_thread(wait_for, lambda: device.answers)
        assert device.answers[0] != "Success"
    finally:
        await asyncio.to_thread(device.close)


async def test_what_was_acknowledged_outlives_kill(engines, door, stream):
    device = await asyncio.to_thread(Device, engines.config, "trial-3", "open")
    try:
        await asyncio.to_thread(wait_for, lambda: device.answers)
        sent = {device.publish("doortrial/trial-3", str(number)) for number in range(300)}
        await asyncio.to_thread(wait_for, lambda: sent <= device.acknowledged)
        await asyncio.to_thread(device.close)
        await asyncio.to_thread(engines.kill, "nats")
        client = await nats.connect(engines.config.stream_url)
        kept = (await client.jetstream().stream_info("DOORTRIAL")).state.messages
        await client.close()
        assert kept == 300
    finally:
        await asyncio.to_thread(device.close)
