"""The store bench: the same readings in ClickHouse, as Candia keeps them, and in its rivals; all asked the same.

At each size: the rows are loaded, each question is asked once after a restart with the files out of memory, and
then several times; the answers are compared row for row, and a difference ends the bench.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
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
from bench.rivals import Rival, rivals
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
        with all_of_them(folder) as (ours, theirs):
            loaded, answers = _measure(ours, theirs, sizes)
            columns = [
                {**row, "bytes_per_row": row["bytes"] / (sizes[-1] * ROWS_A_DAY)} for row in ours.columns()
            ]
    facts = {"meters": METERS, "rows_asked_for": rows, "asked_warm": f"{LEAST} to {MOST} times"}
    publish("store-load", loaded, out, **facts)
    publish("store-questions", answers, out, **facts)
    publish("store-columns", columns, out, **facts)


@contextmanager
def all_of_them(folder: Path) -> Iterator[tuple[Ours, list[Rival]]]:
    """Candia's store and its rivals, each with its engine in a folder of its own, and empty."""
    ours = Ours(folder / "ours")
    with ExitStack() as running:
        running.enter_context(ours.engine)
        theirs = [running.enter_context(one) for one in rivals(folder)]
        running.callback(ours.store.close)
        ours.store.prepare()
        keep_days(ours.store, ATHENS, PROPERTIES)
        yield ours, theirs


def _measure(ours: Ours, theirs: list[Rival], sizes: list[int]) -> tuple[list[Row], list[Row]]:
    readings, batches = Readings(METERS), Batches(METERS)
    for one in theirs:
        one.prepare(SINCE, sizes[-1], METERS)
    loaded, answers, done = [], [], 0
    loading = dict.fromkeys((one.name for one in theirs), 0.0)
    for days in sizes:
        for one in theirs:
            one.begin()
        for hours in readings.days(days - done):
            ours.load(batches, hours)
            for one in theirs:
                loading[one.name] += sum(_spent(partial(one.load, rows)) for rows in hours)
        done = days
        finishing = {one.name: _spent(one.finish) for one in theirs}
        answers += [_answer(question, ours, theirs, until(days), days) for question in asked]
        ours.merge()
        loaded.append(_loaded_ours(ours, days) | _sizes(ours.size(), days))
        loaded += [_loaded_theirs(one, days, loading[one.name], finishing[one.name]) for one in theirs]
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


def _loaded_theirs(theirs: Rival, days: int, loading: float, finishing: float) -> Row:
    rows, (readings, beside) = days * ROWS_A_DAY, theirs.size()
    return {
        "store": theirs.name,
        "rows": rows,
        "seconds": loading + finishing,
        "rows_per_s": rows / (loading + finishing),
        "rows_per_s_append": rows / loading,
        "bytes_per_row": (readings + beside) / rows,
        "bytes_per_row_readings": readings / rows,
        "bytes_per_row_beside": beside / rows,
    }


def _answer(question: Question, ours: Ours, theirs: list[Rival], moment: datetime, days: int) -> Row:
    ours.engine.forget()
    ours.store.ask("SELECT 1")
    mine, own = _asked(lambda: question.ours(ours.store, moment))
    told: Row = {"question": question.title, "rows": days * ROWS_A_DAY, "answer_rows": own.num_rows}
    told |= {f"candia_{name}": value for name, value in mine.items()}
    for one in theirs:
        one.forget()
        yours, other = _asked(partial(one.ask, question, SINCE, moment))
        if differs := same(own, other, one.name):
            raise SystemExit(f"The stores disagree on {question.title!r}: {differs}")
        told |= {f"{one.name.lower()}_{name}": value for name, value in yours.items()}
    return told


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
