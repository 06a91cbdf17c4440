"""What was acknowledged is stored exactly once, through ten times `kill -9` in the middle of a load."""

import asyncio
import json
import secrets
import subprocess
import sys
import threading
import time

import nkeys
import paho.mqtt.client as mqtt
import pytest

from candia.engines.nats import ACCOUNT
from candia.telemetry import live
from candia.telemetry.store import Store
from candia.telemetry.stream import Stream, StreamAway
from tests.engines.test_nats import _jwt, _part
from tests.engines_once import wait_for

KILLS = ["nats", "clickhouse", "ingest", "ingest", "nats", "clickhouse", "nats", "ingest", "clickhouse", "ingest"]
DEVICES = 20
HOUR = 3_600_000


class Ingest:
    """The process under test, and whoever starts it again."""

    def __init__(self, config):
        self._words = [sys.executable, "-m", "tests.engines.ingest_alone", config.telemetry_url, config.stream_url]
        self.start()

    def start(self):
        self._process = subprocess.Popen(self._words, stderr=subprocess.DEVNULL)

    def kill(self):
        self._process.kill()
        self._process.wait()


@pytest.fixture
async def ingest(engines):
    store = Store(engines.config.telemetry_url)
    store.prepare()
    stream = await Stream.connect(engines.config.stream_url)
    await stream.prepare()
    process = Ingest(engines.config)
    process.store, process.stream = store, stream
    yield process
    process.kill()
    await stream.close()
    store.close()


@pytest.fixture
async def door(engines):
    """Lets every device in, to speak under its own name."""
    client = await live.connect(engines.config.gateway_url)
    key = nkeys.from_seed(bytearray(engines.config.gateway_seed.encode()))

    async def answer(message):
        asked = json.loads(_part(message.data.decode().split(".")[1]))["nats"]
        name = asked["connect_opts"]["user"]
        may = {"pub": {"allow": [f"v1.{name}"]}, "subs": -1, "data": -1, "payload": -1, "type": "user", "version": 2}
        told = {"type": "authorization_response", "version": 2}
        told["jwt"] = _jwt(key, sub=asked["user_nkey"], aud=ACCOUNT, name=name, nats=may)
        await message.respond(
            _jwt(key, sub=asked["user_nkey"], aud=asked["server_id"]["id"], nats=told).encode()
        )

    await client.subscribe("$SYS.REQ.USER.AUTH", cb=answer)
    await client.flush()
    yield
    await client.close()


class Load:
    """Observations, each at a moment of its own and sent until it is acknowledged; `sent` are those that were."""

    def __init__(self, mark):
        self.mark, self.sent, self.stop = mark, set(), threading.Event()
        self._start = int(time.time() * 1000) // HOUR * HOUR - 48 * HOUR

    def payload(self, device, number):
        entity, moment = f"water.meter:{self.mark}-{device}", self._start + number * 7_000
        return (entity, moment, float(number)), json.dumps({"entity": entity, "time": moment, "flow": number}).encode()

    async def by_http(self, stream, device):
        """As the HTTP door does: answer when the stream has acknowledged, let the client try again if not."""
        number = 0
        while not self.stop.is_set():
            key, payload = self.payload(device, number)
            try:
                await asyncio.wait_for(stream.publish(f"device-{device}", payload), 1)
            except (StreamAway, TimeoutError):
                continue
            self.sent.add(key)
            number += 1

    def by_mqtt(self, port, device):
        """As a device does: QoS 1, a few under way, and again after each connection."""
        client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id=f"{self.mark}-{device}")
        client.username_pw_set(f"device-{device}", "any")
        client.reconnect_delay_set(1, 1)
        client.connect("127.0.0.1", port)
        client.loop_start()
        number, under_way = 0, []
        while not self.stop.is_set() or under_way:
            while len(under_way) < 10 and not self.stop.is_set():
                key, payload = self.payload(device, number)
                under_way.append((key, client.publish(f"v1/device-{device}", payload, qos=1)))
                number += 1
            key, told = under_way.pop(0)
            told.wait_for_publish(30)
            if told.is_published():
                self.sent.add(key)
        client.disconnect()
        client.loop_stop()


async def test_nothing_acknowledged_is_lost_and_nothing_is_doubled(engines, ingest, door):
    load = Load(secrets.token_hex(4))
    half = DEVICES // 2
    devices = [asyncio.to_thread(load.by_mqtt, engines.config.mqtt_port, device) for device in range(half)]
    devices += [load.by_http(ingest.stream, device) for device in range(half, DEVICES)]
    running = [asyncio.ensure_future(device) for device in devices]
    for name in KILLS:
        # Each blow falls when the load has gone on for a while.
        before = len(load.sent)
        await asyncio.to_thread(wait_for, lambda before=before: len(load.sent) > before + 500, 20)
        if name == "ingest":
            await asyncio.to_thread(ingest.kill)
            ingest.start()
        else:
            await asyncio.to_thread(engines.kill, name)
    load.stop.set()
    await asyncio.gather(*running)
    await asyncio.to_thread(wait_for, lambda: stored(ingest.store, load.mark) >= len(load.sent), 30)
    rows = raw(ingest.store, load.mark)
    assert len(rows) == len(set(rows))
    assert load.sent - set(rows) == set()
    # What a device sent and was told nothing of may be there as well, but nothing that nobody sent.
    assert all(value * 7_000 == moment - load._start for _, moment, value in rows)
    await asyncio.to_thread(wait_for, lambda: hours(ingest.store, load.mark) == by_hour(rows), 30)


def stored(store, mark):
    return store.ask(
        "SELECT count() AS n FROM observations FINAL WHERE property = 'water.flow' AND entity LIKE {like:String}",
        like=f"water.meter:{mark}-%",
    )["n"][0].as_py()


def raw(store, mark):
    rows = store.ask(
        "SELECT entity, toUnixTimestamp64Milli(time) AS time, value FROM observations FINAL "
        "WHERE property = 'water.flow' AND entity LIKE {like:String}",
        like=f"water.meter:{mark}-%",
    )
    return [tuple(row.values()) for row in rows.to_pylist()]


def hours(store, mark):
    rows = store.ask(
        "SELECT entity, toUnixTimestamp(hour) AS hour, count, sum FROM hourly FINAL "
        "WHERE property = 'water.flow' AND entity LIKE {like:String}",
        like=f"water.meter:{mark}-%",
    )
    return {(row["entity"], row["hour"]): (row["count"], row["sum"]) for row in rows.to_pylist()}


def by_hour(rows):
    found = {}
    for entity, moment, value in rows:
        key = (entity, moment // HOUR * 3600)
        count, total = found.get(key, (0, 0.0))
        found[key] = (count + 1, total + value)
    return found
