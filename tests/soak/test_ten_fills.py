"""A disk fills ten times, slowly, fast and at once, while devices publish: what had a PUBACK is there."""

import os
import signal
import sys

import pytest

from tests.engines.parts import soon
from tests.engines.small_disk import MB
from tests.engines.test_full_disk import all_confirmed, city, disk, meters  # noqa: F401 — fixtures

pytestmark = pytest.mark.django_db(transaction=True)
# Seconds between one MB and the next of another program; None: between two looks of the gateway.
FILLS = (0.05, 0.0, None, 0.02, 0.0, None, 0.01, None, 0.0, None)


def test_ten_fills_lose_nothing_that_was_acknowledged(city, disk, meters):  # noqa: F811
    for meter in meters:
        meter.begin()
    for fill in FILLS:
        before = len(all_confirmed(meters))
        soon(lambda before=before: len(all_confirmed(meters)) > before + 300)
        if fill is None:
            os.kill(city.pid("gateway"), signal.SIGSTOP)
        disk.fill(pause=fill or 0.0)
        if fill is None:
            soon(lambda: not city.can_write())
            os.kill(city.pid("gateway"), signal.SIGCONT)
        soon(lambda: city.stands("disk_short"))
        disk.free_all_but(75 * MB)
        soon(city.can_write)
        soon(lambda: not city.stands("disk_short"))
    for meter in meters:
        meter.close()
    confirmed, stored = all_confirmed(meters), city.stored()
    lost = confirmed - set(stored)
    assert not lost, f"{len(lost)} of {len(confirmed)} acknowledged readings were lost"
    sys.stdout.write(f"{len(confirmed)} acknowledged, none lost, {len(stored)} in the stream\n")
