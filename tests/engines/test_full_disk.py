"""The disk fills while devices publish: what was acknowledged is stored, and the door opens again by itself."""

import contextlib
import itertools
import os
import signal
import threading

import pytest

from candia.contract.engines import wait_for
from tests.engines.parts import Device, issue, soon
from tests.engines.small_disk import MB, SmallCity, SmallDisk

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def disk():
    disk = SmallDisk(200)
    yield disk
    disk.close()


@pytest.fixture
def city(engines, disk, db):
    from django.db import connection

    with contextlib.closing(
        SmallCity(engines, connection.settings_dict["NAME"], disk, DISK_RESERVE=48, STREAM_MAX=500)
    ) as city:
        yield city


class Meter(Device):
    """A device that publishes as fast as it is acknowledged, and sends again what is not."""

    def __init__(self, config, name, secret):
        self.confirmed, self._sent = set(), {}
        super().__init__(config, name, secret)
        self._client.on_publish = lambda *told: self.confirmed.add(self._sent.get(told[2]))
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._publish, daemon=True)

    def begin(self):
        self._thread.start()

    def _publish(self):
        for number in itertools.count():
            if self._over.is_set():
                return
            payload = f'{{"number": {number}, "of": "{self.name}", "pad": "{"x" * 1500}"}}'.encode()
            self._sent[self._client.publish(f"v1/{self.name}", payload, qos=1).mid] = payload
            while len(self._sent) - len(self.confirmed) > 200 and not self._over.wait(0.001):
                pass

    def close(self):
        self._over.set()
        if self._thread.is_alive():
            self._thread.join()
        super().close()


@pytest.fixture
def meters(city):
    names = [f"full-{number}" for number in range(3)]
    meters = [Meter(city.config, name, issue(name, kinds=["water.meter"])) for name in names]
    assert all(meter.let_in() for meter in meters)
    yield meters
    for meter in meters:
        meter.close()


def all_confirmed(meters):
    return set().union(*(meter.confirmed for meter in meters)) - {None}


def test_devices_fill_the_disk_and_are_put_out_before_it_is_full(city, disk, meters):
    disk.fill(leave=60 * MB)
    for meter in meters:
        meter.begin()
    # How long that takes says how fast the machine is.
    wait_for(lambda: city.stands("disk_short"), 180)
    soon(lambda: all(meter.ended for meter in meters))
    # The reserve is not touched, and nothing has failed.
    assert disk.free > 24 * MB
    assert city.can_write()
    before = len(all_confirmed(meters))
    disk.free_all_but(100 * MB)
    soon(lambda: len(all_confirmed(meters)) > before + 100)
    assert not city.stands("disk_short")
    for meter in meters:
        meter.close()
    assert all_confirmed(meters) <= set(city.stored())


def test_another_program_takes_the_last_byte_between_two_looks(city, disk, meters):
    for meter in meters:
        meter.begin()
    soon(lambda: len(all_confirmed(meters)) > 300)
    os.kill(city.pid("gateway"), signal.SIGSTOP)
    disk.fill()
    soon(lambda: not city.can_write())
    before = len(all_confirmed(meters))
    # What NATS can't write it does not acknowledge.
    soon(lambda: any(meter.ended for meter in meters) or len(all_confirmed(meters)) > before + 100)
    os.kill(city.pid("gateway"), signal.SIGCONT)
    soon(lambda: city.stands("disk_short"))
    disk.free_all_but(70 * MB)
    # NATS is started again, and devices go on.
    soon(city.can_write)
    soon(lambda: not city.stands("disk_short"))
    before = len(all_confirmed(meters))
    soon(lambda: len(all_confirmed(meters)) > before + 100)
    for meter in meters:
        meter.close()
    assert all_confirmed(meters) <= set(city.stored())
