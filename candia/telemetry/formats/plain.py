"""A plain JSON object: `{"time": …, "flow": 12.5}`; `entity` and `time` may be left out.

A value with a state of its own is `{"value": 0.2, "state": "exchange"}`.
"""

from __future__ import annotations

from typing import Any

import msgspec

from candia.telemetry.formats.bounds import check_object
from candia.telemetry.formats.errors import DecodeError
from candia.telemetry.formats.values import entity_of, property_of, time_of
from candia.telemetry.observation import Observation, Speaker

_decoder = msgspec.json.Decoder(dict[str, Any])


def read(payload: bytes) -> dict[str, Any]:
    """The object as it stands; raises DecodeError."""
    check_object(payload)
    try:
        return _decoder.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as wrong:
        raise DecodeError("The payload is no JSON object: {wrong}.", wrong=wrong) from wrong


def decode(told: dict[str, Any], speaker: Speaker) -> list[Observation]:
    """Each member but `entity` and `time` is a property: a number, a state, or true and false as 1 and 0."""
    entity = entity_of(told.pop("entity", None), speaker)
    moment = time_of(told.pop("time")) if "time" in told else speaker.received
    if not told:
        raise DecodeError("The payload holds no value.")
    return [_observation(entity, property_of(entity, name), moment, value) for name, value in told.items()]


def _observation(entity: str, name: str, moment: int, value: object, state: str | None = None) -> Observation:
    if (
        isinstance(value, dict)
        and isinstance(value.get("state"), str)
        and not isinstance(value.get("value"), dict)
    ):
        return _observation(entity, name, moment, value.get("value"), value["state"])
    if isinstance(value, str) and state is None:
        return Observation(entity, name, moment, None, value)
    if isinstance(value, int | float):
        try:
            return Observation(entity, name, moment, float(value), state)
        except OverflowError as wrong:
            raise DecodeError("The value of {name} is too large.", name=name[:60]) from wrong
    raise DecodeError("The value of {name} is neither a number nor a text.", name=name[:60])
