"""The sample's meters are told how often to speak: one does it, another never answers and becomes an alert."""

from datetime import UTC, datetime

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from candia.core.access import Grant, system
from candia.core.alert import Alert
from candia.core.entity import Entity
from candia.core.event import Event
from candia.core.jobs import hear
from candia.devices.credentials import issue
from candia.devices.models import Order
from candia.services.water.interval import INTERVAL, encode
from candia.services.water.network import Network
from candia.services.water.obeying import REPORTED, Meters, deaf, stage
from candia.services.water.tests.city import person
from candia.services.water.tests.test_sample import TOLD
from candia.telemetry.observation import Observation

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)


class Door:
    """What a gateway says through it."""

    def __init__(self):
        self.sent, self.answers = [], []

    def send(self, seen):
        self.sent += seen

    def answer(self, order, state, why=""):
        self.answers.append((order, str(state), why))


@pytest.fixture(scope="module")
def network():
    made = Network({**TOLD, "meters": 12, "holder": []})
    # The store keeps what other tests wrote, so these have names of their own.
    made.__dict__["ids"] = [f"water.meter:told-{place}" for place in range(14)]
    return made


def order(meter, value, id="1"):
    return {"order": id, "entity": meter, "capability": "interval", "value": value}


def test_a_meter_does_as_it_is_told_says_so_and_speaks_less_often(network):
    meters, door, meter = Meters.of(network), Door(), network.ids[0]
    meters.hear(order(meter, 6.0))
    meters.obey(door, NOW)
    assert door.answers == [("1", "done", "")]
    assert [(one.property, one.value) for one in door.sent] == [(REPORTED, 6.0)]
    hours = [
        Observation(meter, "water.index", int(NOW.timestamp() + hour * 3600) * 1000) for hour in range(24)
    ]
    assert sum(map(meters.says, hours)) == 4
    assert all(meters.says(Observation(network.ids[1], "water.index", one.time)) for one in hours)


def test_the_deaf_one_says_nothing_and_nonsense_is_refused(network):
    meters, door = Meters.of(network), Door()
    meters.hear(order(deaf(network), 6.0))
    meters.hear(order(network.ids[0], 1.5, "2"))
    meters.hear(order(network.ids[-1], 2.0, "3"))
    meters.obey(door, NOW)
    assert door.answers == [("2", "refused", "whole hours only"), ("3", "refused", "a sum, not a meter")]
    assert door.sent == []


@pytest.mark.parametrize(("hours", "sent"), [(1, "00000e10"), (24, "00015180")])
def test_on_air_an_interval_is_told_in_seconds(hours, sent):
    assert encode(hours).hex() == sent
    assert INTERVAL.on_air(hours) == encode(hours)


def test_at_the_first_start_one_has_obeyed_and_the_other_is_an_alert_at_the_desk(network, client):
    for id in network.ids:
        Entity.objects.create(id=id, kind_name="water.meter", name=id)
    issue(system, "meters", kinds=["water.meter"])
    operator = person("told-operator", Grant.OPERATOR)
    stage(network, operator, timezone.now())
    assert list(Order.objects.order_by("state").values_list("state", flat=True)) == [
        "confirmed",
        "unanswered",
    ]
    over = Event.objects.get(kind="devices.order_unanswered", entity=deaf(network))
    hear(service="devices", rule="unanswered", event=over.pk)
    alert = Alert.objects.get(rule="devices.unanswered", closed=None)
    assert alert.entity_id == deaf(network)
    with override("en"):
        assert "Reporting interval" in alert.sentence()
    with override("el"):
        assert "Διάστημα αποστολής" in alert.sentence()
    client.force_login(operator)
    page = reverse("operations-desk-alert", args=[alert.pk])
    assert page in client.get("/desk/").content.decode()
    orders = reverse("devices-desk-thing", kwargs={"entity": alert.entity_id})
    assert orders in client.get(page).content.decode()
    assert Meters.of(network).intervals[network.ids[len(network.homes) - 2]] == 1
