"""Orders on the real broker: from a wish at the desk to what a device did, with gateway and ingest as processes."""

import asyncio
import base64
import contextlib
import json
import secrets
import threading
import time

import pytest
from asgiref.testing import ApplicationCommunicator
from django.db import connection
from django.utils import timezone

from candia.contract.dummy import installed
from candia.contract.dummy.service import LEVEL, MODE, PULSE
from candia.core import errors
from candia.core.access import system
from candia.core.alert import Alert
from candia.core.event import Event, story
from candia.core.jobs import hear
from candia.core.telemetry import store
from candia.devices import credentials
from candia.devices.models import Order, OrderGroup, WantedState
from candia.devices.orders import commands
from candia.devices.orders.worker import Worker
from candia.doors import device_orders
from candia.doors.device_orders import ANSWERS
from candia.doors.device_orders import PATH as ORDERS
from candia.doors.fast_intake import FastIntake
from candia.engines.nats import CONNECTIONS_AT_MOST
from candia.telemetry import downlink
from candia.telemetry.observation import Observation
from candia.telemetry.store import columns
from tests.engines.parts import Device, issue, soon, thing
from tests.simulator import SimulatedDevice

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def parts(lasting_parts):
    return lasting_parts


@pytest.fixture(autouse=True)
def _dummy():
    with installed():
        yield


@pytest.fixture
def worker(parts):
    """The worker of orders, in this process so that it knows the dummy service."""
    loop, started = asyncio.new_event_loop(), threading.Event()

    async def work():
        started.set()
        with contextlib.suppress(asyncio.CancelledError):
            await Worker(parts.config.stream_url, 1000).run()

    thread = threading.Thread(target=loop.run_until_complete, args=(task := loop.create_task(work()),))
    thread.start()
    started.wait()
    yield
    loop.call_soon_threadsafe(task.cancel)
    thread.join()
    # What a round has begun it ends.
    for one in threading.enumerate():
        if one.name.startswith("orders-"):
            one.join()
    loop.close()


@pytest.fixture
def lamp():
    return thing(f"dummy.lamp:{secrets.token_hex(6)}").id


@pytest.fixture
def simulated(parts):
    """Simulated devices, by what they do with orders."""
    there = []

    def start(manner="obey", entities=(), **more):
        name = f"sim-{secrets.token_hex(4)}"
        secret = issue(name, entities=list(entities))
        there.append(SimulatedDevice(parts.config.mqtt_port, name, secret, manner, **more))
        return there[-1]

    yield start
    for one in there:
        one.sleep()


def want(lamp, value, capability=LEVEL, **more):
    return commands.want_state(by=system, entity=lamp, capability=capability.qualified, value=value, **more)


def state(lamp, capability=LEVEL):
    newest = Order.objects.filter(entity=lamp, capability=capability.qualified).order_by("-made").first()
    return newest and newest.state


def test_a_device_obeys_and_the_story_tells_of_each_step(parts, worker, simulated, lamp):
    device = simulated(entities=[lamp], report=False)
    wish = want(lamp, 40)
    soon(lambda: state(lamp) == "done")
    assert device.states[lamp, "level"] == 40
    order = Order.objects.get(entity=lamp)
    told = list(story(order.story_id))
    kinds = ["devices.order_queued", "devices.order_sent", "devices.order_received", "devices.order_done"]
    assert [event.kind for event in told] == kinds
    assert told[0].because == wish
    assert {event.because for event in told[1:]} == {told[0]}
    assert told[-1].by == f"device:{device.name}"


@pytest.mark.parametrize(
    ("manner", "ends"), [("refuse", "refused"), ("fail", "failed"), ("receive", "received")]
)
def test_what_a_device_says_is_kept_with_its_reason(parts, worker, simulated, lamp, manner, ends):
    device = simulated(manner, [lamp])
    want(lamp, "full", MODE)
    soon(lambda: state(lamp, MODE) == ends)
    assert device.carried_out == []
    assert Order.objects.get(entity=lamp).note == {
        "refuse": "the valve is locked by hand",
        "fail": "the motor does not turn",
    }.get(manner, "")


def test_a_device_that_was_away_gets_the_newest_alone(parts, worker, simulated, lamp):
    device = simulated(entities=[lamp], report=False)
    device.sleep()
    for level in (10, 20, 30):
        want(lamp, level)
        soon(lambda level=level: Order.objects.filter(entity=lamp, value=level, state="sent").exists())
    soon(lambda: states(lamp) == ["replaced", "replaced", "sent"])
    device.wake()
    soon(lambda: state(lamp) == "done")
    # The same order may come twice where an answer took its time; older ones never do.
    assert {(order["order"], order["value"]) for order in device.heard} == {(device.heard[0]["order"], 30)}


