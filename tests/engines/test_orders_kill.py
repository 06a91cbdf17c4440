"""No order is lost and no act is done twice, through `kill -9` of the stream, the gateway and the jobs."""

import contextlib
import itertools
import os
import secrets
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from candia.contract.dummy import installed
from candia.contract.dummy.service import LEVEL, PULSE
from candia.core import errors
from candia.core.access import system
from candia.devices.models import Order
from candia.devices.orders import commands
from tests.engines.parts import Parts, issue, soon, thing
from tests.simulator import SimulatedDevice

pytestmark = pytest.mark.django_db(transaction=True)
KILLS = ["jobs", "nats", "gateway", "jobs"]
DEVICES = 6
ROOT = Path(__file__).parents[2]
ENTRY_POINTS = "[candia.services]\ndummy = candia.contract.dummy.service:service\n"
CITY = """
name = "Δήμος Δοκιμής"
languages = ["el", "en"]
timezone = "Europe/Athens"
centre = [25.13, 35.33]
services = ["dummy"]
"""


@pytest.fixture
def parts(engines, transactional_db, tmp_path):
    """Gateway and jobs as processes, in a city that has the service of the tests and no other."""
    from django.db import connection

    known = tmp_path / "dummy-1.dist-info"
    known.mkdir()
    (known / "METADATA").write_text("Metadata-Version: 2.1\nName: dummy\nVersion: 1\n")
    (known / "entry_points.txt").write_text(ENTRY_POINTS)
    (tmp_path / "city.toml").write_text(CITY, "utf-8")
    path = os.pathsep.join([str(tmp_path), str(ROOT), os.environ.get("PYTHONPATH", "")])
    parts = Parts(
        engines.config,
        connection.settings_dict["NAME"],
        CANDIA_CITY=str(tmp_path / "city.toml"),
        PYTHONPATH=path,
    )
    parts.with_stream(lambda stream: stream.prepare())
    parts.start("gateway", "jobs")
    with installed():
        yield parts
    parts.stop()


def test_nothing_is_lost_and_no_act_is_done_twice(engines, parts):
    mark = secrets.token_hex(4)
    lamps = [thing(f"dummy.lamp:{mark}-{number}").id for number in range(DEVICES)]
    secret = {lamp: issue(f"kill-{mark}-{number}", entities=[lamp]) for number, lamp in enumerate(lamps)}
    devices = [
        SimulatedDevice(parts.config.mqtt_port, f"kill-{mark}-{number}", secret[lamp], report=False)
        for number, lamp in enumerate(lamps)
    ]
    levels = itertools.cycle(range(100))
    for name in KILLS:
        done = sum(len(device.carried_out) for device in devices)
        _give(lamps, levels)
        # The blow falls when some are done and others are on their way.
        soon(lambda done=done: sum(len(device.carried_out) for device in devices) > done)
        _give(lamps, levels)
        if name == "nats":
            engines.kill(name)
        else:
            parts.kill(name)
            parts.start(name)
    soon(lambda: _settled(lamps))
    # A device's word may come after the city has given its order up, and is believed then.
    soon(lambda: _acts(devices) == _done(lamps))
    for device in devices:
        device.sleep()
    orders = list(Order.objects.filter(entity__in=lamps))
    for lamp, device in zip(lamps, devices, strict=True):
        states = [one for one in orders if one.entity_id == lamp and not one.momentary]
        newest = max(states, key=lambda one: one.version)
        assert (newest.state, device.states[lamp, "level"]) == ("done", newest.value)
    acts = _acts(devices)
    assert len(set(acts)) == len(acts) > 0
    assert all(order.attempts <= 1 for order in orders if order.momentary)


def _acts(devices):
    """The acts that devices did, each as often as it was done."""
    return sorted(
        order["order"] for device in devices for order in device.carried_out if order["capability"] == "pulse"
    )


def _done(lamps):
    """The acts that are known to be done."""
    found = Order.objects.filter(entity__in=lamps, momentary=True, state="done")
    return sorted(str(order.pk) for order in found)


def _give(lamps, levels):
    for lamp in lamps:
        commands.want_state(by=system, entity=lamp, capability=LEVEL.qualified, value=next(levels))
        with contextlib.suppress(errors.Conflict):
            commands.order_act(by=system, entity=lamp, capability=PULSE.qualified)


def _settled(lamps):
    """Whether nothing is open any more; no pause between two attempts keeps the test waiting."""
    orders, soon_enough = Order.objects.filter(entity__in=lamps), timezone.now() + timedelta(seconds=1)
    orders.filter(state="sent", momentary=False, due__gt=soon_enough).update(due=soon_enough)
    return not orders.filter(state__in=["queued", "sent", "received"]).exists()
