"""What was acknowledged is stored exactly once, through `kill -9` of one part after another amid a load."""

import asyncio
import json
import secrets
import threading
import time
from contextlib import suppress

import paho.mqtt.client as mqtt
import pytest

from candia.core.access import Device
from candia.devices import credentials
from candia.telemetry.stream import Stream, StreamAway
from tests.engines.parts import thing
from tests.engines_once import wait_for

KILLS = [
    "nats",
    "clickhouse",
    "ingest",
    "gateway",
    "ingest",
    "nats",
    "clickhouse",
    "nats",
    "ingest",
    "clickhouse",
]
KILLS += ["ingest"]
DEVICES, UNDER_WAY = 20, 10
HOUR, STEP = 3_600_000, 7_000


class Load:
    """Readings, each at a moment of its own and sent until it is acknowledged; `sent` are those that were."""

    def __init__(self, mark, secret):
        self.mark, self._secret = mark, secret
        self.sent, self.stop = set(), threading.Event()
        self.start = (int(time.time() * 1000) // HOUR - 60 * 24) * HOUR

    def reading(self, device, number):
        entity, moment, value = (
            f"water.district:{self.mark}-{device}",
            self.start + number * STEP,
            number % 1000,
        )
        told = {"entity": entity, "time": moment, "inflow": value}
        return (entity, moment, float(value)), json.dumps(told).encode()

    async def by_stream(self, stream, device):
        """As the HTTP door does: the answer follows the stream's acknowledgement, else the client tries again."""
        number = 0
        while not self.stop.is_set():
            key, payload = self.reading(device, number)
            with suppress(StreamAway, TimeoutError):
                await asyncio.wait_for(stream.publish(f"kill-{device}", payload), 1)
                self.sent.add(key)
                number += 1

    def by_mqtt(self, port, device):
        """As a device does: QoS 1, a few under way, and again after each connection."""
        acknowledged, under_way, number = set(), {}, 0
        client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id=f"kill-{device}")
        client.username_pw_set(f"kill-{device}", self._secret)
        client.reconnect_delay_set(1, 1)
        client.on_publish = lambda *told: acknowledged.add(told[2])
        client.connect("127.0.0.1", port)
        client.loop_start()
        while under_way or not self.stop.is_set():
            while len(under_way) < UNDER_WAY and not self.stop.is_set():
                key, payload = self.reading(device, number)
                under_way[client.publish(f"v1/kill-{device}", payload, qos=1).mid] = key
                number += 1
            for mid in acknowledged & under_way.keys():
                acknowledged.discard(mid)
                self.sent.add(under_way.pop(mid))
            time.sleep(0.005)
        client.disconnect()
        client.loop_stop()


@pytest.fixture
def load(parts):
    """Twenty devices with a district each, ten by MQTT and ten as the HTTP door does."""
    load = Load(secrets.token_hex(4), secret := credentials.new_secret())
    kept = credentials.fingerprint(secret)
    for number in range(DEVICES):
        own = thing(f"water.district:{load.mark}-{number}").id
        Device.objects.create(id=f"kill-{number}", secret_hash=kept, entities=[own])
    half = DEVICES // 2
    running = [
        threading.Thread(target=load.by_mqtt, args=(parts.config.mqtt_port, device)) for device in range(half)
    ]
    running.append(threading.Thread(target=asyncio.run, args=(_publish(parts, load, range(half, DEVICES)),)))
    for thread in running:
        thread.start()
    load.end = lambda: (load.stop.set(), [thread.join(60) for thread in running])
    yield load
    load.end()


async def _publish(parts, load, numbers):
    stream = await Stream.connect(parts.config.stream_url)
    await asyncio.gather(*(load.by_stream(stream, number) for number in numbers))
    await stream.close()


def test_nothing_acknowledged_is_lost_and_nothing_is_doubled(engines, parts, load):
    for name in KILLS:
        # Each blow falls when the load has gone on for a while.
        before = len(load.sent)
        wait_for(lambda before=before: len(load.sent) > before + 500, 60)
        if name in {"ingest", "gateway"}:
            parts.kill(name)
            parts.start(name)
        else:
            engines.kill(name)
    load.end()
    wait_for(lambda: load.sent <= set(raw(parts.store, load.mark)), 60)
    rows = raw(parts.store, load.mark)
    assert len({row[:2] for row in rows}) == len(rows)
    # What a device sent and was told nothing of may be there as well, but nothing that nobody sent.
    assert all(value == (moment - load.start) // STEP % 1000 for _, moment, value in rows)
    wait_for(lambda: hours(parts.store, load.mark) == by_hour(raw(parts.store, load.mark)), 60)


def raw(store, mark):
    rows = store.ask(
        "SELECT entity, toUnixTimestamp64Milli(time) AS time, value FROM observations FINAL "
        "WHERE property = 'water.inflow' AND entity LIKE {like:String}",
        like=f"water.district:{mark}-%",
    )
    return [tuple(row.values()) for row in rows.to_pylist()]


def hours(store, mark):
    rows = store.ask(
        "SELECT entity, toUnixTimestamp(hour) AS hour, count, sum FROM hourly FINAL "
        "WHERE property = 'water.inflow' AND entity LIKE {like:String}",
        like=f"water.district:{mark}-%",
    )
    return {(row["entity"], row["hour"]): (row["count"], row["sum"]) for row in rows.to_pylist()}


def by_hour(rows):
    found = {}
    for entity, moment, value in rows:
        key = (entity, moment // HOUR * 3600)
        count, total = found.get(key, (0, 0.0))
        found[key] = (count + 1, total + value)
    return found
