"""Move: the rows of a table to one with another key, a month at a time; killed at any moment, it goes on.

So neither memory nor disk must hold them twice. What of a month was moved before is moved again and replaces
itself; a month moved whole is dropped from the old table, and when that is empty the new one takes its name.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from candia.telemetry.store import Store

log = logging.getLogger(__name__)
# So many rows are moved by one statement, or those of one day.
ROWS = 2_000_000
#: By how the old tables' keys differ from the new ones'.
BY_DAY = "toDate("
#: What a table whose key begins with the day is called while parts of it are set aside that can't be read.
BEFORE = "_by_day"


def several(name: str) -> str:
    """What is kept of an hour's `name`: nothing where it holds one number or none."""
    return f"if(numbers > 1, assumeNotNull({name}), 0) AS several_{name}"


#: The columns of an hour as the table keeps them, of rows that have those which questions know.
KEPT: Mapping[str, str] = {
    **{name: name for name in ("property", "hour", "entity", "count", "numbers", "first")},
    **{f"several_{name}": several(name) for name in ("sum", "min", "max", "last")},
    "first_time": "first_time",
    "lasting": "toUInt32(dateDiff('ms', first_time, last_time)) AS lasting",
    **{name: name for name in ("increase", "fresh", "last_state")},
}
_observed = ("property", "entity", "time", "value", "state", "received")
_moved: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "observations": ("time", {name: name for name in _observed}),
    "hourly": ("hour", {**KEPT, "computed": "computed"}),
}


def by_entity(store: Store) -> None:
    """Have the tables whose key begins with the day hold each thing's rows together; raises StoreAway."""
    for table, (column, kept) in _moved.items():
        if BY_DAY in _key(store, table):
            _move(store, table, column, kept)
            store.command(f"EXCHANGE TABLES {table} AND {table}_by_entity")
        if not _exists(store, f"{table}_by_entity"):
            continue
        # What can't be read must be told of, and may be brought back by hand.
        if _set_aside(store, f"{table}_by_entity"):
            store.command(f"RENAME TABLE {table}_by_entity TO {table}{BEFORE}")
        else:
            store.command(f"DROP TABLE {table}_by_entity")


def _move(store: Store, table: str, column: str, kept: Mapping[str, str]) -> None:
    months = store.ask(
        "SELECT partition_id AS month, toInt64(sum(rows)) AS rows FROM system.parts WHERE active "
        "AND database = currentDatabase() AND table = {table:String} GROUP BY month ORDER BY month",
        table=table,
    ).to_pylist()
    names, values = ", ".join(kept), ", ".join(kept.values())
    for row in months:
        month = row["month"]
        log.info("%s of %s: %d rows are moved to where questions find them sooner", table, month, row["rows"])
        for first, last in _stretches(store, table, column, month):
            store.command(
                f"INSERT INTO {table}_by_entity ({names}) SELECT {values} FROM {table} "
                f"WHERE toDate({column}) BETWEEN {{first:Date}} AND {{last:Date}} "
                f"AND toYYYYMM({column}, 'UTC') = {{month:UInt32}}",
                first=first,
                last=last,
                month=int(month),
            )
        store.command(f"ALTER TABLE {table} DROP PARTITION ID {{month:String}}", month=month)


def _stretches(store: Store, table: str, column: str, month: str) -> Iterator[tuple[str, str]]:
    """First and last day of stretches that have about ROWS rows at most."""
    days = store.ask(
        f"SELECT toString(toDate({column})) AS day, toInt64(count()) AS rows FROM {table} "
        f"WHERE toYYYYMM({column}, 'UTC') = {{month:UInt32}} GROUP BY day ORDER BY day",
        month=int(month),
    ).to_pylist()
    begin, held = "", 0
    for place, row in enumerate(days):
        begin, held = begin or row["day"], held + row["rows"]
        if place + 1 == len(days) or held + days[place + 1]["rows"] > ROWS:
            yield begin, row["day"]
            begin, held = "", 0


def _key(store: Store, table: str) -> str:
    found = store.ask(
        "SELECT sorting_key FROM system.tables WHERE database = currentDatabase() AND name = {table:String}",
        table=table,
    )
    return str(found["sorting_key"][0].as_py()) if found.num_rows else ""


def _exists(store: Store, table: str) -> bool:
    return bool(store.ask(f"EXISTS TABLE {table}")[0][0].as_py())


def _set_aside(store: Store, table: str) -> bool:
    """Whether parts of it lie aside that can't be read."""
    found = store.ask(
        "SELECT 1 AS one FROM system.detached_parts WHERE database = currentDatabase() AND table = {table:String} "
        "AND (reason = '' OR startsWith(reason, 'broken')) LIMIT 1",
        table=table,
    )
    return bool(found.num_rows)
