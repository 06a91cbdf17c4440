"""What the formats have in common: how a time, a number, a name and a unit are read."""

from __future__ import annotations

import math
from datetime import datetime
from functools import lru_cache

from candia.telemetry import units
from candia.telemetry.formats.bounds import NAME
from candia.telemetry.formats.errors import DecodeError, Unknown
from candia.telemetry.observation import Speaker, qualified

# Seconds since 1970 reach this in the year 5138; milliseconds passed it in 1973.
MILLISECONDS_FROM = 1e11
# What ClickHouse's DateTime64 can hold, in ms: 1900 to 2299.
EARLIEST, LATEST = -2208988800000, 10413791999999
LONGEST_TIME = 64


def time_of(told: object) -> int:
    """A moment in ms since 1970 UTC from ISO 8601 with its zone, or from seconds or milliseconds."""
    if isinstance(told, bool):
        raise DecodeError("'{told}' is no time. Write it as 2026-05-01T10:00:00Z.", told=told)
    if isinstance(told, int | float):
        # A whole number may be larger than any float, and is finite.
        if isinstance(told, float) and not math.isfinite(told):
            raise DecodeError("The time is not a finite number.")
        return in_range(told if abs(told) >= MILLISECONDS_FROM else told * 1000)
    if isinstance(told, str):
        # What is remembered of times is short.
        return _iso(told[:LONGEST_TIME])
    raise DecodeError("The time must be a text such as 2026-05-01T10:00:00Z, or seconds since 1970.")


def in_range(milliseconds: float) -> int:
    """The moment as a whole number, if it is one that can be stored."""
    if not EARLIEST <= milliseconds <= LATEST:
        raise DecodeError("The time lies outside the years 1900 to 2299.")
    return round(milliseconds)


@lru_cache(4096)
def _iso(told: str) -> int:
    try:
        moment = datetime.fromisoformat(told)
        if moment.tzinfo is None:
            raise DecodeError(
                "The time '{told}' lacks its zone. Add Z for UTC, or an offset such as +02:00.",
                told=told[:40],
            )
        return in_range(moment.timestamp() * 1000)
    except (ValueError, OverflowError) as wrong:
        raise DecodeError("'{told}' is no time. Write it as 2026-05-01T10:00:00Z.", told=told[:40]) from wrong


def entity_of(told: object, speaker: Speaker) -> str:
    """The entity that is named, or the only one that the speaker speaks for."""
    if told is None:
        if speaker.entity is None:
            raise Unknown(
                "The payload names no entity, and its device speaks for more than one, or for none."
            )
        return speaker.entity
    if not isinstance(told, str) or ":" not in told or "." not in told or len(told) > NAME:
        short = told[:60] if isinstance(told, str) else told
        raise DecodeError("'{told}' is no entity. An entity is named as in water.meter:17.", told=short)
    return told


def property_of(entity: str, name: str) -> str:
    """A property's stored name, from a payload that says it plainly or in full."""
    if not name:
        raise DecodeError("A value of {entity} has no property.", entity=entity)
    if len(name) > NAME:
        raise DecodeError("The name '{name}…' has more than {most} letters.", name=name[:40], most=NAME)
    return name if "." in name else qualified(entity, name)


def scale(name: str, unit: str, speaker: Speaker) -> float:
    """The factor from the unit of a payload to the one that the property declares."""
    declared = speaker.properties.get(name)
    if declared is None:
        return 1.0  # The check refuses it by its name, which says more.
    found = units.factor(unit, declared.unit)
    if found is None:
        if not declared.unit:
            raise DecodeError("{name} has no unit, and came with '{unit}'.", name=name, unit=unit[:40])
        raise DecodeError(
            "{name} is measured in {declared}, and '{unit}' can't be converted to it.",
            name=name,
            declared=declared.unit,
            unit=unit[:40],
        )
    return found
