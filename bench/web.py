"""The web bench: pages and map layers asked for while ingest takes in 3,000 messages a second."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bench.city import City, told
from bench.ingest import cores
from bench.report import publish

MESSAGES = 3_000
# What it is, its address, and how often it is asked for a second; what lies at the desk only the operator may ask.
PAGES = (
    ("home", "/", 50),
    ("layer: districts by the losses of 50,000 meters", "/water/districts.geojson?by=losses", 50),
    ("a district's page", "/water/districts/a/", 50),
    ("a district's page, by a few", "/water/districts/a/", 5),
    # As often as one address may.
    (
        "API: a district's inflow by hour",
        "/api/v1/entities/water.district:a/observations?property=inflow&every=hour",
        10,
    ),
    ("desk's layer: 50,000 meters, packed", "/desk/water/meters.geojson", 50),
    ("desk's layer: 5,000 alerts, as many as a map draws", "/desk/operations/inbox.geojson?status=open", 1),
)
Row = dict[str, Any]


def run(out: Path, city: City, *, quick: bool = False) -> None:
    """Ask for one page after the other, each for half a minute."""
    seconds = 5 if quick else 30
    rows = [page(city, title, path, rate, seconds) for title, path, rate in PAGES]
    publish("web", rows, out, seconds_each=seconds, messages_per_s=MESSAGES)


def page(city: City, title: str, path: str, rate: float, seconds: float) -> Row:
    """One page under that load; how the answers came, and whether the messages did."""
    before, cookie = city.cpu(), city.operator if path.startswith("/desk/") else ""
    # So long that the messages begin before the first visitor and end after the last.
    messages = city.load(
        "mqtt", port=city.config.mqtt_port, devices=city.devices, rate=MESSAGES, seconds=seconds + 6
    )
    visitors = city.load(
        "visitors", base=city.web, path=path, rate=rate, seconds=seconds, cookie=cookie, after=3
    )
    said, taken = told(visitors), told(messages)
    return {
        "page": title,
        "requests_per_s": rate,
        **{name: said[name] for name in ("p50_ms", "p95_ms", "p99_ms", "worst_ms", "bytes", "statuses")},
        "messages_per_s": taken["acknowledged"] / taken["seconds"],
        "puback_p99_ms": taken["puback_p99_ms"],
        **cores(before, city.cpu(), taken),
    }
