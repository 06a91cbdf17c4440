"""Derivation: derived properties computed in sets from what was observed, and again when that changes.

What is due follows from the hours of the sources: whatever comes late or is corrected has its hour computed anew,
and `computed` tells it. Only what differs from what stands is written, so that a run that is cut off, or done
twice, changes nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from candia.telemetry import frame
from candia.telemetry.arrays import Floats, held
from candia.telemetry.derived import HOUR, Derived
from candia.telemetry.frame import Span, aligned
from candia.telemetry.observation import Property
from candia.telemetry.rollup import Rollup, touched_by
from candia.telemetry.store import ROLLING_UP, SETTINGS, Store, schema

log = logging.getLogger(__name__)
DAY = 24 * HOUR
# An hour's row is seen at most so long (s) after the moment that its `computed` names.
OVERLAP = int(ROLLING_UP) + 10
# What a function answers twice is the same but for the order in which the store added.
CLOSE = 1e-9
Members = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Mark:
    """Steps before `until` (s) are computed, of hours that were computed before `computed` (ms)."""

    computed: int
    until: int


class Derivation:
    """One derived property of a service, over all its things; `properties` are the service's own by plain names."""

    def __init__(
        self, store: Store, service: str, declared: Property, properties: Mapping[str, Property]
    ) -> None:
        if declared.derived is None:
            raise ValueError(f"{declared.name} is measured, not derived.")
        self._store, self._service, self._declared = store, service, declared
        self._derived: Derived = declared.derived
        self._sources = {name: properties[name] for name in self._derived.of}
        self._name = f"{service}.{declared.name}"
        self._names = [f"{service}.{name}" for name in self._sources]

    def run(self, now: datetime) -> int:
        """Compute what is due by now; how many values changed. Raises StoreAway."""
        begun, step = self._store.clock(), self._derived.step
        end = int(now.timestamp()) // step * step
        members = self._derived.members() if self._derived.members else None
        mark = self._known()
        since = mark.until if mark else self._first() // step * step
        changed = sum(
            self._compute(Span(start, min(start + max(DAY, step), end), step), None, members)
            for start in range(since, end, max(DAY, step))
        )
        if mark is not None:
            changed += sum(self._compute(span, entities, members) for span, entities in self._late(mark))
        if end > since or mark is None or changed:
            self._note(Mark(begun, max(end, since)))
        return changed

    def _late(self, mark: Mark) -> Iterator[tuple[Span, list[str]]]:
        """What came late or was corrected: for each day the steps that it changes, and of which things."""
        step, reach = self._derived.step, self._derived.lead * self._derived.step
        found = self._store.ask(
            "SELECT toInt64(toUnixTimestamp(min(hour))) AS first, toInt64(toUnixTimestamp(max(hour))) AS last, "
            "groupUniqArray(entity) AS things FROM hourly FINAL WHERE property IN {names:Array(String)} "
            "AND hour < toDateTime({until:Int64}, 'UTC') "
            "AND computed >= fromUnixTimestamp64Milli({mark:Int64}, 'UTC') "
            f"GROUP BY toDate(hour) ORDER BY first {SETTINGS}",
            names=self._names,
            until=mark.until,
            mark=mark.computed - OVERLAP * 1000,
        )
        for row in found.to_pylist():
            until = -(-(row["last"] + HOUR) // step) * step + reach
            yield Span(row["first"] // step * step, min(until, mark.until), step), row["things"]

    def _compute(self, span: Span, entities: list[str] | None, members: Members | None) -> int:
        if members is not None:
            told = None if entities is None else set(entities)
            members = {
                thing: its for thing, its in members.items() if told is None or not told.isdisjoint(its)
            }
            entities = sorted({one for its in members.values() for one in its})
        things, arrays = self._observed(span.led(self._derived.lead), entities)
        if members is not None:
            row = {thing: place for place, thing in enumerate(things)}
            own = {thing: [row[one] for one in its if one in row] for thing, its in members.items()}
            groups = [places for places in own.values() if places]
            things = [thing for thing, places in own.items() if places]
            made = [self._derived.by(*(array[places] for array in arrays)) for places in groups]
        if not things:
            return 0
        whole = self._derived.by(*arrays) if members is None else np.vstack(made)
        if whole.shape != (len(things), span.steps + self._derived.lead):
            raise ValueError(f"The function of {self._name} answers with an array of another shape.")
        return self._write(span, things, self._within(whole[:, self._derived.lead :]))

    def _observed(self, span: Span, entities: list[str] | None) -> tuple[list[str], list[Floats]]:
        """The things, and of each source an array over them."""
        found = [
            frame.ask(self._store, f"{self._service}.{name}", declared, self._derived.take, span, entities)
            for name, declared in self._sources.items()
        ]
        things = sorted({thing for known, _values in found for thing in known})
        holds = self._derived.steps(self._derived.holds)
        return things, [held(aligned(things, known, values), holds) for known, values in found]

    def _within(self, made: Floats) -> Floats:
        """What the declaration allows; nothing where it does not."""
        low, high = self._declared.low, self._declared.high
        if self._declared.states:
            low, high = 0, len(self._declared.states) - 1
        with np.errstate(invalid="ignore"):
            wrong = np.isinf(made)
            wrong |= (made < low) if low is not None else False
            wrong |= (made > high) if high is not None else False
        if wrong.any():
            log.warning("%s: %d computed values are outside of its bounds", self._name, wrong.sum())
        return np.where(wrong, np.nan, made)

    def _write(self, span: Span, things: list[str], made: Floats) -> int:
        """Write what differs from what stands; what is not known any more is written as nothing."""
        stands = aligned(things, *frame.ask(self._store, self._name, self._declared, "last", span, things))
        same = np.isclose(made, stands, rtol=CLOSE, atol=CLOSE, equal_nan=True)
        rows, places = np.nonzero(~same)
        if not rows.size:
            return 0
        table = self._rows(things, rows, span.since + places * span.step, made[rows, places])
        self._store.append(table)
        rollup = Rollup(self._store)
        try:
            rollup.compute(touched_by([table]), {self._name: self._declared})
        finally:
            rollup.close()
        return int(rows.size)

    def _rows(
        self, things: list[str], rows: npt.NDArray[np.intp], seconds: npt.NDArray[np.int64], values: Floats
    ) -> pa.Table:
        known, states = ~np.isnan(values), self._declared.states
        words = (
            [states[int(value)] if ok else "" for value, ok in zip(values, known, strict=True)]
            if states
            else []
        )
        count = len(rows)
        return pa.Table.from_arrays(
            [
                pa.DictionaryArray.from_arrays(np.zeros(count, np.int32), [self._name]).cast(pa.string()),
                pa.array(things, pa.string()).take(pa.array(rows)),
                pa.array(seconds * 1000, pa.int64()).cast(schema.field("time").type),
                pa.nulls(count, pa.float64()) if states else pa.array(values, mask=~known),
                pa.array(words or [""] * count, pa.string()),
                pa.array(np.full(count, self._store.clock() * 1000), pa.int64()).cast(
                    schema.field("received").type
                ),
            ],
            schema=schema,
        )

    def _first(self) -> int:
        """The first hour (s) of any source; the present where there is none."""
        found = self._store.ask(
            "SELECT toInt64(if(count() > 0, toUnixTimestamp(min(hour)), toUnixTimestamp(now()))) AS at "
            "FROM hourly WHERE property IN {names:Array(String)}",
            names=self._names,
        )
        return int(found["at"][0].as_py())

    def _known(self) -> Mark | None:
        found = self._store.ask(
            "SELECT toUnixTimestamp64Milli(computed) AS computed, toInt64(toUnixTimestamp(until)) AS until "
            "FROM derivation FINAL WHERE property = {name:String} AND revision = {revision:UInt32}",
            name=self._name,
            revision=self._derived.revision,
        ).to_pylist()
        return Mark(**found[0]) if found else None

    def _note(self, mark: Mark) -> None:
        self._store.command(
            "INSERT INTO derivation (property, revision, computed, until) SELECT {name:String}, {revision:UInt32}, "
            "fromUnixTimestamp64Milli({computed:Int64}, 'UTC'), toDateTime({until:Int64}, 'UTC')",
            name=self._name,
            revision=self._derived.revision,
            computed=mark.computed,
            until=mark.until,
        )


def forget(store: Store, property: str) -> None:
    """Have all of a derived property computed again at its next run."""
    store.command(
        "INSERT INTO derivation (property, revision, computed, until) SELECT {name:String}, 0, "
        "toDateTime64(0, 3, 'UTC'), toDateTime(0, 'UTC')",
        name=property,
    )
