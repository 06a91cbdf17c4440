"""Frame: what was observed of many things step by step, as an array; one question, however many they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from candia.telemetry.arrays import Floats
from candia.telemetry.derived import HOUR, StepTake
from candia.telemetry.observation import Property
from candia.telemetry.store import SETTINGS, Store
from candia.telemetry.windows import TAKE

_of_readings = {
    "mean": "avg(value)",
    "min": "min(value)",
    "max": "max(value)",
    "sum": "sum(value)",
    "last": "argMax(value, time)",
    "count": "count()",
}


@dataclass(frozen=True)
class Span:
    """A stretch of equal steps: from when to before when, and how long each is, in seconds since 1970 (UTC)."""

    since: int
    until: int
    step: int

    @property
    def steps(self) -> int:
        """How many there are."""
        return max(0, (self.until - self.since) // self.step)

    def led(self, steps: int) -> Span:
        """The same with so many steps more before it."""
        return Span(self.since - steps * self.step, self.until, self.step)


def ask(
    store: Store,
    name: str,
    declared: Property,
    take: StepTake,
    span: Span,
    entities: Sequence[str] | None = None,
) -> tuple[list[str], Floats]:
    """What was observed of a property (`air.no2`): things of which there is anything, and [things, steps].

    NaN where nothing was observed. Whole hours are told from the hours, shorter steps from the observations.
    """
    value, time, table = expression(declared, take, span.step)
    only = "" if entities is None else " AND entity IN {entities:Array(String)}"
    place = f"toUInt32(intDiv(toInt64(toUnixTimestamp({time})) - {{since:Int64}}, {{step:Int64}}))"
    found = store.ask(
        f"SELECT entity, groupArrayInsertAt(nan, {span.steps})(value, place) AS laid FROM ("
        f"SELECT entity, {place} AS place, ifNull(toFloat64({value}), nan) AS value FROM {table} FINAL "
        f"WHERE property = {{property:String}} AND {time} >= toDateTime({{since:Int64}}, 'UTC') "
        f"AND {time} < toDateTime({{until:Int64}}, 'UTC'){only} GROUP BY entity, place"
        f") GROUP BY entity ORDER BY entity {SETTINGS}",
        property=name,
        since=span.since,
        until=span.until,
        step=span.step,
        states=list(declared.states),
        codes=[float(code) for code in range(len(declared.states))],
        **({} if entities is None else {"entities": list(entities)}),
    )
    flat = found["laid"].combine_chunks().flatten()
    values: Floats = flat.to_numpy(zero_copy_only=False).astype(float).reshape(-1, span.steps)
    return found["entity"].to_pylist(), values


def expression(declared: Property, take: StepTake, step: int) -> tuple[str, str, str]:
    """What stands for a step as SQL, the column of its moments, and the table; states need `states` and `codes`."""
    hourly = step % HOUR == 0
    time, table = ("hour", "hourly") if hourly else ("time", "observations")
    if not declared.states:
        return TAKE[take] if hourly else _of_readings[take], time, table
    state, moment = ("last_state", "last_time") if hourly else ("state", "time")
    last = f"argMaxIf({state}, {moment}, {state} != '')"
    return f"transform({last}, {{states:Array(String)}}, {{codes:Array(Float64)}}, NULL)", time, table


def aligned(things: Sequence[str], known: Sequence[str], values: Floats) -> Floats:
    """The values of these things in this order; NaN for those that are not among the known."""
    row = {thing: place for place, thing in enumerate(known)}
    places = np.array([row.get(thing, len(known)) for thing in things], dtype=int)
    whole: Floats = np.vstack([values, np.full((1, values.shape[1]), np.nan)])[places]
    return whole
