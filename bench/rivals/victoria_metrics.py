"""VictoriaMetrics: a store of time series alone, as Debian packs it; a thing is a label, a property a metric.

Its own memory of answers is off, as every question would be asked of that; it keeps what it has read of the disk.
A stretch ends a millisecond before the next begins, since it counts its end in and its beginning out.
Source: https://docs.victoriametrics.com/single-server-victoriametrics/ (1.79)
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from signal import SIGINT
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pyarrow as pa
import urllib3
from pyarrow import csv

from bench.engine import Engine
from bench.readings import DISTRICT, METER
from bench.rivals import Rows
from candia.engines.part import Part
from candia.engines.ports import kept_or_free

if TYPE_CHECKING:
    from bench.asked import Question

PROGRAM = "victoria-metrics"
METRICS = {METER: "water_index", DISTRICT: "water_inflow"}
INSTANT = timedelta(milliseconds=1)
OK = 300
Told = list[tuple[datetime, float]]


class VictoriaMetrics:
    """A server of its own in a folder of its own."""

    name = "VictoriaMetrics"

    def __init__(self, folder: Path) -> None:
        (folder / "log").mkdir(parents=True)
        port = kept_or_free(folder / "-")
        self._data, self._url = folder / "data", f"http://127.0.0.1:{port}"
        self._line = urllib3.PoolManager()
        options = {
            "storageDataPath": str(self._data),
            "httpListenAddr": f"127.0.0.1:{port}",
            "retentionPeriod": "100y",
            "search.disableCache": "true",
            "search.latencyOffset": "0s",
        }
        self._engine = Engine(
            Part(
                name=PROGRAM,
                command=(PROGRAM, *(f"-{name}={value}" for name, value in options.items())),
                ready=self._is_ready,
                stop=SIGINT,
            ),
            self._data,
        )

    @classmethod
    def is_here(cls) -> bool:
        """Where its package is installed."""
        return shutil.which(PROGRAM) is not None

    def __enter__(self) -> Self:
        self._engine.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._engine.stop()

    def prepare(self, since: datetime, days: int, meters: int) -> None:
        """Nothing is to be declared."""

    def begin(self) -> None:
        """There is no index to take away."""

    def load(self, rows: np.ndarray) -> None:
        """The rows as CSV, a metric at a time."""
        for number, metric in METRICS.items():
            some = rows[rows["property"] == number]
            body = BytesIO()
            told = pa.table({"thing": some["entity"], "time": some["time"], "value": some["value"]})
            csv.write_csv(told, body, csv.WriteOptions(include_header=False))
            form = f"1:label:thing,2:time:unix_ms,3:metric:{metric}"
            self._asked("POST", f"/api/v1/import/csv?format={form}", body=body.getvalue())

    def finish(self) -> None:
        """Let what was taken be asked for."""
        self._asked("GET", "/internal/force_flush")

    def size(self) -> tuple[int, int]:
        """Bytes of the readings, and of the index of things."""
        indexed = _bytes(self._data / "indexdb")
        return _bytes(self._data) - indexed, indexed

    def forget(self) -> None:
        """Start it anew."""
        self._engine.forget()
        self._line.clear()
        self._asked("GET", "/health")

    def ask(self, question: Question, since: datetime, until: datetime) -> Rows:
        """As the question says it."""
        return question.victoria_metrics(self, since, until)

    def latest(self, metric: str, moment: datetime) -> Rows:
        """Of each thing its number, and the time and value of its newest reading of two days."""
        both = {
            what: f'label_set({how}_over_time({metric}[2d]), "what", "{what}")'
            for what, how in (("time", "tlast"), ("value", "last"))
        }
        query = f"union({', '.join(both.values())})"
        answer = self._told("/api/v1/query", query=query, time=_seconds(moment - INSTANT))
        found: dict[int, dict[str, float]] = {}
        for one in answer["data"]["result"]:
            found.setdefault(int(one["metric"]["thing"]), {})[one["metric"]["what"]] = float(one["value"][1])
        return [(thing, told["time"], told["value"]) for thing, told in found.items()]

    def readings(self, series: str, since: datetime, until: datetime) -> Told:
        """Each reading of one series."""
        line = self._asked(
            "GET",
            "/api/v1/export",
            fields={"match[]": series, "start": _seconds(since), "end": _seconds(until - INSTANT)},
        )
        told = json.loads(line)
        return [(_moment(at), value) for at, value in zip(told["timestamps"], told["values"], strict=True)]

    def stretches(
        self,
        query: str,
        since: datetime,
        until: datetime,
        every: timedelta,
        ends: timedelta | None = None,
    ) -> Iterator[tuple[int, Told]]:
        """What is asked of each stretch, by its beginning, of each thing (0 for all); `ends` how long one is."""
        length = (ends or every) - INSTANT
        # Of the first stretch that is asked for it does not look at the reading before.
        span = {
            "start": _seconds(since + length - every),
            "end": _seconds(until),
            "step": f"{every.total_seconds()}s",
        }
        for one in self._told("/api/v1/query_range", query=query, **span)["data"]["result"]:
            values = [(_moment(at * 1000) - length, float(value)) for at, value in one["values"]]
            yield int(one["metric"].get("thing", 0)), [told for told in values if told[0] >= since]

    def _told(self, path: str, **fields: str) -> Any:
        return json.loads(self._asked("GET", path, fields=fields))

    def _asked(self, verb: str, path: str, **more: Any) -> bytes:
        answer = self._line.request(verb, self._url + path, timeout=600, retries=False, **more)
        if answer.status >= OK:
            raise SystemExit(f"{self.name} says {answer.status}: {answer.data[:500]!r}")
        return answer.data

    def _is_ready(self) -> bool:
        try:
            return self._line.request("GET", f"{self._url}/health", timeout=5, retries=False).status < OK
        except urllib3.exceptions.HTTPError:
            return False


def _seconds(moment: datetime) -> str:
    return f"{moment.timestamp():.3f}"


def _moment(milliseconds: float) -> datetime:
    return datetime.fromtimestamp(round(milliseconds) / 1000, UTC)


def _bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
