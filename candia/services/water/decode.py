"""Decoders of meters whose payload is published; pure: bytes in, observations out."""

from __future__ import annotations

from collections.abc import Iterable

from candia.telemetry.formats import DecodeError
from candia.telemetry.observation import Observation, Source, Speaker

HOUR = 3_600_000
# The frame of the W1: where its parts begin, how many hours it tells, and in how many bits each.
VERSION, LENGTH, TIME, STATUS, VOLUME, RISES = 0x01, 51, 1, 5, 6, 10
HOURS, BITS = 23, 14


def axioma_w1(payload: bytes, speaker: Speaker) -> Iterable[Observation]:
    """Axioma QALCOSONIC W1, enhanced 24-hour frame on port 100: the index at the last 24 full hours, and the alarm.

    Frame: version, time (s), status, volume before the first hour (L), 23 hourly rises of 14 bits, a scale of
    6; all little-endian. The source does not say where an hour ends: a full hour of UTC is taken.
    Source: TheThingsNetwork/lorawan-devices, vendor/axioma/qalcosonic-w1-codec.js and .yaml.
    """
    if speaker.entity is None:
        raise DecodeError("Who sends frames of a W1 speaks for one meter. Give the device just that one.")
    if len(payload) != LENGTH or payload[0] != VERSION:
        raise DecodeError("This is no enhanced frame of a W1: 51 bytes, of which the first is 1.")
    packed = int.from_bytes(payload[RISES:], "little")
    if packed >> HOURS * BITS & 0x3F:
        raise DecodeError("The frame's rises are scaled, which is not published. Set the meter to litres.")
    sent = int.from_bytes(payload[TIME:STATUS], "little") * 1000
    litres = int.from_bytes(payload[VOLUME:RISES], "little")
    moment = sent // HOUR * HOUR - HOURS * HOUR
    yield Observation(speaker.entity, "water.index", moment, litres / 1000)
    for hour in range(HOURS):
        litres += packed >> hour * BITS & (1 << BITS) - 1
        moment += HOUR
        yield Observation(speaker.entity, "water.index", moment, litres / 1000)
    yield Observation(speaker.entity, "water.alarm", sent, state=_alarm(payload[STATUS]))


def _alarm(status: int) -> str:
    """The alarm that a status says; the worst where it says several."""
    for bits, word in ((0xA0, "burst"), (0x60, "backflow"), (0x20, "leak")):
        if status & bits == bits:
            return word
    return "dry" if status == 0x10 else "none"  # noqa: PLR2004 — temporary error alone: the pipe is empty


sources = (Source("axioma_w1", axioma_w1),)
