"""Observations: the store's rows as Parquet files, slice by slice, from chDB or a ClickHouse of one's own alike.

A slice is a stretch of time of one table, small enough to be held in memory. What comes while they are read is in
the stream too, beyond the floor from which it is read again; so no moment needs to be the same for all.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow.parquet as pq

from candia.backup import encryption, manifest
from candia.backup.errors import BackupFailed
from candia.telemetry.store import Store
from candia.telemetry.store import migrations as known

#: Tables that are kept, each with the column of its time; what else there is, is made from them.
KEPT = {"observations": "time", "hourly": "hour", "forecasts": "time", "forecast_scores": "day"}
#: Made from these by the store itself, or known by the manifest; or of no use elsewhere: `position` tells numbers
#: of the stream that was, and `settled` parts of the disk that was.
MADE = {"latest", "daily", "day_zone", "derivation", "migration", "position", "settled"}
ROWS = 1_000_000
# One row for each key, as everybody who asks sees them.
SETTINGS = {
    "do_not_merge_across_partitions_select_final": 1,
    "output_format_parquet_compression_method": "zstd",
}


@dataclass(frozen=True)
class Slice:
    """A stretch of days, `since` to before `until` (empty: without end); which of so many shares of its things."""

    since: str
    until: str
    share: int = 0
    shares: int = 1

    def where(self, column: str) -> str:
        """The condition of SQL."""
        moment = "toDateTime('{} 00:00:00', 'UTC')"
        parts = [f"{column} >= {moment.format(self.since)}"] if self.since else []
        parts += [f"{column} < {moment.format(self.until)}"] if self.until else []
        parts += [f"cityHash64(entity) % {self.shares} = {self.share}"] if self.shares > 1 else []
        return " AND ".join(parts) or "1"


def slices(days: list[tuple[str, int]], most: int = ROWS) -> Iterator[Slice]:
    """Cut the days (each with its rows, oldest first) so that no slice has many more rows than `most`.

    Together the slices reach over all time: rows of a day that was not there yet have their place too.
    """
    begin, held = "", 0
    for day, rows in days:
        if held and held + rows > most:
            yield from _shared(begin, day, held, most)
            begin, held = day, 0
        held += rows
    yield from _shared(begin, "", held, most)


def _shared(since: str, until: str, rows: int, most: int) -> Iterator[Slice]:
    shares = max(1, -(-rows // most))
    for share in range(shares):
        yield Slice(since, until, share, shares)


def write(store: Store, draft: manifest.Draft) -> dict[str, int]:
    """Write every kept table; the rows of each."""
    return {table: _write_table(store, draft, table) for table in KEPT}


def _write_table(store: Store, draft: manifest.Draft, table: str) -> int:
    column, written = KEPT[table], 0
    days = store.ask(
        f"SELECT toString(toDate({column}, 'UTC')) AS day, count() AS n FROM {table} GROUP BY day ORDER BY day"
    )
    names = ", ".join(columns(store, table))
    cut = slices(list(zip(days["day"].to_pylist(), days["n"].to_pylist(), strict=True)))
    for number, piece in enumerate(cut, 1):
        question = f"SELECT {names} FROM {table} FINAL WHERE {piece.where(column)}"
        content = store.parquet(question, SETTINGS)
        rows = pq.read_metadata(io.BytesIO(content)).num_rows
        if rows:
            draft.add(f"{table}/{number:05}.parquet", io.BytesIO(content), table=table, rows=rows)
            written += rows
    return written


def columns(store: Store, table: str) -> list[str]:
    """The columns of a table that hold something, in order."""
    found = store.ask(
        "SELECT name FROM system.columns WHERE database = currentDatabase() AND table = {table:String} "
        "AND default_kind != 'ALIAS' ORDER BY position",
        table=table,
    )
    return list(found["name"].to_pylist())


def migrations(store: Store) -> list[str]:
    """The migrations of the store that are applied."""
    return list(store.ask("SELECT name FROM migration ORDER BY name")["name"].to_pylist())


def unknown(names: list[str]) -> set[str]:
    """Those of the store's migrations that this version of the code does not know."""
    return set(names) - {path.stem for path in known.glob("*.sql")}


def is_empty(store: Store) -> bool:
    """Whether the store has no table yet."""
    found = store.ask("SELECT count() AS n FROM system.tables WHERE database = currentDatabase()")
    return not found["n"][0].as_py()


def restore(store: Store, contents: manifest.Manifest, fetch: encryption.Fetch) -> None:
    """Make the tables as they were then, and fill them; raises BackupFailed where rows are missing in the end."""
    store.prepare(only=contents.store_migrations)
    for table in contents.observations:
        for file in contents.of(table):
            content = io.BytesIO()
            fetch(file.name, content)
            names = pq.read_schema(io.BytesIO(content.getvalue())).names
            store.load(table, names, content.getvalue())
        check(store, table, contents.observations[table])


def check(store: Store, table: str, rows: int) -> None:
    """Raise BackupFailed unless the table has so many rows."""
    found = store.ask(f"SELECT count() AS n FROM {table} FINAL")["n"][0].as_py()
    if found != rows:
        raise BackupFailed(f"The table {table} has {found} rows, and the backup told of {rows}.")
