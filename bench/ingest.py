"""The ingest bench: from a device's publishing to a row that can be asked for, every process on this machine.

MQTT: rates that rise step by step find one that lasts, which is then held for a minute; a rate lasts if the
messages that can't be asked for yet don't grow in number. HTTP: packs as fast as they are answered for a moment,
and then for a minute at the rate that ingest keeps up with.
"""

from __future__ import annotations

import asyncio
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import Any

from bench.city import City, Progress, told
from bench.report import publish, quantile
from candia.telemetry.store import Store

FRESHNESS_AT = 3_000
# A backlog of so many seconds may stand; what ingest has in hand at any moment is part of it.
STANDING = 2.0
PACK = 1000
# A rate that lasts for moments but not for a minute gives way to the next lower one, so often.
HOLDS = 3
LOOK, WATCH = 0.5, 0.1
Row = dict[str, Any]


@dataclass(frozen=True)
class Plan:
    """The rates that are tried (messages/s), and how long each part takes (s)."""

    rates: tuple[int, ...]
    step: float
    hold: float
    flood: float


LONG = Plan((4_000, 6_000, 8_000, 10_000, 12_000, 15_000, 20_000, 25_000), 8, 60, 5)
QUICK = Plan((4_000, 8_000, 12_000), 3, 8, 1)


def run(out: Path, city: City, *, quick: bool = False) -> None:
    """Measure MQTT, freshness and HTTP one after the other."""
    asyncio.run(_run(out, city, QUICK if quick else LONG))


