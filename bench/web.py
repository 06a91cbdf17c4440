"""The web bench: pages and map layers asked for 50 times a second while ingest takes in 3,000 messages a second."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bench.city import City, told
from bench.report import publish

RATE, MESSAGES = 50, 3_000
# What it is, its address, and whether the operator asks.
PAGES = (
    ("home", "/", False),
    ("layer: districts by the losses of 50,000 meters", "/water/districts.geojson?by=losses", False),
    ("layer: 5,000 alerts, as many as a map draws", "/desk/water/alerts.geojson?status=open", True),
    ("a district's page", "/water/districts/a/", False),
)
Row = dict[str, Any]


def run(out: Path, city: City, *, quick: bool = False) -> None:
    """Ask for one page after the other, each for half a minute."""
    seconds = 5 if quick else 30
    rows = [page(city, title, path, seconds, city.operator if staff else "") for title, path, staff in PAGES]
    publish("web", rows, out, requests_per_s=RATE, seconds_each=seconds, messages_per_s=MESSAGES)


def page(city: City, title: str, path: str, seconds: float, cookie: str) -> Row:
    """One page under that load; how the answers came, and whether the messages did."""
    # So long that the messages begin before the first visitor and end after the last.
    messages = city.load(
        "mqtt", port=city.config.mqtt_port, devices=city.devices, rate=MESSAGES, seconds=seconds + 6
    )
    visitors = city.load(
        "visitors", base=city.web, path=path, rate=RATE, seconds=seconds, cookie=cookie, after=3
    )
    said = told(visitors)
    taken = told(messages)
    return {
        "page": title,
        "p50_ms": said["p50_ms"],
        "p95_ms": said["p95_ms"],
        "p99_ms": said["p99_ms"],
        "worst_ms": said["worst_ms"],
        "bytes": said["bytes"],
        "statuses": said["statuses"],
        "messages_per_s": taken["acknowledged"] / taken["seconds"],
        "puback_p99_ms": taken["puback_p99_ms"],
    }
