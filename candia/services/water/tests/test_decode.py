"""Frames of meters, read as their makers publish them."""

from __future__ import annotations

import base64
import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from candia.services.water import decode
from candia.services.water.tests.city import properties
from candia.telemetry import formats
from candia.telemetry.observation import Speaker

METER, RECEIVED = "water.meter:17", 1_788_390_600_000
#: The published example (TheThingsNetwork/lorawan-devices, vendor/axioma/qalcosonic-w1-codec.yaml).
EXAMPLE = bytes.fromhex(
    "01aeac986a003217000000000000000000008003800054000e4005100048000240020000200000000000000000000000000000"
)
RISES = [0] * 5 + [14, 8, 21, 14, 21, 1, 18, 2, 9, 0, 8] + [0] * 7


def speaker(entity: str | None = METER) -> Speaker:
    known = {source.name: source for source in decode.sources}
    return Speaker("w1", RECEIVED, entity, properties, {"0102030405060708": METER}.get, known)


def frame(time: int, status: int, volume: int, rises: list[int], scale: int = 0) -> bytes:
    packed = scale << 23 * 14
    for hour, rise in enumerate(rises):
        packed |= rise << hour * 14
    head = bytes([1]) + time.to_bytes(4, "little") + bytes([status]) + volume.to_bytes(4, "little")
    return head + packed.to_bytes(41, "little")


def test_the_published_example_reads_as_published() -> None:
    *indexes, alarm = decode.axioma_w1(EXAMPLE, speaker())

    assert [seen.value for seen in indexes][::23] == [5.938, 6.054]
    differences = [round((b.value - a.value) * 1000) for a, b in itertools.pairwise(indexes)]
    assert differences == RISES
    # 2026-09-02 23:00 UTC, and an hour between any two.
    assert indexes[-1].time == 1_788_390_000_000
    assert {b.time - a.time for a, b in itertools.pairwise(indexes)} == {3_600_000}
    assert (alarm.state, alarm.time) == ("none", 1_788_390_574_000)


def test_it_arrives_through_a_network_server_by_its_device_profile() -> None:
    event = {
        "deviceInfo": {"devEui": "0102030405060708", "deviceProfileName": "axioma_w1"},
        "fPort": 100,
        "data": base64.b64encode(EXAMPLE).decode(),
    }

    seen = formats.decode(json.dumps(event).encode(), speaker(None))

    assert {one.entity for one in seen} == {METER}
    assert len(seen) == 25


@given(
    st.integers(1_600_000_000, 2_000_000_000),
    st.integers(0, 2**32 - 1 - 23 * 16383),
    st.lists(st.integers(0, 16383), min_size=23, max_size=23),
)
def test_the_register_never_falls_and_ends_at_the_sum(time, volume, rises) -> None:
    *indexes, _alarm = decode.axioma_w1(frame(time, 0, volume, rises), speaker())

    assert sorted(seen.value for seen in indexes) == [seen.value for seen in indexes]
    assert indexes[-1].value == (volume + sum(rises)) / 1000
    assert 0 <= time * 1000 - indexes[-1].time < 3_600_000


@pytest.mark.parametrize(
    ("status", "alarm"),
    [
        (0, "none"),
        (0x20, "leak"),
        (0x60, "backflow"),
        (0xA0, "burst"),
        (0x10, "dry"),
        (0x04, "none"),
        (0x80, "none"),
    ],
)
def test_the_status_names_the_alarm(status, alarm) -> None:
    *_indexes, seen = decode.axioma_w1(frame(1_788_390_574, status, 0, [0] * 23), speaker())

    assert seen.state == alarm
    assert alarm in properties["water.alarm"].states


@given(st.binary(max_size=60))
def test_whatever_comes_is_read_or_refused(payload) -> None:
    try:
        seen = list(decode.axioma_w1(payload, speaker()))
    except formats.DecodeError:
        return
    assert len(seen) == 25


@pytest.mark.parametrize(
    "payload",
    [b"", EXAMPLE[:-1], bytes([2]) + EXAMPLE[1:], frame(1_788_390_574, 0, 0, [0] * 23, scale=3)],
    ids=["empty", "short", "another frame", "scaled"],
)
def test_another_frame_is_refused_with_a_sentence(payload) -> None:
    with pytest.raises(formats.DecodeError, match=r"\.$"):
        list(decode.axioma_w1(payload, speaker()))


def test_a_frame_of_nobodys_meter_is_refused() -> None:
    with pytest.raises(formats.DecodeError):
        list(decode.axioma_w1(EXAMPLE, speaker(None)))
