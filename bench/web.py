"""The web bench: pages and map layers asked for while ingest takes in 3,000 messages a second."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.city import City, told
from bench.ingest import cores
from bench.report import publish

MESSAGES = 3_000


@dataclass(frozen=True)
class Asked:
    """A page, and how often it is asked for in a second: by strangers, or by the operator with a session."""

    title: str
    path: str
    per_s: float = 50
    signed_in: bool = False
    headers: dict[str, str] = field(default_factory=dict)


PAGES = (
    Asked("home", "/"),
    Asked("home, signed in", "/", signed_in=True),
    Asked(
        "home's news, signed in", "/", signed_in=True, headers={"HX-Request": "true", "HX-Target": "figures"}
    ),
    Asked("proposals", "/dialogue/proposals/"),
    Asked("proposals, signed in", "/dialogue/proposals/", signed_in=True),
    Asked("a proposal", "/dialogue/proposals/1/"),
    Asked("a proposal, signed in", "/dialogue/proposals/1/", signed_in=True),
    Asked("open data", "/data/"),
    Asked("one's own page", "/people/me/", signed_in=True),
    Asked("desk", "/desk/", signed_in=True),
    Asked("desk's meters", "/desk/water/meters/", signed_in=True),
    Asked("layer: districts by the losses of 50,000 meters", "/water/districts.geojson?by=losses"),
    Asked("a district's page", "/water/districts/a/"),
    Asked("a district's page, by a few", "/water/districts/a/", 5),
    # As often as one address may.
    Asked(
        "API: a district's inflow by hour",
        "/api/v1/entities/water.district:a/observations?property=inflow&every=hour",
        10,
    ),
    Asked("desk's layer: 50,000 meters, packed", "/desk/water/meters.geojson", signed_in=True),
    Asked(
        "desk's layer: 5,000 alerts, as many as a map draws",
        "/desk/operations/inbox.geojson?status=open",
        1,
        signed_in=True,
    ),
)
Row = dict[str, Any]


def run(out: Path, city: City, *, quick: bool = False) -> None:
    """Ask for one page after the other, each for half a minute."""
    seconds = 5 if quick else 30
    rows = [page(city, asked, seconds) for asked in PAGES]
    publish("web", rows, out, seconds_each=seconds, messages_per_s=MESSAGES)


def page(city: City, asked: Asked, seconds: float) -> Row:
    """One page under that load; how the answers came, and whether the messages did."""
    before = city.cpu()
    # So long that the messages begin before the first visitor and end after the last.
    messages = city.load(
        "mqtt", port=city.config.mqtt_port, devices=city.devices, rate=MESSAGES, seconds=seconds + 6
    )
    visitors = city.load(
        "visitors",
        base=city.web,
        path=asked.path,
        rate=asked.per_s,
        seconds=seconds,
        cookie=city.operator if asked.signed_in else "",
        after=3,
        more=asked.headers,
    )
    said, taken = told(visitors), told(messages)
    return {
        "page": asked.title,
        "requests_per_s": asked.per_s,
        **{name: said[name] for name in ("p50_ms", "p95_ms", "p99_ms", "worst_ms", "bytes", "statuses")},
        "messages_per_s": taken["acknowledged"] / taken["seconds"],
        "puback_p99_ms": taken["puback_p99_ms"],
        **cores(before, city.cpu(), taken),
    }
