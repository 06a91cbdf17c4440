"""Who sends too much is shut out, who sends a lot is not, and the disk's reserve is kept, let go and made again."""

import pytest

from candia.doors.connections import Connection
from candia.doors.disk import Disk
from candia.doors.quota import MB, Quotas


class Clock:
    now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def quotas(clock):
    return Quotas(4, 5000, 64, clock)


class Sender:
    """One connection of a device that sends at a steady rate; `look` is what NATS tells of it a while later."""

    def __init__(self, device, number=1):
        self.device, self.number, self.messages, self.bytes = device, number, 0, 0

    def sends(self, messages, size):
        self.messages += messages
        self.bytes += messages * size
        return Connection("server", self.number, self.device, 60, self.messages, self.bytes)


def over(quotas, clock, senders, seconds):
    """Who was over its quota while each sent (messages a second, bytes of one) for so long."""
    found = set()
    for _ in range(seconds * 2):
        clock.now += 0.5
        found |= quotas.over([one.sends(rate // 2, size) for one, rate, size in senders])
    return found


def test_a_day_of_fifty_thousand_meters_passes_as_fast_as_mqtt_takes_it(quotas, clock):
    # 50,000 x 24 readings at 15,000 a second.
    assert over(quotas, clock, [(Sender("gateway"), 15_000, 150)], 80) == set()


def test_all_that_a_city_sends_passes(quotas, clock):
    city = [(Sender(f"gateway-{number}", number), 500, 150) for number in range(50)]
    assert over(quotas, clock, city, 120) == set()


def test_a_flood_is_cut_and_its_neighbours_are_not(quotas, clock):
    senders = [(Sender("loud", 1), 1000, 187_000), (Sender("quiet", 2), 1000, 1000)]
    assert over(quotas, clock, senders, 2) == {"loud"}
    assert "quota" in quotas.may_connect("loud")
    assert quotas.may_connect("quiet") == ""
    assert quotas.shut_out() == ["loud"]


def test_each_time_is_longer_and_a_quiet_hour_forgives(quotas, clock):
    waits = []
    for _ in range(9):
        assert over(quotas, clock, [(Sender("loud", int(clock.now)), 1000, 500_000)], 1) == {"loud"}
        began = clock.now
        while quotas.may_connect("loud"):
            clock.now += 1
        waits.append(clock.now - began)
    assert waits == sorted(waits)
    assert waits[0] < 20 < waits[3] < waits[-1] <= 601
    clock.now += 4000
    assert quotas.shut_out() == []


def test_a_device_that_does_nothing_but_connect_is_told_so(quotas, clock):
    answers = [quotas.may_connect("restless") for _ in range(1000)]
    assert answers.count("") <= 121
    clock.now += 10
    assert quotas.may_connect("restless") == ""


def test_all_together_have_a_quota_too(quotas, clock):
    # Each is below its own.
    crowd = [(Sender(f"one-{number}", number), 1000, 3900) for number in range(200)]
    assert over(quotas, clock, crowd, 30) != set()


def test_the_reserve_is_let_go_at_the_last_and_made_again(tmp_path):
    free = {"now": 500 * MB}
    disk = Disk(tmp_path, 8 * MB, lambda _home: free["now"])
    file = tmp_path / "run" / "reserve"
    assert disk.look()
    assert file.stat().st_blocks * 512 >= 2 * MB
    free["now"] = 7 * MB
    assert not disk.look()
    assert file.exists()
    free["now"] = MB // 2
    assert not disk.look()
    assert not file.exists()
    # More than the reserve, and not yet so much more that it won't be short again at once.
    free["now"] = 9 * MB
    assert not disk.look()
    free["now"] = 11 * MB
    assert disk.look()
    free["now"] = 20 * MB
    assert disk.look()
    assert file.exists()
    # Another gateway finds it there.
    free["now"] = MB // 2
    assert not Disk(tmp_path, 8 * MB, lambda _home: free["now"]).look()
    assert not file.exists()
