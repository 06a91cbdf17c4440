"""Play: the sample city's water goes on as time goes, through the devices' own door."""

from __future__ import annotations

import logging
import os
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings

from candia.core.telemetry import store, zone
from candia.services.water import sample
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
# How often a door that is shut, or a store that is away, is tried again, s.
PAUSE = 3.0
# So far ahead it is settled what goes wrong.
AHEAD = timedelta(days=400)


def play() -> None:
    """Fill what is missing, then say what is due as time goes, until the process is ended."""
    network, began = sample.told(), sample.began()
    if network is None or began is None:
        return
    os.nice(5)
    while True:
        try:
            complete(network, began)
            _go_on(network, began)
        except (DoorClosed, StoreAway) as away:
            log.warning("%s The sample waits.", away)
        time.sleep(PAUSE)


def complete(network: Network, began: datetime) -> None:
    """Write the days of the history that the first start left for later, and what a long stop left out."""
    now = datetime.now(UTC)
    first, present = network.first_day(began), sample.days_there(network)
    last = (began - timedelta(days=network.at_once)).date()
    missing = {first + timedelta(days=day) for day in range((last - first).days + 1)} - present
    if missing:
        begin = datetime(first.year, first.month, first.day, tzinfo=UTC)
        sample.write(network, begin, began - timedelta(days=network.at_once), now, only=missing)
    for name, fill in (("index", _fill_meters), ("inflow", _fill_inflow)):
        since = said_until(name)
        if now - since > LONG:
            fill(network, since, now)


def _fill_meters(network: Network, since: datetime, now: datetime) -> None:
    sample.write(network, since, now, now)


def _fill_inflow(network: Network, since: datetime, now: datetime) -> None:
    seen = [
        one
        for one in sample.recorded_inflow(network, now)
        if since.timestamp() < one.time / 1000 <= now.timestamp()
    ]
    if seen:
        sample.keep([columns(seen, int(now.timestamp() * 1_000_000))])


def said_until(name: str) -> datetime:
    """The time of the newest observation of this property, less what may have got lost on its way."""
    newest = store().ask(
        "SELECT max(time) AS newest FROM latest WHERE property = {property:String}", property=f"water.{name}"
    )
    told: datetime = newest["newest"][0].as_py()
    return told.astimezone(UTC) - timedelta(minutes=2)


def _go_on(network: Network, began: datetime) -> None:
    meters, inflow = (door(name) for name in sample.DEVICES)
    try:
        until = (datetime.now(UTC) + AHEAD).date()
        since, flowed = said_until("index"), said_until("inflow")
        for day in network.days(began, until, zone(), sample.recorded(network)):
            end = _end(day)
            recorded = sample.recorded_inflow(network, end) if end > since else []
            while since < end:
                now = min(datetime.now(UTC), end)
                _send(meters, due(network, day, since, now))
                _send(inflow, [one for one in recorded if _ms(flowed) < one.time <= _ms(now)])
                since, flowed = max(since, now), max(flowed, now)
                if now < end:
                    time.sleep(PACE - time.time() % PACE)
    finally:
        meters.close()
        inflow.close()


def door(name: str) -> Device:
    """The devices' door, entered as one of the sample's devices; raises DoorClosed."""
    secret = (settings.CANDIA.home / "secrets" / f"device_{name}").read_text("utf-8").strip()
    return Device(settings.CANDIA.mqtt_host, settings.CANDIA.mqtt_port, name, secret)


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


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
