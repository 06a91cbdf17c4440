"""The memory bench: what each process holds, at rest and while it works."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import psutil

from bench.city import City, told
from bench.report import publish

REST = 60.0
Row = dict[str, Any]


def at_rest(city: City, *, quick: bool = False) -> dict[str, Row]:
    """A minute after the start."""
    time.sleep(10 if quick else REST)
    return held(city)


def at_work(city: City, *, quick: bool = False) -> dict[str, Row]:
    """With 3,000 messages and fifty visitors a second, at the end of half a minute."""
    seconds = 5 if quick else 30
    loads = (
        city.load("mqtt", port=city.config.mqtt_port, devices=city.devices, rate=3000, seconds=seconds + 3),
        city.load("visitors", base=city.web, path="/", rate=50, seconds=seconds + 3),
    )
    time.sleep(seconds)
    found = held(city)
    for load in loads:
        told(load)
    return found


def report(out: Path, rest: dict[str, Row], work: dict[str, Row]) -> None:
    """Both beside each other, and what all of them hold together."""
    rows = [
        {
            "part": part,
            "processes": work[part]["processes"],
            **{f"rest_{name}": rest.get(part, {}).get(name, 0) for name in ("rss_mb", "pss_mb")},
            **{f"load_{name}": work[part][name] for name in ("rss_mb", "pss_mb")},
        }
        for part in work
    ]
    whole = {name: sum(row[name] for row in rows) for name in rows[0] if name != "part"}
    publish("memory", [*rows, {"part": "all", **whole}], out)


def held(city: City) -> dict[str, Row]:
    """Megabytes of each part with its children: resident, and its share of what is shared (PSS)."""
    found = {}
    for part, processes in city.processes().items():
        memory = [one.memory_full_info() for one in processes if one.status() != psutil.STATUS_ZOMBIE]
        found[part] = {
            "processes": len(memory),
            "rss_mb": sum(one.rss for one in memory) / 1e6,
            "pss_mb": sum(one.pss for one in memory) / 1e6,
        }
    return found
