"""One client wants too much of the door: others are served meanwhile, and it is told."""

import asyncio
import contextlib
import resource
import socket
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from nats.js.api import AckPolicy, ConsumerConfig

from candia.telemetry.stream import OBSERVATIONS
from tests.engines.parts import Device, issue, knock, soon
from tests.engines.small_disk import MB, SmallCity, SmallDisk

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def city(engines, django_db_setup, django_db_blocker):
    from django.db import connection

    disk = SmallDisk(300)
    with django_db_blocker.unblock():
        name = connection.settings_dict["NAME"]
    city = SmallCity(engines, name, disk, DISK_RESERVE=20, STREAM_MAX=100, DEVICE_RATE=1)
    yield city
    city.close()
    disk.close()


@pytest.fixture
def device(city):
    there = []

    def connect(name, **more):
        there.append(Device(city.config, name, issue(name, kinds=["water.meter"]), **more))
        assert there[-1].let_in()
        return there[-1]

    yield connect
    for one in there:
        one.close()


def held(city):
    """How many messages the stream holds, and how many bytes."""

    async def ask(stream):
        state = (await stream.context.stream_info(OBSERVATIONS)).state
        return state.messages, state.bytes

    return city.ask(ask)


def test_what_comes_with_qos_0_lies_in_the_stream_too(city, device):
    meter = device("zero-1")
    soon(lambda: "Candia" in users(city))
    meter._client.publish("v1/zero-1", b"nobody promised", qos=0)
    meter._client.publish("v1/zero-1", b"promised", qos=1)
    soon(lambda: {b"nobody promised", b"promised"} <= set(city.stored()))
    assert city.stored().count(b"promised") == 1


def test_a_device_that_sends_more_than_its_quota_is_put_out_and_others_are_not(city, device):
    quiet, loud = device("quota-1"), device("quota-2")
    _, before = held(city)
    # It may send 32 MB at once, and is seen at one of the next looks: 90 MB at some 50 MB/s never go through.
    for _ in range(90):
        loud._client.publish("v1/quota-2", bytes(MB), qos=1)
        time.sleep(0.02)
    soon(lambda: loud.ended)
    soon(lambda: city.stands("device_over_quota"))
    assert held(city)[1] - before < 85 * MB
    soon(lambda: len(loud.answers) > 1)
    assert loud.answers[1] != "Success"
    assert "'quota-2' sent more than its quota" in city.said("gateway")
    quiet.say({"inflow": 1})
    assert not quiet.ended


def test_a_flood_of_guesses_costs_few_words_and_keeps_nobody_out(city, device):
    words = len(city.said("gateway"))
    names = [f"guess-{number}" for number in range(50)] * 20
    with ThreadPoolExecutor(1) as others:
        guesses = others.submit(knock, city.config.mqtt_port, names, lambda name: f"guessed-{name}")
        device("right-1")
        assert 0 not in guesses.result(60)
    assert len(city.said("gateway")) - words < 10_000


def test_a_thousand_that_say_nothing_keep_nobody_out(city):
    secret = issue("right-2", kinds=["water.meter"])
    most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most[1], 4096), most[1]))
    with contextlib.ExitStack() as lines:
        for _ in range(1000):
            lines.enter_context(socket.create_connection(("127.0.0.1", city.config.mqtt_port)))
        assert knock(city.config.mqtt_port, ["right-2"], lambda _name: secret) == [0]
    resource.setrlimit(resource.RLIMIT_NOFILE, most)


def test_the_stream_drops_what_is_stored_and_never_what_is_not(city, device):
    _, before = held(city)
    most = city.config.stream_bytes

    async def fill(stream, payload):
        with contextlib.suppress(Exception):
            while True:
                await asyncio.gather(*(stream.publish("fills", payload) for _ in range(8)))

    city.ask(lambda stream: fill(stream, bytes(MB)))
    # Nothing of it is stored: the door is shut, and nothing is dropped.
    soon(lambda: city.stands("backlog_full"))
    count, size = held(city)
    assert before <= size <= most

    async def store(stream, sequence):
        config = ConsumerConfig(durable_name="ingest-1-test", ack_policy=AckPolicy.ALL, max_ack_pending=10**6)
        await stream.context.add_consumer(OBSERVATIONS, config)
        reader = await stream.context.pull_subscribe_bind(consumer="ingest-1-test", stream=OBSERVATIONS)
        for _ in range(sequence):
            [told] = await reader.fetch(1)
        await told.ack_sync()

    stored = count // 2
    first = city.ask(first_of)
    city.ask(lambda stream: store(stream, stored))
    soon(lambda: not city.stands("backlog_full"))
    # Of what was not stored, all is there.
    assert held(city)[1] < 0.85 * most
    assert city.ask(first_of) <= first + stored
    device("right-3").say({"inflow": 1})


async def first_of(stream):
    """The number of the first message that the stream still holds."""
    return (await stream.context.stream_info(OBSERVATIONS)).state.first_seq


def users(city):
    """Who is connected by MQTT."""
    from candia.engines.nats import ACCOUNT, CONNECTIONS, ask

    told = ask(city.config.gateway_url, CONNECTIONS, {"auth": True, "acc": ACCOUNT})["data"]
    return {one.get("authorized_user") for one in told["connections"]}
