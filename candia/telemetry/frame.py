"""Frame: what was observed of many things step by step, as an array; one question, however many they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from candia.telemetry.derived import HOUR, Floats, StepTake
from candia.telemetry.observation import Property
from candia.telemetry.store import Store
from candia.telemetry.windows import TAKE

SETTINGS = "SETTINGS do_not_merge_across_partitions_select_final = 1"
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
    hourly = span.step % HOUR == 0
    time, table = ("hour", "hourly") if hourly else ("time", "observations")
    value = TAKE[take] if hourly else _of_readings[take]
    if declared.states:
        last = (
            "argMaxIf(last_state, last_time, last_state != '')"
            if hourly
            else "argMaxIf(state, time, state != '')"
        )
        value = f"transform({last}, {{states:Array(String)}}, {{codes:Array(Float64)}}, NULL)"
    only = "" if entities is None else " AND entity IN {entities:Array(String)}"
    found = store.ask(
        "SELECT entity, "
        f"toInt64(intDiv(toInt64(toUnixTimestamp({time})) - {{since:Int64}}, {{step:Int64}})) AS place, "
        f"toNullable(toFloat64({value})) AS value FROM {table} FINAL WHERE property = {{property:String}} "
        f"AND {time} >= toDateTime({{since:Int64}}, 'UTC') AND {time} < toDateTime({{until:Int64}}, 'UTC'){only} "
        f"GROUP BY entity, place {SETTINGS}",
        property=name,
        since=span.since,
        until=span.until,
        step=span.step,
        states=list(declared.states),
        codes=[float(code) for code in range(len(declared.states))],
        **({} if entities is None else {"entities": list(entities)}),
    )
    return laid_out(found, span)


def laid_out(found: pa.Table, span: Span) -> tuple[list[str], Floats]:
    """Rows of entity, place and value as the things and their values in order, [things, steps]."""
    coded = found["entity"].combine_chunks().dictionary_encode()
    things: list[str] = coded.dictionary.to_pylist()
    values = np.full((len(things), span.steps), np.nan)
    rows = coded.indices.to_numpy(zero_copy_only=False)
    values[rows, found["place"].to_numpy()] = found["value"].to_numpy().astype(float)
    return things, values


def aligned(things: Sequence[str], known: Sequence[str], values: Floats) -> Floats:
    """The values of these things in this order; NaN for those that are not among the known."""
    row = {thing: place for place, thing in enumerate(known)}
    places = np.array([row.get(thing, len(known)) for thing in things], dtype=int)
    whole: Floats = np.vstack([values, np.full((1, values.shape[1]), np.nan)])[places]
    return whole
