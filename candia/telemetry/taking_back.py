"""Taking back: what one import brought is removed, and hours, days and newest readings are told without it.

An import is known by the moments at which the stream took its messages: a row keeps its message's, and what comes
later for the same thing, property and time replaces it, so that it is no longer the import's. An earlier value that
the import replaced is there again where the store has not merged it away yet.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from candia.telemetry.derivation import forget
from candia.telemetry.derived import HOUR
from candia.telemetry.observation import Property
from candia.telemetry.rollup import Rollup
from candia.telemetry.store import SETTINGS, Store

# So many things are told to the store at once.
AT_ONCE = 500
SPAN = (
    "property IN {names:Array(String)} AND entity IN {things:Array(String)} "
    "AND time >= fromUnixTimestamp64Milli({first:Int64}, 'UTC') "
    "AND time <= fromUnixTimestamp64Milli({last:Int64}, 'UTC')"
)
HOURS = (
    "property IN {names:Array(String)} AND entity IN {things:Array(String)} "
    "AND hour >= toStartOfHour(fromUnixTimestamp64Milli({first:Int64}, 'UTC')) "
    "AND hour <= fromUnixTimestamp64Milli({last:Int64}, 'UTC')"
)
# Hours and days behind which nothing stands any more; one that was made meanwhile has its observation already.
EMPTY_HOURS = (
    f"DELETE FROM hourly WHERE {HOURS} AND (property, entity, hour) NOT IN "
    f"(SELECT property, entity, toStartOfHour(time) FROM observations WHERE property IN {{names:Array(String)}} "
    "AND entity IN {things:Array(String)} "
    "AND time >= toStartOfHour(fromUnixTimestamp64Milli({first:Int64}, 'UTC')) "
    "AND time < fromUnixTimestamp64Milli({last:Int64} + 3600000, 'UTC'))"
)
EMPTY_DAYS = (
    "DELETE FROM daily WHERE property IN {names:Array(String)} AND entity IN {things:Array(String)} "
    "AND day >= toDate(fromUnixTimestamp64Milli({first:Int64}, 'UTC'), {zone:String}) "
    "AND day <= toDate(fromUnixTimestamp64Milli({last:Int64}, 'UTC'), {zone:String}) "
    "AND (property, entity, day) NOT IN (SELECT property, entity, toDate(hour, {zone:String}) FROM hourly "
    "WHERE property IN {names:Array(String)} AND entity IN {things:Array(String)} "
    "AND hour >= fromUnixTimestamp64Milli({first:Int64} - 93600000, 'UTC') "
    "AND hour <= fromUnixTimestamp64Milli({last:Int64} + 93600000, 'UTC'))"
)
GONE = (
    f"DELETE FROM latest WHERE {SPAN} AND (property, entity, time) NOT IN "
    f"(SELECT property, entity, time FROM observations WHERE {SPAN})"
)
NEWEST = (
    "INSERT INTO latest SELECT property, entity, time, value, state FROM observations FINAL "
    "WHERE property IN {names:Array(String)} AND entity IN {things:Array(String)} "
    "AND (property, entity) NOT IN (SELECT property, entity FROM latest WHERE property IN {names:Array(String)} "
    "AND entity IN {things:Array(String)}) ORDER BY property, entity, time DESC LIMIT 1 BY property, entity"
)


@dataclass(frozen=True)
class Brought:
    """What an import brought: properties (`water.index`), things, the span of its rows, and its moments (ms)."""

    names: Sequence[str]
    things: Sequence[str]
    first: int
    last: int
    moments: Sequence[int]

    @property
    def own(self) -> str:
        """What its rows have that no others have, as SQL."""
        told = ", ".join(str(int(moment)) for moment in self.moments) or "-1"
        return f"toUnixTimestamp64Milli(received) IN ({told})"

    def parts(self) -> Iterator[dict[str, Any]]:
        """The parameters of the questions, for so many things at once."""
        told = {"names": list(self.names), "first": self.first, "last": self.last}
        for start in range(0, len(self.things), AT_ONCE):
            yield {**told, "things": list(self.things[start : start + AT_ONCE])}


def standing(store: Store, brought: Brought) -> int:
    """How many rows of an import are in the store and nobody replaced."""
    sql = f"SELECT toInt64(count()) AS n FROM observations FINAL WHERE {SPAN} AND {brought.own} {SETTINGS}"
    return sum(int(store.ask(sql, **part)["n"][0].as_py()) for part in brought.parts())


def take_back(store: Store, brought: Brought, properties: Mapping[str, Property]) -> int:
    """Remove what an import brought and nobody replaced; how many rows. `properties` are the city's by full names.

    What was derived of it is removed as well, and computed again when its job runs next. Done twice, or cut off and
    done again, it comes to the same. Raises StoreAway.
    """
    removed = standing(store, brought)
    _remove(store, brought, f"{SPAN} AND {brought.own}", properties)
    for derived in _derived(brought, properties):
        _remove(store, derived, SPAN, properties)
        forget(store, derived.names[0])
    return removed


def _remove(store: Store, brought: Brought, where: str, properties: Mapping[str, Property]) -> None:
    own, rollup = store.alone(), Rollup(store)
    zone = store.zone_of_days()
    try:
        for part in brought.parts():
            touched = _touched(own, part)
            own.command(f"DELETE FROM observations WHERE {where}", **part)
            own.command(EMPTY_HOURS, **part)
            rollup.compute(touched, properties)
            if zone:
                own.command(EMPTY_DAYS, zone=zone, **part)
            own.command(GONE, **part)
            own.command(NEWEST, **part)
    finally:
        rollup.close()
        own.close()


def _touched(store: Store, part: Mapping[str, Any]) -> pa.Table:
    """The hours of these things and properties in the span."""
    return store.ask(f"SELECT DISTINCT property, hour, entity FROM hourly WHERE {HOURS}", **part)


def _derived(brought: Brought, properties: Mapping[str, Property]) -> Iterator[Brought]:
    """What is computed of these properties, and of what is computed of them, of the things that this touches."""
    names, things = set(brought.names), set(brought.things)
    last, waiting = brought.last, {name: one for name, one in properties.items() if one.derived}
    while ready := [name for name, one in waiting.items() if names & _sources(name, one)]:
        for name in ready:
            derived = waiting.pop(name).derived
            if derived is None:
                continue
            if derived.members:
                things |= {of for of, its in derived.members().items() if not things.isdisjoint(its)}
            last = max(last, brought.last + (derived.lead + 1) * max(derived.step, HOUR) * 1000)
            names.add(name)
            yield Brought([name], sorted(things), brought.first, last, ())


def _sources(name: str, declared: Property) -> set[str]:
    service = name.partition(".")[0]
    return {f"{service}.{of}" for of in declared.derived.of} if declared.derived else set()
