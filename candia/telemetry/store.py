"""Store: observations appended and asked for, over ClickHouse's HTTP interface."""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pyarrow as pa
import urllib3.exceptions

from candia.telemetry import move
from candia.telemetry.observation import Observation

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

log = logging.getLogger(__name__)
migrations = Path(__file__).parent / "migrations"
milliseconds, microseconds = pa.timestamp("ms", "UTC"), pa.timestamp("us", "UTC")
#: The columns of `observations`: a batch to append has these, `received` in µs since 1970.
schema = pa.schema(
    {
        "property": pa.string(),
        "entity": pa.string(),
        "time": milliseconds,
        "value": pa.float64(),
        "state": pa.string(),
        "received": microseconds,
    }
)
# What is left to do after a migration's statements; each may be begun again.
MOVES = {"0003_by_entity": move.by_entity}
# Ten years of history may come in one batch; ClickHouse's limit guards against worse keys than a month.
APPEND = {"max_partitions_per_insert_block": 0}
# So many bytes are sent at once; the embedded store takes twice as many (candia/engines/chdb_request.py).
PIECE = 32 * 1024 * 1024
#: At the end of a question with FINAL: no row is replaced by one of another month, so each is looked at by itself.
SETTINGS = "SETTINGS do_not_merge_across_partitions_select_final = 1"
# Seconds in which whoever listens has taken a connection.
CONNECT = 5
# ClickHouse's codes of a statement that took longer than was asked for, and of a session in which one is under way.
NOT_NOW = {159, 373}
#: Seconds that ingest waits for a batch to be written, and for hours to be computed.
WRITING, ROLLING_UP = 60.0, 300.0


class StoreAway(Exception):
    """The store of observations does not answer; the same request may succeed later."""


