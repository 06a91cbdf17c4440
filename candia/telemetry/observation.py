"""Observation: what was seen of a thing at a moment, and the words in which services declare it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from candia.telemetry.derived import Derived

#: The state of a counter's reading that starts a new baseline: the meter was exchanged.
EXCHANGE = "exchange"

Take = Literal["count", "min", "max", "mean", "sum", "first", "last", "last_time", "increase"]
takes: tuple[Take, ...] = ("count", "min", "max", "mean", "sum", "first", "last", "last_time", "increase")


class Observation(msgspec.Struct, frozen=True, gc=False):
    """One property of one entity at one moment: a number or a state, or both where a meter was exchanged.

    `property` is qualified (`water.flow`), `time` is in milliseconds since 1970 UTC. An entity, a property
    and a time name an observation: what comes later with the same three replaces it.
    """

    entity: str
    property: str
    time: int
    value: float | None = None
    state: str | None = None


@dataclass(frozen=True)
class Property:
    """What can be observed of a service's entities, in which unit and within which bounds.

    A `counter` only rises (a meter's index): its differences are consumption, and where it declares
    a `rollover` it starts again from zero there. `states` are the words allowed instead of numbers.
    One that is `derived` is computed from others, and no device may send it.
    """

    name: str
    unit: str = ""
    title: Any = ""
    counter: bool = False
    rollover: float | None = None
    low: float | None = None
    high: float | None = None
    states: tuple[str, ...] = ()
    derived: Derived | None = None


@dataclass(frozen=True)
class Window:
    """The stretch of observations that a rule looks at, and what it takes from it; one row for each entity.

    With `each` empty it reaches exactly `hours` or `days` back from the moment asked for and gives
    single values. With `each` "hour" or "day" it gives equally long lists, oldest first, of the
    finished hours or local days, None where nothing was observed. `between` keeps only the local
    hours from..to of each day (22, 6 crosses midnight and belongs to the day it begins on). Of several
    properties it takes the same of each.
    """

    property: str | tuple[str, ...]
    hours: int = 0
    days: int = 0
    between: tuple[int, int] | None = None
    each: Literal["", "hour", "day"] = ""
    take: tuple[Take, ...] = ("count",)

    def __post_init__(self) -> None:
        wrong = _wrong(self)
        if wrong:
            raise ValueError(f"The window over {self.property!r} {wrong}.")

    def names(self) -> tuple[str, ...]:
        """The properties that it looks at."""
        return (self.property,) if isinstance(self.property, str) else self.property


def _wrong(window: Window) -> str:
    unknown = set(window.take) - set(takes)
    start, end = window.between or (0, 24)
    reasons = {
        "looks at no property": not window.property,
        "needs either hours or days": (window.hours > 0) == (window.days > 0),
        f"takes {', '.join(sorted(unknown))}; it may take {', '.join(takes)}": bool(unknown),
        f"says each={window.each!r}; it may say hour, day or nothing": window.each not in {"", "hour", "day"},
        "gives a value for each day, so it needs days": window.each == "day" and not window.days,
        "has hours outside 0 to 24": not (0 <= start <= 24 and 0 <= end <= 24),  # noqa: PLR2004 — hours
        "is between an hour and itself, which is no time at all": start == end,
        "gives a value for each hour, so it takes no `between`": window.each == "hour"
        and bool(window.between),
    }
    return next((reason for reason, applies in reasons.items() if applies), "")


class Speaker(msgspec.Struct, frozen=True):
    """Whose payload is decoded, and what is known about it.

    `received` (ms) stands in where a payload names no time, `entity` where it names none; `properties`
    are those of the whole city by qualified name, `by_alias` finds an entity by the name that its network
    knows it by (a DevEUI), `sources` the decoders of vendors by name. `number` is the message's in the stream.
    """

    device: str
    received: int
    entity: str | None
    properties: Mapping[str, Property]
    by_alias: Callable[[str], str | None]
    sources: Mapping[str, Source] = {}
    number: int = 0


@dataclass(frozen=True)
class Source:
    """A vendor's payload and how it is read; `decode` raises DecodeError and touches nothing."""

    name: str
    decode: Callable[[bytes, Speaker], Iterable[Observation]]


def qualified(entity: str, name: str) -> str:
    """The name under which a property of this entity or kind is kept: `water.meter:17`, `flow` → `water.flow`."""
    return f"{entity.partition('.')[0]}.{name}"
