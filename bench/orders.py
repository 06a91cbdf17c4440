"""The bench of orders: from an order's making to the device's word that it is done, while meters speak as well.

Two figures: how many orders a second are done, and how late, with ingest at 3,000 readings a second; and how fast
devices that slept, each with a session of its own, wake and carry out what waited for them.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from bench.city import ROOT, City, told
from bench.ingest import FRESHNESS_AT, cores
from bench.report import publish

#: Orders a second that the city is set to release (CANDIA_ORDER_RATE), and lamps behind each gateway.
RATE, EACH = 500, 100
Row = dict[str, Any]


@dataclass(frozen=True)
class Plan:
    """How long orders are given (s), and how many devices sleep."""

    seconds: int
    asleep: int


LONG, QUICK = Plan(60, 5_000), Plan(20, 1_000)


def run(out: Path, city: City, *, quick: bool = False) -> None:
    """Measure both."""
    plan = QUICK if quick else LONG
    # Each mark is new, so that a bench may be repeated in one city.
    mark = f"{int(time.time()) % 100_000}"
    rows = [_given(city, f"d{mark}", plan, rate) for rate in (0, FRESHNESS_AT)]
    publish("orders", rows, out, asked_per_s=RATE, load_average=psutil.getloadavg()[0])
    publish("orders-waking", [_waking(city, f"s{mark}", plan)], out, load_average=psutil.getloadavg()[0])


def _given(city: City, mark: str, plan: Plan, readings: int) -> Row:
    """Orders to many lamps for a while, with so many readings a second beside them."""
    count = RATE * plan.seconds
    gateways = _ask(city, do="fill", mark=f"{mark}-{readings}", gateways=count // EACH, each=EACH)
    lamps = [lamp for _id, _secret, lamps in gateways for lamp in lamps]
    devices = [(id, secret) for id, secret, _lamps in gateways]
    obeying = city.load("obeying", port=city.config.mqtt_port, devices=devices, orders=count, within=300)
    _ready(obeying)
    loads = []
    if readings:
        # The lamps that are ordered speak as well, of the light they give.
        speaks = {"port": city.config.mqtt_port, "devices": gateways, "property": "level", "base": 40}
        loads.append(city.load("mqtt", **speaks, rate=readings, seconds=plan.seconds + 5))
    before = city.cpu()
    group = _ask(city, do="order", lamps=lamps, value="full")
    said = told(obeying)
    after = city.cpu()
    read = [told(load) for load in loads]
    found = _settled(city, group, count)
    return {
        "orders": count,
        "readings_per_s": readings,
        "done_per_s": found["counts"].get("done", 0) / found["seconds"],
        "p50_ms": found["p50_ms"],
        "p99_ms": found["p99_ms"],
        "worst_ms": found["worst_ms"],
        "not_done": count - found["counts"].get("done", 0),
        "puback_p99_ms": read[0]["puback_p99_ms"] if read else "",
        "cpu_ms_an_order": sum(after[part] - before.get(part, 0) for part in after) / count * 1000,
        "jobs_cpu_ms_an_order": (after["jobs"] - before["jobs"]) / count * 1000,
        **cores(before, after, said),
    }


def _waking(city: City, mark: str, plan: Plan) -> Row:
    """Devices subscribe and go to sleep, are ordered something, and wake as fast as they are let in."""
    gateways = _ask(city, do="fill", mark=mark, gateways=plan.asleep, each=1)
    devices = [(id, secret) for id, secret, _lamps in gateways]
    slept = _obeyed(city, devices, 0)
    group = _ask(city, do="order", lamps=[lamps[0] for _id, _secret, lamps in gateways], value="full")
    _until(lambda: _ask(city, do="counted", group=group)["counts"].get("sent") == plan.asleep)
    memory = sum(one.memory_info().rss for one in city.processes()["nats"]) / 2**20
    before = city.cpu()
    said = _obeyed(city, devices, plan.asleep)
    after = city.cpu()
    found = _settled(city, group, plan.asleep)
    return {
        "asleep": plan.asleep,
        "went_to_sleep_in_s": slept["seconds"],
        "all_awake_and_done_in_s": said["seconds"],
        "woken_per_s": plan.asleep / said["seconds"],
        "not_done": plan.asleep - found["counts"].get("done", 0),
        "nats_mib": memory,
        **cores(before, after, said),
    }


def _obeyed(city: City, devices: list[tuple[str, str]], orders: int) -> Row:
    """What devices say of themselves that connect and obey so many orders."""
    load = city.load("obeying", port=city.config.mqtt_port, devices=devices, orders=orders, within=600)
    _ready(load)
    return told(load)


def _settled(city: City, group: int, count: int) -> Row:
    """What became of a group once all of it is done, or after a while."""
    _until(lambda: _ask(city, do="counted", group=group)["counts"].get("done") == count, 60)
    return _ask(city, do="counted", group=group)


def _until(condition: Any, within: float = 300) -> None:
    until = time.monotonic() + within
    while not condition() and time.monotonic() < until:
        time.sleep(1)


def _ready(load: subprocess.Popen[bytes]) -> None:
    assert load.stdout is not None  # noqa: S101 — it was begun with a pipe
    load.stdout.readline()


def _ask(city: City, **task: Any) -> Any:
    words = [sys.executable, "-m", "bench.lamps"]
    asked = json.dumps(task)
    done = subprocess.run(
        words, cwd=ROOT, env=city.environment, input=asked, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise SystemExit(f"The lamps of the bench failed:\n{done.stderr}")
    return json.loads(done.stdout)
