"""Play: the sample city's water goes on as time goes, through the devices' own door."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from django.conf import settings

from candia.core.telemetry import store, zone
from candia.services.water import sample
from candia.services.water.obeying import Meters
from candia.telemetry.observation import Observation
from candia.telemetry.replay import Device, DoorClosed, packs
from candia.telemetry.store import StoreAway, columns

if TYPE_CHECKING:
    from candia.services.water.network import Network
    from candia.services.water.simulation import Day

log = logging.getLogger(__name__)
# A meters' gateway gathers what it hears for so many seconds.
PACE = 3.0
# After a longer stop the gap is written past the stream.
LONG = timedelta(hours=36)
# Before anything that was ever read.
BEGIN = datetime(2000, 1, 1, tzinfo=UTC)
# How often a door that is shut, or a store that is away, is tried again, s.
PAUSE = 3.0
# So far ahead it is settled what goes wrong.
AHEAD = timedelta(days=400)


def play() -> None:
    """Fill what is missing, then say what is due as time goes, until the process is ended."""
    network, made = sample.told(), sample.filled()
    if network is None or made is None:
        return
    os.nice(5)
    while True:
        try:
            complete(network, made, datetime.now(UTC))
            _go_on(network, made)
        except (DoorClosed, StoreAway) as away:
            log.warning("%s The sample waits.", away)
        time.sleep(PAUSE)


def complete(network: Network, made: sample.Filled, now: datetime) -> None:
    """Write what the first start left for later (the hours of older days), and what a long stop left out."""
    recent = made.time - timedelta(days=network.at_once)
    older = {recent.date() - timedelta(days=day) for day in range(network.hourly - network.at_once)}
    if missing := older - sample.days_there(network):
        sample.write(network, BEGIN, recent, only=missing)
    if now - said_until("index") > LONG:
        sample.write(network, said_until("index"), now)
    since = said_until("inflow")
    seen = [one for one in sample.recorded_inflow(network, now, made.weeks, since) if _moment(one) <= now]
    if now - since > LONG and seen:
        sample.keep([columns(seen, int(now.timestamp() * 1_000_000))])
    pa.default_memory_pool().release_unused()


def said_until(name: str) -> datetime:
    """The time of the newest observation of this property, less what may have got lost on its way."""
    newest = store().ask(
        "SELECT max(time) AS newest FROM latest WHERE property = {property:String}", property=f"water.{name}"
    )
    told: datetime = newest["newest"][0].as_py()
    return told.astimezone(UTC) - timedelta(minutes=2)


def _go_on(network: Network, made: sample.Filled) -> None:
    told = Meters.of(network)
    meters, inflow = door("meters", told.hear), door("replay")
    try:
        until = (datetime.now(UTC) + AHEAD).date()
        since, flowed = said_until("index"), said_until("inflow")
        for day in network.days(made.time, until, zone(), sample.recorded(network), made.weeks):
            end = _end(day)
            if end <= since:
                continue
            recorded = sample.recorded_inflow(network, end, made.weeks, flowed)
            while since < end:
                now = min(datetime.now(UTC), end)
                _send(meters, [one for one in due(network, day, since, now) if told.says(one)])
                told.obey(meters, now)
                _send(inflow, [one for one in recorded if flowed < _moment(one) <= now])
                since, flowed = max(since, now), max(flowed, now)
                if now < end:
                    time.sleep(PACE - time.time() % PACE)
    finally:
        meters.close()
        inflow.close()


def door(name: str, hears: Callable[[dict[str, Any]], None] | None = None) -> Device:
    """The devices' door, entered as one of the sample's devices; raises DoorClosed."""
    secret = (settings.CANDIA.home / "secrets" / f"device_{name}").read_text("utf-8").strip()
    return Device(settings.CANDIA.mqtt_host, settings.CANDIA.mqtt_port, name, secret, hears)


def _send(door: Device, seen: list[Observation]) -> None:
    for pack in packs(seen):
        door.send(pack)
    door.settle()


def due(network: Network, day: Day, since: datetime, until: datetime) -> list[Observation]:
    """What the meters say on this day after `since` and up to `until`, oldest first."""
    rows = network.table(day, since, until, until).sort_by("time").to_pydict()
    return [
        Observation(entity, name, int(moment.timestamp() * 1000), value, state or None)
        for entity, name, moment, value, state in zip(
            *(rows[column] for column in ("entity", "property", "time", "value", "state")), strict=True
        )
    ]


def _end(day: Day) -> datetime:
    """The midnight (UTC) that ends the day."""
    return datetime(day.date.year, day.date.month, day.date.day, tzinfo=UTC) + timedelta(days=1)


def _moment(seen: Observation) -> datetime:
    return datetime.fromtimestamp(seen.time / 1000, UTC)