def test_an_act_of_a_moment_does_not_come_late(parts, worker, simulated, lamp):
    device = simulated(entities=[lamp])
    device.sleep()
    commands.order_act(by=system, entity=lamp, capability=PULSE.qualified)
    soon(lambda: state(lamp, PULSE) == "unanswered")
    device.wake()
    # Whatever lay in wait for the device comes before what is ordered now.
    want(lamp, "eco", MODE)
    soon(lambda: state(lamp, MODE) == "done")
    assert [order["capability"] for order in device.heard] == ["mode"]


def test_an_act_is_done_once_and_not_ordered_twice_at_a_time(parts, worker, simulated, lamp):
    device = simulated(entities=[lamp], lag=0.5)
    commands.order_act(by=system, entity=lamp, capability=PULSE.qualified)
    with pytest.raises(errors.Conflict):
        commands.order_act(by=system, entity=lamp, capability=PULSE.qualified)
    soon(lambda: state(lamp, PULSE) == "done")
    assert len(device.carried_out) == len(device.heard) == 1


def test_what_is_cancelled_in_time_is_not_done(parts, worker, simulated, lamp):
    device = simulated(entities=[lamp])
    device.sleep()
    want(lamp, "full", MODE)
    soon(lambda: state(lamp, MODE) == "sent")
    commands.cancel_order(by=system, order=Order.objects.get(entity=lamp))
    soon(lambda: WantedState.objects.get(entity=lamp).reason == "")
    soon(lambda: in_stream(parts, device) == 0)
    device.wake()
    want(lamp, 7)
    soon(lambda: state(lamp) == "done")
    assert [order["capability"] for order in device.heard] == ["level"]


def test_a_group_is_counted(parts, worker, simulated):
    lamps = [thing(f"dummy.lamp:{secrets.token_hex(6)}").id for _ in range(50)]
    simulated(entities=lamps[:48], report=False)
    simulated("mute", entities=lamps[48:])
    event = commands.order_group(by=system, entities=lamps, capability=LEVEL.qualified, value=30)
    group = OrderGroup.objects.get(pk=event.data["group"])
    soon(lambda: group.counted() == {"done": 48, "sent": 2})
    # The time of those that do not answer is over.
    group.orders.filter(state="sent").update(until=timezone.now(), due=timezone.now())
    soon(lambda: group.counted() == {"done": 48, "unanswered": 2})


def test_a_device_hears_nobody_elses_orders(parts, worker, simulated, lamp):
    victim = simulated(entities=[lamp], report=False)
    spy = Device(parts.config, "spy", issue("spy", entities=[thing("dummy.lamp:spy").id]), client_id="spy")
    heard = []
    spy._client.on_message = lambda *told: heard.append(told[2].topic)
    assert spy.let_in()
    for number, topic in enumerate(
        [f"orders/v1/{victim.name}/+", "orders/#", "orders/v1/+/+", "$MQTT/sub/#", "answers/#", "#"], 2
    ):
        spy.subscribe(topic)
        soon(lambda number=number: len(spy.answers) == number)
        assert spy.answers[-1] == "Unspecified error"
    want(lamp, 5)
    soon(lambda: state(lamp) == "done")
    assert heard == []
    # Nor does it answer for the other: what it says of that order is thrown away.
    order = Order.objects.get(entity=lamp)
    for name in (victim.name, "spy"):
        spy._client.publish(f"answers/v1/{name}", json.dumps({"order": str(order.pk), "state": "failed"}), 1)
    want(lamp, 6)
    soon(lambda: state(lamp) == "done")
    order.refresh_from_db()
    assert order.state == "done"
    spy.close()


def test_a_liar_is_contradicted_by_measurement_until_it_does_what_it_says(parts, worker, simulated, lamp):
    device = simulated(entities=[lamp], report=False)
    want(lamp, 40)
    soon(lambda: state(lamp) == "done")
    measured(lamp, 12)
    soon(lambda: state(lamp) == "contradicted")
    assert "12" in judged(lamp).sentence()
    measured(lamp, 41)
    soon(lambda: state(lamp) == "confirmed")
    soon(lambda: not Alert.objects.filter(entity=lamp, closed=None).exists())
    assert device.states[lamp, "level"] == 40


def test_as_many_devices_may_keep_a_place_among_the_orders_as_may_connect(parts):
    async def ask(stream):
        return (await stream.context.stream_info(downlink.ORDERS)).config.max_consumers

    assert parts.with_stream(ask) >= CONNECTIONS_AT_MOST


def test_nothing_is_lost_while_the_stream_is_away(engines, parts, worker, simulated, lamp):
    device = simulated(entities=[lamp], report=False)
    engines.kill("nats")
    want(lamp, 40)
    soon(lambda: hurried(lamp) and state(lamp) == "done")
    assert len(device.carried_out) == 1


