"""Orders as LoRaWAN downlinks: what ChirpStack's queue holds, and what becomes of an order, round by round."""

import time
from dataclasses import replace
from datetime import timedelta

import grpc
import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from candia.contract.dummy import installed
from candia.contract.dummy.service import LEVEL, MODE, PULSE, Lamp
from candia.core import errors
from candia.core.access import Device, system
from candia.core.alert import Alert
from candia.core.event import Event, story
from candia.core.jobs import hear as hear_event
from candia.core.telemetry import store
from candia.devices.commands import drop_lorawan, set_lorawan
from candia.devices.credentials import issue
from candia.devices.models import LorawanAddress, Order
from candia.devices.orders import commands, evidence, rounds
from candia.devices.orders.chirpstack import ChirpStack
from candia.devices.orders.downlinks import REPORTS, RETRY, Downlinks, hear
from candia.devices.orders.message import Acknowledgement
from candia.devices.tests.chirpstack import TOKEN, FakeChirpStack
from candia.devices.tests.samples import shift
from candia.devices.tests.test_orders_desk import words
from candia.telemetry.observation import Observation
from candia.telemetry.store import columns

pytestmark = pytest.mark.django_db
EUI = "a84041ffff1a2b3c"
code = LEVEL.encode


@pytest.fixture(autouse=True)
def _dummy():
    with installed():
        yield


@pytest.fixture
def network():
    """A ChirpStack that answers."""
    made = FakeChirpStack()
    yield made
    made.stop()


@pytest.fixture
def downlinks(network, settings):
    """The city's hand at it."""
    settings.CANDIA = replace(settings.CANDIA, chirpstack_url=network.url, chirpstack_token=TOKEN)
    client = ChirpStack(network.url, TOKEN)
    yield Downlinks(client)
    client.close()


@pytest.fixture
def lamp(downlinks):
    """A lamp that sleeps between its words."""
    return reached("A")


def reached(device_class, local="air", eui=EUI):
    made = Lamp.objects.create(id=f"dummy.lamp:{local}-{time.monotonic_ns()}", name="Lamp", alias=eui)
    issue(system, f"node-{local}", entities=[made.id])
    set_lorawan(by=system, device=f"node-{local}", dev_eui=eui, f_port=10, device_class=device_class)
    return made


def want(lamp, value, capability=LEVEL):
    return commands.want_state(by=system, entity=lamp.id, capability=capability.qualified, value=value)


def go(downlinks, moment=None):
    """A round of the worker, and what it has ChirpStack do."""
    outbox = rounds.round_at(moment or timezone.now(), 1000)
    assert not outbox.messages
    downlinks.bring(outbox.by_air, moment or timezone.now())


def newest():
    return Order.objects.order_by("-made").first()


def acknowledge(order=None, *, heard=True, eui=EUI, now=None):
    order = order or newest()
    return hear([Acknowledgement(eui, order.ticket, heard)], now or timezone.now())


