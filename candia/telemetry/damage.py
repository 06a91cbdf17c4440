"""Damage: parts of the store that can't be read; what is in them is missing from every answer until it is refilled.

ClickHouse sets such a part aside at its start and says nothing. While it runs, a question that meets one fails, and
a check of the tables finds it (tried on chDB 26.9, with files cut and removed).
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from candia.conditions import Conditions
from candia.telemetry.move import BEFORE
from candia.telemetry.store import Store

log = logging.getLogger(__name__)
#: The condition of a store of which something is missing.
NAME = "store_damaged"
TABLES = ("observations", "hourly", "daily", "latest")
# ClickHouse's codes of what can't be read from its own files.
UNREADABLE = (33, 40, 79, 107, 117, 210, 226, 228, 231, 246, 271, 432, 479)
# What is met on a full disk, where a merge may leave a part torn (seen on chDB 26.9).
NO_ROOM = (75, 243)
# What was set aside because it is broken, or by hand; of a part that was merged, its sources may still be there.
# A table that was moved to another key leaves its damaged parts behind, under a name of theirs.
ASIDE = f"""
SELECT replaceOne(d.table, '{BEFORE}', '') AS of, d.name AS name, d.partition_id AS month, any(d.path) AS path,
    sumIf(p.rows, p.min_block_number >= d.min_block_number AND p.max_block_number <= d.max_block_number) AS there
FROM system.detached_parts AS d
LEFT JOIN system.parts AS p
    ON p.database = d.database AND p.table = d.table AND p.partition_id = d.partition_id AND p.active = 1
WHERE d.database = currentDatabase() AND (d.reason = '' OR startsWith(d.reason, 'broken'))
    AND concat(of, '/', name) NOT IN (SELECT part FROM settled)
GROUP BY of, name, month
ORDER BY month, of, name
"""


@dataclass(frozen=True)
class Damaged:
    """A part that was set aside: of a table, a month (`202609`), and how many rows are missing if that is known."""

    table: str
    name: str
    month: str
    rows: int | None


def found(store: Store) -> list[Damaged]:
    """The parts that are set aside and not settled; raises StoreAway."""
    parts = []
    for row in store.ask(ASIDE).to_pylist():
        rows = _rows(Path(row["path"]))
        missing = None if rows is None else max(0, rows - row["there"])
        if missing != 0:
            parts.append(Damaged(row["of"], row["name"], row["month"], missing))
    return parts


def _rows(part: Path) -> int | None:
    """How many rows a part had, where its folder is on this machine and says so."""
    try:
        return int((part / "count.txt").read_text("ascii"))
    except (OSError, ValueError):
        return None


def errors(store: Store) -> int:
    """How often the store has met what it could not read, or a full disk, since it started."""
    codes = ", ".join(map(str, UNREADABLE + NO_ROOM))
    told = store.ask(f"SELECT toInt64(sum(value)) AS n FROM system.errors WHERE code IN ({codes})")
    return int(told["n"][0].as_py() or 0)


def set_aside(store: Store) -> list[str]:
    """Read every table from end to end and set aside the parts that can't be read, so that all others can be."""
    gone = []
    for table in TABLES:
        for row in store.check(table):
            if row["is_passed"] or not any(f"Code: {code}." in row["message"] for code in UNREADABLE):
                continue
            log.error("A part of %s can't be read and is set aside: %s", table, row["message"])
            store.command(f"ALTER TABLE {table} DETACH PART {{part:String}}", part=row["part_path"])
            gone.append(f"{table}/{row['part_path']}")
    return gone


def settle(store: Store, parts: Sequence[Damaged]) -> None:
    """These are refilled, or somebody knows that they are gone."""
    for part in parts:
        store.command("INSERT INTO settled (part) VALUES ({part:String})", part=f"{part.table}/{part.name}")


def report(conditions: Conditions, parts: Sequence[Damaged]) -> None:
    """Have the condition stand while there are any."""
    if parts:
        conditions.report(NAME, **facts(parts))
    else:
        conditions.clear(NAME)


def facts(parts: Sequence[Damaged]) -> dict[str, str | int]:
    """What the condition `store_damaged` tells."""
    return {
        "tables": ", ".join(sorted({part.table for part in parts})),
        "months": ", ".join(sorted({_shown(part.month) for part in parts})),
        "rows": sum(part.rows or 0 for part in parts),
    }


def _shown(month: str) -> str:
    return f"{month[:4]}-{month[4:]}" if month.isdigit() else "–"