async def _run(out: Path, city: City, plan: Plan) -> None:
    async with Progress.of(city) as progress:
        steps = await _over_mqtt(city, progress, plan)
        fresh = await freshness(city, progress, plan.hold)
        flood = await over_http(city, progress, plan.flood, 0)
        # Three quarters of what ingest has just done with all its strength is what it can do all day.
        lasting = max(10, flood["queryable_per_s"] * 0.75 // (10 * PACK) * 10)
        packs = [flood, await over_http(city, progress, plan.hold, lasting)]
    each = len(city.devices[0][2])
    publish("ingest-mqtt", steps, out, connections=len(city.devices), meters_of_each=each)
    publish("ingest-freshness", [fresh], out)
    publish("ingest-http", packs, out, observations_per_pack=PACK)


async def _over_mqtt(city: City, progress: Progress, plan: Plan) -> list[Row]:
    """Higher and higher rates until one does not last, and then the highest that did, for long."""
    steps: list[Row] = []
    for rate in plan.rates:
        steps.append(await held(city, progress, rate, plan.step))
        if not steps[-1]["lasts"]:
            break
    lasting = [step["rate"] for step in steps if step["lasts"]] or [plan.rates[0] // 2]
    for rate in lasting[: -1 - HOLDS : -1]:
        steps.append(await held(city, progress, rate, plan.hold))
        if steps[-1]["lasts"]:
            break
    return steps


async def held(city: City, progress: Progress, rate: int, seconds: float) -> Row:
    """Publish at a rate and look how far ingest stays behind."""
    await settled(progress)
    before = city.cpu()
    load = city.load("mqtt", port=city.config.mqtt_port, devices=city.devices, rate=rate, seconds=seconds)
    backlog = await _watched(load, progress)
    said = told(load)
    after = city.cpu()
    caught_up = await settled(progress)
    return {
        "rate": rate,
        "seconds": seconds,
        "lasts": _lasts(backlog, rate)
        and said["published"] == said["acknowledged"]
        and _on_time(said, rate, seconds),
        "acknowledged_per_s": said["acknowledged"] / said["seconds"],
        "backlog_first_third": _thirds(backlog)[0],
        "backlog_last_third": _thirds(backlog)[-1],
        "backlog_most": max(backlog),
        "caught_up_after_s": caught_up,
        "puback_p50_ms": said["puback_p50_ms"],
        "puback_p99_ms": said["puback_p99_ms"],
        **cores(before, after, said),
    }


def _lasts(backlog: list[int], rate: float) -> bool:
    first, *_, last = _thirds(backlog)
    return last <= max(first * 1.1, rate) and last <= STANDING * rate


def _on_time(said: Row, rate: float, seconds: float) -> bool:
    return bool(said["published"] >= 0.999 * rate * seconds and said["seconds"] <= seconds * 1.02 + 0.5)


def _thirds(backlog: list[int]) -> tuple[float, float, float]:
    third = max(1, len(backlog) // 3)
    return mean(backlog[:third]), mean(backlog[third : 2 * third] or backlog), mean(backlog[-third:])


def cores(before: dict[str, float], after: dict[str, float], said: Row) -> Row:
    """How many cores were used meanwhile, in all and by each part; the load generator is one."""
    used = {name: (after[name] - before.get(name, 0.0)) / said["seconds"] for name in after}
    used["load"] = said["cpu_seconds"] / said["seconds"]
    return {"cores": sum(used.values()), "cores_of": used}


async def _watched(load: subprocess.Popen[bytes], progress: Progress) -> list[int]:
    """Twice a second, the messages on disk that can't be asked for yet."""
    backlog = []
    while load.poll() is None:
        await asyncio.sleep(LOOK)
        backlog.append(await progress.backlog())
    return backlog or [0]


async def settled(progress: Progress, within: float = 240) -> float:
    """Wait until everything can be asked for; the seconds that took."""
    began = time.monotonic()
    while time.monotonic() < began + within:
        if await progress.backlog() <= 0:
            return time.monotonic() - began
        await asyncio.sleep(0.1)
    raise SystemExit(f"Ingest has not caught up within {within:.0f} s.")


async def freshness(city: City, progress: Progress, seconds: float) -> Row:
    """At 3,000 messages a second: from the moment at which one was due to its row in an answer.

    One gateway's thousand meters are watched, by asking ten times a second for what is new of them; what a row
    waits for the next question counts as the city's delay.
    """
    await settled(progress)
    before = city.cpu()
    rate = FRESHNESS_AT
    load = city.load("mqtt", port=city.config.mqtt_port, devices=city.devices, rate=rate, seconds=seconds)
    waits = await asyncio.to_thread(_watch, city.store(), city.devices[7][2], load)
    said = told(load)
    return {
        "rate": rate,
        "seconds": seconds,
        "watched": len(waits),
        "p50_ms": quantile(waits, 0.5) * 1000,
        "p99_ms": quantile(waits, 0.99) * 1000,
        "worst_ms": max(waits) * 1000,
        "puback_p99_ms": said["puback_p99_ms"],
        **cores(before, city.cpu(), said),
    }


def _watch(store: Store, meters: list[str], load: subprocess.Popen[bytes]) -> list[float]:
    sql = (
        "SELECT toUnixTimestamp64Milli(time) AS at FROM observations WHERE property = 'water.index' "
        "AND entity >= {first:String} AND entity <= {last:String} "
        "AND time > fromUnixTimestamp64Milli({since:Int64})"
    )
    since, ending, waits = int(time.time() * 1000), 0.0, []
    while not ending or time.time() < ending:
        began = time.time()
        found = store.ask(sql, first=meters[0], last=meters[-1], since=since)["at"].to_pylist()
        now = time.time()
        waits += [now - at / 1000 for at in found]
        since = max([since, *found])
        # A little longer than the load lasts, so that its last messages count as well.
        ending = ending or (now + 3 if load.poll() is not None else 0.0)
        time.sleep(max(0.0, began + WATCH - time.time()))
    return waits


async def over_http(city: City, progress: Progress, seconds: float, packs_a_second: float) -> Row:
    """Packs of a thousand from eight gateways: so many a second, or (0) each when the one before was answered."""
    await settled(progress)
    store, before = city.store(), city.cpu()
    rows, accepted = _rows(store), (await progress.counters())["accepted"]
    load = city.load(
        "packs",
        port=city.config.port,
        devices=city.devices[:8],
        packs_a_second=packs_a_second,
        seconds=seconds,
    )
    backlog = await _watched(load, progress)
    said = told(load)
    sent = said["statuses"].get("202", 0) * PACK
    await settled(progress)
    whole = time.time() - said["began"]
    taken = (await progress.counters())["accepted"] - accepted
    return {
        "packs_per_s": packs_a_second or "as answered",
        "seconds": said["seconds"],
        "answers": said["statuses"],
        "accepted_per_s": sent / said["seconds"],
        "all_queryable_after_s": whole,
        "queryable_per_s": min(taken, sent) / whole,
        "backlog_first_third": _thirds(backlog)[0] * PACK,
        "backlog_last_third": _thirds(backlog)[-1] * PACK,
        "missing": sent - (_rows(store) - rows),
        "answer_p50_ms": said["answer_p50_ms"],
        "answer_p99_ms": said["answer_p99_ms"],
        **cores(before, city.cpu(), said | {"seconds": whole}),
    }


def _rows(store: Store) -> int:
    """How many readings of the bench's meters can be asked for, each once."""
    count: int = store.ask(
        "SELECT count() AS n FROM observations FINAL WHERE property = 'water.index' "
        "AND entity LIKE 'water.meter:b%' AND time > now() - INTERVAL 1 HOUR"
    )["n"][0].as_py()
    return count