def measured(lamp, value, moment):
    seen = [Observation(lamp.id, "dummy.level", int(moment.timestamp() * 1000), float(value))]
    store().append(columns(seen, time.time_ns() // 1000))


def waiting(network, eui=EUI):
    return [item.data for item in network.queues[eui]]


def test_a_device_hears_its_order_and_its_own_report_confirms_it(network, downlinks, lamp):
    want(lamp, 40)
    go(downlinks)
    (item,) = network.queues[EUI]
    assert (item.data, item.f_port, item.confirmed) == (b"\x28", 10, True)
    assert item.expires_at.seconds == int(newest().until.timestamp())
    assert acknowledge() == 1
    assert newest().state == "received"
    measured(lamp, 41, timezone.now() + timedelta(seconds=1))
    evidence.look(timezone.now() + timedelta(seconds=2))
    order = newest()
    assert order.state == "confirmed"
    kinds = [event.kind.rpartition("_")[2] for event in story(order.story_id)]
    assert kinds == ["queued", "sent", "received", "confirmed"]


def test_the_newest_takes_the_place_of_an_older_one_that_still_waits(network, downlinks, lamp):
    for level in (10, 20, 30):
        want(lamp, level)
        go(downlinks)
        go(downlinks)
    assert waiting(network) == [b"\x1e"]
    states = list(Order.objects.order_by("made").values_list("state", flat=True))
    assert states == ["replaced", "replaced", "sent"]


def test_of_two_things_that_one_device_does_each_keeps_its_downlink(network, downlinks, lamp):
    other = Lamp.objects.create(id=f"{lamp.id}-b", name="B")
    Device.objects.filter(pk="node-air").update(entities=[lamp.id, other.id])
    want(other, 5)
    want(lamp, 10)
    go(downlinks)
    want(lamp, 20)
    go(downlinks)
    go(downlinks)
    assert sorted(waiting(network)) == [b"\x05", b"\x14"]


def test_a_device_that_sleeps_for_a_day_has_one_downlink(network, downlinks, lamp):
    want(lamp, 40)
    now = timezone.now()
    go(downlinks, now)
    while (now := newest().due) < newest().made + timedelta(days=1):
        go(downlinks, now)
    assert len(network.taken) == 1


def test_what_chirpstack_has_lost_is_put_there_again(network, downlinks, lamp):
    want(lamp, 40)
    go(downlinks)
    network.queues.clear()
    go(downlinks, newest().due)
    assert waiting(network) == [b"\x28"]


def test_what_was_not_acknowledged_is_sent_again(network, downlinks, lamp):
    want(lamp, 40)
    go(downlinks)
    network.queues.clear()
    acknowledge(heard=False)
    assert (newest().state, newest().trouble) == ("sent", "lost")
    go(downlinks, newest().due)
    assert (newest().trouble, waiting(network)) == ("", [b"\x28"])


def test_what_is_cancelled_leaves_the_queue(network, downlinks, lamp):
    want(lamp, 40)
    go(downlinks)
    commands.cancel_order(by=system, order=newest().pk)
    go(downlinks)
    assert waiting(network) == []


def test_something_newer_does_not_wait_for_the_report_of_what_was_acknowledged(network, downlinks, lamp):
    want(lamp, 40)
    go(downlinks)
    acknowledge()
    network.queues.clear()
    want(lamp, 50)
    go(downlinks)
    go(downlinks)
    assert list(Order.objects.order_by("made").values_list("state", flat=True)) == ["replaced", "sent"]
    assert waiting(network) == [b"\x32"]


def test_one_that_acknowledges_and_does_not_do_it_is_an_alert(downlinks, lamp):
    want(lamp, 40)
    go(downlinks)
    acknowledge()
    measured(lamp, 12, timezone.now() + timedelta(seconds=1))
    evidence.look(timezone.now() + timedelta(seconds=2))
    assert newest().state == "contradicted"
    hear_event(service="devices", rule="contradicted", event=Event.objects.latest("id").pk)
    with override("en"):
        assert "acknowledged" in Alert.objects.get(closed=None).sentence()


def test_one_that_acknowledges_and_reports_nothing_is_unanswered_in_the_end(downlinks, lamp):
    want(lamp, 40)
    go(downlinks)
    now = timezone.now()
    acknowledge(now=now)
    evidence.look(now + timedelta(hours=1))
    go(downlinks, now + timedelta(hours=1))
    assert newest().state == "received"
    go(downlinks, now + REPORTS)
    assert newest().state == "unanswered"


def test_a_device_that_always_listens_does_an_act_and_only_once(network, downlinks):
    lamp = reached("C")
    commands.order_act(by=system, entity=lamp.id, capability=PULSE.qualified)
    for _ in range(3):
        go(downlinks)
        # Whatever wakes it once more.
        downlinks.bring({"node-air"}, timezone.now())
    assert [item.data for item in network.taken] == [b"\x01"]
    acknowledge()
    assert newest().state == "done"


def test_an_act_that_was_cut_off_half_way_is_not_done_twice(network, downlinks, monkeypatch):
    lamp = reached("C")
    commands.order_act(by=system, entity=lamp.id, capability=PULSE.qualified)
    outbox = rounds.round_at(timezone.now(), 0)
    enqueue = ChirpStack.enqueue

    def killed(*told):
        enqueue(*told)
        raise KeyboardInterrupt

    monkeypatch.setattr(ChirpStack, "enqueue", killed)
    with pytest.raises(KeyboardInterrupt):
        downlinks.bring(outbox.by_air, timezone.now())
    monkeypatch.undo()
    for seconds in (0, 1, 2):
        go(downlinks, timezone.now() + timedelta(seconds=seconds))
        downlinks.bring({"node-air"}, timezone.now())
    assert len(network.taken) == 1
    go(downlinks, newest().until)
    assert newest().state == "unanswered"


def test_a_state_that_was_cut_off_half_way_is_there_once(network, downlinks, lamp, monkeypatch):
    want(lamp, 40)
    outbox = rounds.round_at(timezone.now(), 0)
    enqueue = ChirpStack.enqueue

    def killed(*told):
        enqueue(*told)
        raise KeyboardInterrupt

    monkeypatch.setattr(ChirpStack, "enqueue", killed)
    with pytest.raises(KeyboardInterrupt):
        downlinks.bring(outbox.by_air, timezone.now())
    monkeypatch.undo()
    go(downlinks, newest().due)
    assert waiting(network) == [b"\x28"]
    assert acknowledge() == 1


def test_an_act_of_a_moment_is_refused_for_a_device_that_sleeps(lamp):
    with override("en"), pytest.raises(errors.Refused, match="too late"):
        commands.order_act(by=system, entity=lamp.id, capability=PULSE.qualified)


def test_what_has_no_code_for_the_air_is_refused_and_in_a_group_it_fails(downlinks, lamp):
    with override("en"), pytest.raises(errors.Refused, match="few bytes"):
        want(lamp, "eco", MODE)
    commands.order_group(by=system, entities=[lamp.id], capability=MODE.qualified, value="eco")
    go(downlinks)
    assert (newest().state, newest().trouble) == ("failed", "no_code")


@pytest.mark.parametrize(
    ("code", "trouble"),
    [
        (grpc.StatusCode.UNAVAILABLE, "away"),
        (grpc.StatusCode.UNAUTHENTICATED, "token"),
        (grpc.StatusCode.RESOURCE_EXHAUSTED, "full"),
    ],
)
def test_what_chirpstack_does_not_take_waits_and_the_desk_says_why(
    network, downlinks, lamp, client, code, trouble
):
    network.fails = code
    want(lamp, 40)
    now = timezone.now()
    go(downlinks, now)
    pauses = []
    for _ in range(6):
        order = newest()
        assert (order.state, order.trouble) == ("sent", trouble)
        pauses.append(order.due - now)
        now = order.due
        go(downlinks, now)
    assert pauses == sorted(pauses)
    assert pauses[0] < pauses[-1] <= RETRY
    client.force_login(shift())
    with override("en"):
        told = words(client.get(reverse("devices-desk-thing", kwargs={"entity": lamp.id})))
    assert "waiting to be sent" in told
    assert "ChirpStack" in told
    network.fails = None
    go(downlinks, newest().due)
    assert (newest().trouble, waiting(network)) == ("", [b"\x28"])


def test_a_wrong_token_is_told_so(network, downlinks, lamp):
    want(lamp, 40)
    client = ChirpStack(network.url, "another")
    go(Downlinks(client))
    client.close()
    assert newest().trouble == "token"


def test_what_is_not_declared_any_more_fails_alone(network, downlinks, lamp):
    other = Lamp.objects.create(id=f"{lamp.id}-b", name="B")
    Device.objects.filter(pk="node-air").update(entities=[lamp.id, other.id])
    want(lamp, 40)
    want(other, 99)
    outbox = rounds.round_at(timezone.now(), 0)
    object.__setattr__(LEVEL, "encode", lambda value: bytes([round(value)] * (52 if value == 40 else 1)))
    try:
        downlinks.bring(outbox.by_air, timezone.now())
    finally:
        object.__setattr__(LEVEL, "encode", code)
    states = dict(Order.objects.values_list("value", "state"))
    assert (states, waiting(network)) == ({40: "failed", 99: "sent"}, [b"\x63"])


def test_what_it_never_takes_has_failed(network, downlinks, lamp):
    network.fails = grpc.StatusCode.INVALID_ARGUMENT
    want(lamp, 40)
    go(downlinks)
    assert (newest().state, newest().trouble) == ("failed", "wrong")


def test_a_chirpstack_that_is_gone_keeps_nobody_waiting_for_each_device(network, downlinks, lamp):
    lamps = [lamp, *(reached("C", f"n{n}", f"{n:016x}") for n in range(3))]
    network.stop()
    for one in lamps:
        want(one, 40)
    asked = []
    queue = downlinks._chirpstack.queue
    downlinks._chirpstack.queue = lambda eui: asked.append(eui) or queue(eui)
    go(downlinks)
    assert len(asked) == 1
    assert set(Order.objects.values_list("trouble", flat=True)) == {"away"}


def test_nobody_tells_of_another_devices_downlink(downlinks, lamp):
    reached("C", "spy", "00000000000000ff")
    want(lamp, 40)
    go(downlinks)
    assert acknowledge(eui="00000000000000ff") == 0
    assert acknowledge(eui="0000000000000001") == 0
    assert newest().state == "sent"


def test_the_same_acknowledgement_again_changes_nothing(downlinks, lamp):
    want(lamp, 40)
    go(downlinks)
    assert [acknowledge(), acknowledge()] == [1, 0]


def test_the_orders_of_a_sleeping_thing_say_when_it_speaks_next(downlinks, lamp, client):
    now = timezone.now()
    for hours in (3, 2, 1):
        measured(lamp, 40, now - timedelta(hours=hours, minutes=-30))
    client.force_login(shift())
    with override("en"):
        told = words(client.get(reverse("devices-desk-thing", kwargs={"entity": lamp.id})))
    due = timezone.localtime(now + timedelta(minutes=30))
    assert "class A" in told
    assert f"{due:%H:%M}" in told


@pytest.mark.parametrize(
    "wrong",
    [{"dev_eui": "a840"}, {"dev_eui": "g" * 16}, {"f_port": 0}, {"f_port": 224}, {"device_class": "B"}],
)
def test_an_address_that_is_none_is_refused(downlinks, lamp, wrong):
    told = {"dev_eui": EUI, "f_port": 10, "device_class": "A"} | wrong
    with pytest.raises(errors.Refused) as caught:
        set_lorawan(by=system, device="node-air", **told)
    assert set(caught.value.fields) == set(wrong)


def test_a_deveui_is_one_devices(lamp):
    issue(system, "another", entities=[lamp.id])
    with pytest.raises(errors.Conflict):
        set_lorawan(by=system, device="another", dev_eui=EUI.upper(), f_port=1, device_class="C")


def test_without_a_chirpstack_nothing_can_be_ordered_so(lamp, settings):
    settings.CANDIA = replace(settings.CANDIA, chirpstack_url="")
    with override("en"), pytest.raises(errors.Refused, match="CANDIA_CHIRPSTACK_URL"):
        want(lamp, 40)
    commands.order_group(by=system, entities=[lamp.id], capability=LEVEL.qualified, value=40)
    rounds.round_at(timezone.now(), 1000)
    assert (newest().state, newest().trouble) == ("failed", "no_network")
    drop_lorawan(by=system, device="node-air")
    assert not LorawanAddress.objects.exists()
    want(lamp, 40)