class Store:
    """One city's observations; threads may share it. `url` is clickhouse://user:password@host:port/database.

    A question that gets no answer in `patience` seconds counts as asked of a store that is away, and the store ends
    it: what nobody waits for any more must not keep others waiting.
    """

    def __init__(self, url: str, *, patience: float = 300, session: bool = False) -> None:
        self._url, self._patience, self._session = url, patience, session
        self._lock = threading.Lock()
        self._client: Client | None = None
        self._zone = ""

    def prepare(self, only: Collection[str] | None = None) -> list[str]:
        """Bring the tables to this version of the code, or as far as `only` names; what was missing."""
        self.command(
            "CREATE TABLE IF NOT EXISTS migration (name String, applied DateTime DEFAULT now()) "
            "ENGINE = MergeTree ORDER BY name"
        )
        done = set(self.ask("SELECT name FROM migration").column("name").to_pylist())
        wanted = [path for path in sorted(migrations.glob("*.sql")) if only is None or path.stem in only]
        missing = [path for path in wanted if path.stem not in done]
        for path in missing:
            for statement in statements(path.read_text("utf-8")):
                self.command(statement)
            if path.stem in MOVES:
                MOVES[path.stem](self)
            self.command("INSERT INTO migration (name) VALUES ({name:String})", name=path.stem)
        return [path.stem for path in missing]

    def append(self, batch: pa.Table) -> None:
        """Write a batch of `schema`; what is there already is replaced by what was received later."""
        self.insert("observations", batch, APPEND)

    def insert(self, table: str, rows: pa.Table, settings: dict[str, Any] | None = None) -> None:
        """Write rows to a table by the names of their columns, in pieces that the store takes."""
        piece = max(1, rows.num_rows * PIECE // max(rows.nbytes, 1))
        with self._answering() as client:
            for start in range(0, rows.num_rows, piece):
                client.insert_arrow(table, rows.slice(start, piece), settings=settings)

    def ask(self, sql: str, **parameters: Any) -> pa.Table:
        """What a question with `{name:Type}` in it answers; values never become part of the SQL."""
        with self._answering() as client:
            return client.query_arrow(sql, parameters=parameters)

    def clock(self) -> int:
        """The moment by the store's own clock, ms since 1970."""
        return int(self.ask("SELECT toUnixTimestamp64Milli(now64(3, 'UTC')) AS at")["at"][0].as_py())

    def check(self, table: str) -> list[dict[str, Any]]:
        """Read a table from end to end: of each part its `part_path`, whether it `is_passed`, and the `message`."""
        sql = f"CHECK TABLE {table} SETTINGS check_query_single_value_result = 0"
        with self._answering() as client:
            # In a format that also carries what went wrong on the way.
            told = client.raw_query(sql, fmt="JSONEachRow")
        return [msgspec.json.decode(line) for line in told.splitlines() if line]

    def command(self, sql: str, *, settings: dict[str, Any] | None = None, **parameters: Any) -> None:
        """Carry out a statement that has no answer."""
        with self._answering() as client:
            client.command(sql, parameters=parameters, settings=settings)

    def parquet(self, sql: str, settings: dict[str, Any]) -> bytes:
        """The answer to a question as a Parquet file."""
        with self._answering() as client:
            return client.raw_query(sql, settings=settings, fmt="Parquet")

    def load(self, table: str, names: Sequence[str], content: bytes) -> None:
        """Write the rows of a Parquet file that has columns of these names."""
        with self._answering() as client:
            client.raw_insert(table, names, insert_block=content, settings=APPEND, fmt="Parquet")

    def zone_of_days(self) -> str:
        """The zone whose days the store keeps; empty where it keeps none yet.

        It changes only while nothing else runs (`rollup.keep_days`), so what is known once is asked no more.
        """
        if not self._zone:
            found = self.ask("SELECT zone FROM day_zone LIMIT 1")
            self._zone = str(found["zone"][0].as_py()) if found.num_rows else ""
        return self._zone

    def alone(self) -> Store:
        """The same store with a session of its own, for temporary tables and long work; one thread at a time."""
        return Store(self._url, patience=max(self._patience, ROLLING_UP), session=True)

    def close(self) -> None:
        """Close the connections."""
        with self._lock:
            if self._client is not None:
                self._client.close()
                self._client = None

    @contextmanager
    def _answering(self) -> Iterator[Client]:
        from clickhouse_connect.driver.exceptions import DatabaseError, OperationalError

        try:
            yield self._connected()
        except (OperationalError, OSError, urllib3.exceptions.HTTPError) as away:
            # A session may be in the middle of what got no answer, and a connection lead to one that hangs.
            self.close()
            raise StoreAway(f"The store of observations does not answer: {away}") from away
        except DatabaseError as wrong:
            if wrong.code not in NOT_NOW:
                raise
            self.close()
            raise StoreAway(f"The store of observations takes too long: {wrong}") from wrong

    def _connected(self) -> Client:
        import clickhouse_connect

        with self._lock:
            if self._client is None:
                # A session lets one thread in at a time.
                self._client = clickhouse_connect.get_client(
                    dsn=self._url,
                    autogenerate_session_id=self._session,
                    compress=False,
                    connect_timeout=CONNECT,
                    send_receive_timeout=self._patience,
                    settings={"max_execution_time": max(1, int(self._patience))},
                )
            return self._client


def columns(observations: Sequence[Observation], received: Sequence[int] | int) -> pa.Table:
    """A batch to append; `received` in µs since 1970, for each or for all."""
    taken = [received] * len(observations) if isinstance(received, int) else received
    return pa.Table.from_arrays(
        [
            pa.array([seen.property for seen in observations], pa.string()),
            pa.array([seen.entity for seen in observations], pa.string()),
            pa.array([seen.time for seen in observations], pa.int64()).cast(milliseconds),
            pa.array([seen.value for seen in observations], pa.float64()),
            pa.array([seen.state or "" for seen in observations], pa.string()),
            pa.array(taken, pa.int64()).cast(microseconds),
        ],
        schema=schema,
    )


def statements(sql: str) -> list[str]:
    """The statements of a migration: each ends with a semicolon at a line's end."""
    plain = re.sub(r"^\s*--.*\n", "", sql, flags=re.MULTILINE)
    return [statement.strip() for statement in re.split(r";\s*\n", plain + "\n") if statement.strip()]
