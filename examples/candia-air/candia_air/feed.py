"""Dust as others' sensors measure it: those of Sensor.Community whose number a station has as its alias."""

from collections.abc import Iterable
from datetime import datetime

import msgspec
from django.utils.translation import gettext_lazy as _

from candia.core.feed import Feed
from candia.core.rule import minutes
from candia.telemetry.formats import DecodeError
from candia.telemetry.observation import Observation, Speaker

NAMES = {"P1": "air.pm10", "P2": "air.pm25"}


class Value(msgspec.Struct):
    """One value, a number as text, and what was measured."""

    value_type: str
    value: str


class Measured(msgspec.Struct):
    """What one sensor measured at a moment of UTC."""

    timestamp: str
    sensor: dict[str, object]
    sensordatavalues: list[Value]


def decode(payload: bytes, speaker: Speaker) -> Iterable[Observation]:
    """Each sensor's dust; a sensor that is no station of the city is passed over."""
    try:
        told = msgspec.json.decode(payload, type=list[Measured])
    except msgspec.DecodeError as wrong:
        raise DecodeError("This is no list of Sensor.Community: {wrong}.", wrong=wrong) from wrong
    for one in told:
        if station := speaker.by_alias(f"sensor.community:{one.sensor['id']}"):
            time = int(datetime.fromisoformat(f"{one.timestamp}+00:00").timestamp() * 1000)
            for seen in one.sensordatavalues:
                if name := NAMES.get(seen.value_type):
                    yield Observation(station, name, time, float(seen.value))


# A city names the address for its own area: https://data.sensor.community/airrohr/v1/filter/area=35.33,25.14,5
neighbours = Feed("sensor_community", every=minutes(5), decode=decode, title=_("Sensor.Community"))
