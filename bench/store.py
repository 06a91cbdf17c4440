"""The store bench: the same readings in ClickHouse, as Candia keeps them, and in PostgreSQL; both asked the same.

At each size: the rows are loaded, each question is asked once after a restart with the files out of memory, and
then several times; the answers are compared row for row, and a difference ends the bench.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import pyarrow as pa

from bench.asked import ATHENS, INDEX, INFLOW, Question, asked, same
from bench.engine import Engine, config_in
from bench.readings import SINCE, Batches, Readings, until
from bench.report import publish, quantile
from bench.rival import Rival
from candia.engines import clickhouse
from candia.telemetry.rollup import Rollup, keep_days, touched_by
from candia.telemetry.store import Store

METERS = 20_000
ROWS_A_DAY = METERS * 24
# A question is asked again so often; of those in between, until this many ms are spent.
LEAST, MOST, ENOUGH = 5, 20, 3000
PROPERTIES = {"water.index": INDEX, "water.inflow": INFLOW}
Row = dict[str, Any]


class Ours:
    """Candia's store, alone with its engine."""

    def __init__(self, folder: Path) -> None:
        self.engine = Engine(clickhouse.part(config_in(folder)), folder / "clickhouse")
        self.store = Store((folder / "secrets" / "telemetry_url").read_text("utf-8"))
        self.appending = self.rolling = 0.0

    def load(self, batches: Batches, hours: list[Any]) -> None:
        """A day: an append for each hour of it, and the touched hours computed four times."""
        rollup, touched = Rollup(self.store), []
        for number, rows in enumerate(hours, 1):
            batch = batches.batch(rows)
            self.appending += _spent(partial(self.store.append, batch))
            touched.append(touched_by([batch]))
            if number % 6 == 0:
                hours_touched, touched = pa.concat_tables(touched), []
                self.rolling += _spent(partial(rollup.compute, hours_touched, PROPERTIES))
        rollup.close()

    def merge(self) -> None:
        """Let each month become one part, as an hour's rest would."""
        for table in ("observations", "hourly", "daily", "latest"):
            self.store.command(f"OPTIMIZE TABLE {table} FINAL")

    def columns(self) -> list[Row]:
        """Bytes on disk of each column of each table, the largest first."""
        return self.store.ask(
            "SELECT table, column, sum(column_data_compressed_bytes + column_marks_bytes) AS bytes "
            "FROM system.parts_columns WHERE active AND database = currentDatabase() "
            "AND table IN ('observations', 'hourly', 'daily', 'latest') GROUP BY table, column "
            "HAVING bytes > 0 ORDER BY bytes DESC"
        ).to_pylist()

    def size(self) -> dict[str, int]:
        """Bytes on disk of each table."""
        told = self.store.ask(
            "SELECT table, sum(bytes_on_disk) AS bytes FROM system.parts "
            "WHERE active AND database = currentDatabase() GROUP BY table"
        )
        return {row["table"]: row["bytes"] for row in told.to_pylist()}


