"""What is computed of observations: a derived property, durations of states, an issue of a forecast.

Processor time of the store and of the caller, so that what else runs counts little: derived of 50,000 things over a
day, durations over a month of twelve words a day, an issue of a week by the hour, and its scores.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pyarrow as pa

from bench.asked import ATHENS
from bench.report import publish
from bench.store import Ours
from candia.telemetry import durations, forecast_scores, forecasts
from candia.telemetry.derivation import Derivation
from candia.telemetry.derived import Derived
from candia.telemetry.forecast_scores import Scored
from candia.telemetry.frame import Span
from candia.telemetry.observation import Property
from candia.telemetry.rollup import Rollup, touched_by
from candia.telemetry.store import schema

BEGIN = datetime(2026, 5, 4, tzinfo=UTC)
HOUR = 3600
GAS = Property("gas")
TWICE = Property("twice", derived=Derived(of=("gas",), by=lambda gas: 2 * gas, every=timedelta(hours=1)))
LIT = Property("lit", states=("off", "on"))
PROPERTIES = {"air.gas": GAS, "air.twice": TWICE, "air.lit": LIT}
Row = dict[str, Any]


def run(out: Path, *, quick: bool) -> None:
    """Measure all of them; quick with a tenth of the things."""
    things = [f"air.thing:{number:05}" for number in range(5_000 if quick else 50_000)]
    with tempfile.TemporaryDirectory(prefix="candia-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        ours = Ours(folder / "ours")
        with ours.engine:
            ours.store.prepare()
            told = [*_derived(ours, things), *_foretold(ours, things), *_durations(ours, things)]
            ours.store.close()
    publish("computed", told, out, things=len(things))


def _derived(ours: Ours, things: list[str]) -> Iterator[Row]:
    for hour in range(24):
        _observe(
            ours, things, "air.gas", [hour * HOUR], np.random.default_rng(hour).uniform(0, 50, len(things))
        )
    derivation = Derivation(ours.store, "air", TWICE, {"gas": GAS, "twice": TWICE})
    with _measured(ours, "derived, a day of hours") as row:
        row["rows"] = derivation.run(BEGIN + timedelta(days=1))
    yield row
    with _measured(ours, "derived, the same again: nothing changed") as row:
        row["rows"] = derivation.run(BEGIN + timedelta(days=1))
    yield row


def _foretold(ours: Ours, things: list[str]) -> Iterator[Row]:
    begin = int(BEGIN.timestamp())
    chance, span = np.random.default_rng(1), Span(begin, begin + 168 * HOUR, HOUR)
    middle = chance.uniform(0, 50, (len(things), span.steps, 1))
    with _measured(ours, "an issue of a week by the hour, three quantiles") as row:
        row["rows"] = forecasts.write(
            ours.store, "air.gas", span, things, (0.1, 0.5, 0.9), middle + np.array([-2, 0, 2])
        )
    yield row
    scored = Scored(name="air.gas", declared=GAS, step=HOUR, take="mean", season=1, longest=168 * HOUR)
    with _measured(ours, "a day of it scored") as row:
        row["rows"] = forecast_scores.score(ours.store, scored, BEGIN, ATHENS)
    yield row


def _durations(ours: Ours, things: list[str]) -> Iterator[Row]:
    for day in range(30):
        _observe(ours, things, "air.lit", [day * 24 * HOUR + word * 2 * HOUR for word in range(12)], None)
    asked = (ours.store, "air.lit", BEGIN, BEGIN + timedelta(days=30))
    ways: dict[str, Callable[[], pa.Table]] = {
        "durations over a month": lambda: durations.durations(*asked, silence=timedelta(hours=3)),
        "durations of each day of a month": lambda: durations.durations(
            *asked, silence=timedelta(hours=3), by="day", zone=ATHENS
        ),
        "durations of one thing": lambda: durations.durations(
            *asked, silence=timedelta(hours=3), by="day", zone=ATHENS, entities=things[7:8]
        ),
    }
    for title, ask in ways.items():
        with _measured(ours, title) as row:
            row["rows"] = ask().num_rows
        yield row


def _observe(ours: Ours, things: list[str], name: str, seconds: list[int], values: Any) -> None:
    """Each of these moments of all things: numbers, or words that take turns."""
    count, moments = len(things), np.array(seconds) + int(BEGIN.timestamp())
    places = np.tile(np.arange(len(seconds)), count)
    table = pa.Table.from_arrays(
        [
            pa.array([name] * len(places)),
            pa.array(things).take(pa.array(np.repeat(np.arange(count), len(seconds)))),
            pa.array(moments[places] * 1000).cast(schema.field("time").type),
            pa.nulls(len(places), pa.float64()) if values is None else pa.array(values),
            pa.array(["on", "off"]).take(pa.array(places % 2))
            if values is None
            else pa.array([""] * len(places)),
            pa.array(np.full(len(places), 1)).cast(schema.field("received").type),
        ],
        schema=schema,
    )
    ours.store.append(table)
    if values is not None:
        rollup = Rollup(ours.store)
        rollup.compute(touched_by([table]), PROPERTIES)
        rollup.close()


@contextmanager
def _measured(ours: Ours, title: str) -> Iterator[Row]:
    row: Row = {"what": title}
    process = ours.engine.process()
    before, own, began = _spent(process), time.process_time(), time.perf_counter()
    yield row
    row["store_cpu_s"] = _spent(process) - before
    row["own_cpu_s"] = time.process_time() - own
    row["seconds"] = time.perf_counter() - began


def _spent(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)