async def ask(method, path, who, body=b"", *, query=b"", hangs_up=False):
    """What the city's HTTP door answers a device: status and JSON; None where it hung up before."""
    secret = base64.b64encode(f"{who[0]}:{who[1]}".encode())
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": query,
        "client": ("127.0.0.1", 1),
    }
    scope["headers"] = [(b"authorization", b"Basic " + secret), (b"content-type", b"application/json")]
    talk = ApplicationCommunicator(FastIntake(None), scope)
    await talk.send_input({"type": "http.request", "body": body, "more_body": False})
    if hangs_up:
        await talk.send_input({"type": "http.disconnect"})
        await talk.wait(40)
        return None
    start, told = await talk.receive_output(40), await talk.receive_output(40)
    return start["status"], json.loads(told["body"])


@pytest.fixture
def by_http(lamp):
    """A device that speaks HTTP: its name and secret."""
    credentials._book.cache_clear()
    name = f"http-{secrets.token_hex(4)}"
    yield name, issue(name, entities=[lamp])
    credentials._book.cache_clear()


def test_a_device_that_speaks_http_waits_for_its_orders_and_answers(worker, lamp, by_http):
    async def hear_and_obey():
        waits = asyncio.create_task(ask("GET", ORDERS, by_http, query=b"wait=25"))
        await asyncio.to_thread(soon, lambda: device_orders._waiting[by_http[0]])
        await asyncio.to_thread(elsewhere, lambda: want(lamp, 40))
        status, told = await waits
        (order,) = told["orders"]
        said = json.dumps([{"order": order["order"], "state": state} for state in ("received", "done")])
        return status, order, await ask("POST", ANSWERS, by_http, said.encode())

    status, order, (accepted, _) = asyncio.run(hear_and_obey())
    assert (status, accepted) == (200, 202)
    assert (order["entity"], order["capability"], order["value"]) == (lamp, "level", 40)
    soon(lambda: state(lamp) == "done")


def test_an_act_is_handed_out_once_over_http(worker, lamp, by_http):
    commands.order_act(by=system, entity=lamp, capability=PULSE.qualified)
    soon(lambda: state(lamp, PULSE) == "sent")
    both = [asyncio.run(ask("GET", ORDERS, by_http)) for _ in range(2)]
    assert sorted(len(told["orders"]) for _status, told in both) == [0, 1]


def test_who_hung_up_while_waiting_takes_no_order_along(worker, lamp, by_http):
    assert asyncio.run(ask("GET", ORDERS, by_http, query=b"wait=25", hangs_up=True)) is None
    want(lamp, 40)
    soon(lambda: state(lamp) == "sent")
    assert len(asyncio.run(ask("GET", ORDERS, by_http))[1]["orders"]) == 1


def test_over_http_nobody_hears_or_says_anothers(worker, lamp, by_http):
    want(lamp, 40)
    soon(lambda: state(lamp) == "sent")
    other = f"other-{secrets.token_hex(4)}"
    who = other, issue(other, entities=[thing(f"dummy.lamp:{other}").id])
    assert asyncio.run(ask("GET", ORDERS, who)) == (200, {"orders": []})
    assert asyncio.run(ask("GET", ORDERS, (by_http[0], "guessed")))[0] == 401
    assert asyncio.run(ask("GET", ORDERS, who, query=b"wait=9999"))[0] == 422
    assert asyncio.run(ask("POST", ANSWERS, who, b'{"order": "x", "state": "done"}'))[0] == 422


def elsewhere(do):
    """Do it in a thread whose connection to the records ends with it."""
    try:
        do()
    finally:
        connection.close()


def states(lamp):
    return list(Order.objects.filter(entity=lamp).order_by("version").values_list("state", flat=True))


def hurried(lamp):
    """Let no pause between two attempts keep the test waiting."""
    Order.objects.filter(entity=lamp, state="sent").update(due=timezone.now())
    return True


def in_stream(parts, device):
    async def ask(stream):
        subject = f"$MQTT.msgs.orders.v1.{device.name}.*"
        info = await stream.context.stream_info("$MQTT_msgs", subjects_filter=subject)
        return len(info.state.subjects or {})

    return parts.with_stream(ask)


def measured(lamp, value):
    """What ingest would store of a reading of this moment."""
    now = time.time_ns() // 1000
    store().append(columns([Observation(lamp, "dummy.level", now // 1000, float(value))], now))


def judged(lamp):
    """Let the rule hear of the contradiction, as the part `jobs` does."""
    event = Event.objects.filter(entity=lamp, kind="devices.order_contradicted").latest("id")
    hear(service="devices", rule="contradicted", event=event.pk)
    return Alert.objects.get(entity=lamp, closed=None)