def run(out: Path, rows: int = 30 * ROWS_A_DAY) -> None:
    """Load about `rows` readings in three steps, and ask at each."""
    days = max(1, round(rows / ROWS_A_DAY))
    sizes = sorted({max(1, days // 9), max(1, days // 3), days})
    with tempfile.TemporaryDirectory(prefix="candia-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        with both(folder) as (ours, theirs):
            loaded, answers = _measure(ours, theirs, sizes)
            columns = [
                {**row, "bytes_per_row": row["bytes"] / (sizes[-1] * ROWS_A_DAY)} for row in ours.columns()
            ]
    facts = {"meters": METERS, "rows_asked_for": rows, "asked_warm": f"{LEAST} to {MOST} times"}
    publish("store-load", loaded, out, **facts)
    publish("store-questions", answers, out, **facts)
    publish("store-columns", columns, out, **facts)


@contextmanager
def both(folder: Path) -> Iterator[tuple[Ours, Rival]]:
    """Both stores, each with its engine in a folder of its own, and empty."""
    ours, theirs = Ours(folder / "ours"), Rival(folder / "theirs")
    with ours.engine, theirs.engine:
        ours.store.prepare()
        keep_days(ours.store, ATHENS, PROPERTIES)
        try:
            yield ours, theirs
        finally:
            theirs.hang_up()
            ours.store.close()


def _measure(ours: Ours, theirs: Rival, sizes: list[int]) -> tuple[list[Row], list[Row]]:
    readings, batches = Readings(METERS), Batches(METERS)
    theirs.prepare(SINCE, sizes[-1], METERS)
    loaded, answers, copying, done = [], [], 0.0, 0
    for days in sizes:
        theirs.without_indexes()
        for hours in readings.days(days - done):
            ours.load(batches, hours)
            copying += sum(_spent(partial(theirs.load, rows)) for rows in hours)
        done = days
        indexing = _spent(theirs.finish)
        loaded += [_loaded_ours(ours, days), _loaded_theirs(theirs, days, copying, indexing)]
        answers += [_answer(question, ours, theirs, until(days), days) for question in asked]
        ours.merge()
        loaded[-2] |= _sizes(ours.size(), days)
        print(f"{days} days are loaded and asked.", flush=True)
    return loaded, answers


def _loaded_ours(ours: Ours, days: int) -> Row:
    rows = days * ROWS_A_DAY
    return {
        "store": "Candia",
        "rows": rows,
        "seconds": ours.appending + ours.rolling,
        "rows_per_s": rows / (ours.appending + ours.rolling),
        "rows_per_s_append": rows / ours.appending,
    }


def _sizes(size: dict[str, int], days: int) -> Row:
    rows = days * ROWS_A_DAY
    return {
        "bytes_per_row": sum(size.values()) / rows,
        "bytes_per_row_readings": size["observations"] / rows,
        "bytes_per_row_beside": sum(size[table] for table in ("hourly", "daily", "latest")) / rows,
    }


def _loaded_theirs(theirs: Rival, days: int, copying: float, indexing: float) -> Row:
    rows, (table, indexes) = days * ROWS_A_DAY, theirs.size()
    return {
        "store": "PostgreSQL",
        "rows": rows,
        "seconds": copying + indexing,
        "rows_per_s": rows / (copying + indexing),
        "rows_per_s_append": rows / copying,
        "bytes_per_row": (table + indexes) / rows,
        "bytes_per_row_readings": table / rows,
        "bytes_per_row_beside": indexes / rows,
    }


def _answer(question: Question, ours: Ours, theirs: Rival, moment: datetime, days: int) -> Row:
    theirs.hang_up()
    ours.engine.forget()
    theirs.engine.forget()
    ours.store.ask("SELECT 1")
    theirs.line()
    mine, own = _asked(lambda: question.ours(ours.store, moment))
    yours, other = _asked(lambda: theirs.ask(question.theirs, SINCE, moment))
    differs = same(own, other)
    if differs:
        raise SystemExit(f"The stores disagree on {question.title!r}: {differs}")
    faster = yours["warm_ms"] / mine["warm_ms"]
    told: Row = {"question": question.title, "rows": days * ROWS_A_DAY, "answer_rows": own.num_rows}
    return (
        told
        | {f"candia_{name}": value for name, value in mine.items()}
        | {f"postgresql_{name}": value for name, value in yours.items()}
        | {"times_faster": faster}
    )


def _asked(ask: Callable[[], Any]) -> tuple[dict[str, float], Any]:
    """Milliseconds of the first time and of those after, and the answer."""
    took: list[float] = []
    answer = None
    while len(took) < 1 + LEAST or (len(took) < 1 + MOST and sum(took) < ENOUGH):
        began = time.perf_counter()
        answer = ask()
        took.append((time.perf_counter() - began) * 1000)
    first, *warm = took
    return {"cold_ms": first, "warm_ms": median(warm), "p95_ms": quantile(warm, 0.95)}, answer


def _spent(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
