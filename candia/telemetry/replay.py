"""Replay: a recording sent through MQTT as devices would, moved in time so that it goes on now."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc
from paho.mqtt.client import Client, MQTTMessage, MQTTMessageInfo
from paho.mqtt.enums import CallbackAPIVersion

from candia.telemetry.formats import senml
from candia.telemetry.observation import Observation

# A year of whole weeks: weekdays stay what they are, seasons nearly so.
YEAR, WEEK = timedelta(weeks=52), timedelta(weeks=1)
# So much of the record is kept for the time that comes.
AHEAD = timedelta(days=30)
PACK, UNDER_WAY = 1000, 50


class DoorClosed(Exception):
    """The device door did not let the replay in, or went away: a sentence."""


class Device:
    """One MQTT connection that publishes with QoS 1 and knows what was acknowledged.

    `hears` is given each order for the device, in the connection's own thread.
    """

    def __init__(
        self,
        host: str,
        port: int,
        name: str,
        password: str,
        hears: Callable[[dict[str, Any]], None] | None = None,
    ) -> None:
        self._name, self._topic = name, f"v1/{name}"
        self._told = threading.Event()
        self._answer = ""
        # Orders come to whoever has the device's name as client id, also those of the time when it was away.
        client = name if hears else f"{name}-{os.getpid()}"
        self._client = Client(CallbackAPIVersion.VERSION2, client_id=client, clean_session=hears is None)
        self._client.username_pw_set(name, password)
        self._client.max_inflight_messages_set(UNDER_WAY)
        self._client.on_connect = self._connected
        self._hears = hears
        self._client.on_message = self._message
        self._under_way: list[MQTTMessageInfo] = []
        try:
            self._client.connect(host, port)
        except OSError as away:
            raise DoorClosed(f"Nothing answers at {host}:{port}: {away}. Is the city running?") from away
        self._client.loop_start()
        if not self._told.wait(10) or self._answer:
            self.close()
            raise DoorClosed(f"The device {name!r} was not let in: {self._answer or 'no answer'}.")

    def _connected(self, _client: Client, _data: object, _flags: object, code: object, _more: object) -> None:
        self._answer = "" if str(code) == "Success" else str(code)
        if self._hears and not self._answer:
            self._client.subscribe(f"orders/v1/{self._name}/+", 1)
        self._told.set()

    def _message(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        if self._hears:
            self._hears(json.loads(message.payload))

    def answer(self, order: str, state: str, why: str = "") -> None:
        """Say what became of an order."""
        told = json.dumps({"order": order, "state": state, "why": why})
        self._under_way.append(self._client.publish(f"answers/v1/{self._name}", told, qos=1))

    def send(self, seen: Sequence[Observation]) -> None:
        """Publish a pack; waits while too many are not acknowledged."""
        if len(self._under_way) >= UNDER_WAY:
            self.settle()
        self._under_way.append(self._client.publish(self._topic, senml.encode_json(seen), qos=1))

    def settle(self) -> None:
        """Wait until everything sent was acknowledged."""
        for sent in self._under_way:
            sent.wait_for_publish(60)
            if not sent.is_published():
                raise DoorClosed("The city did not acknowledge within a minute.")
        self._under_way.clear()

    def close(self) -> None:
        """Say goodbye."""
        self._client.disconnect()
        self._client.loop_stop()


def shift(recorded: pa.Table, now: datetime, zone: ZoneInfo, weeks: int = 0) -> timedelta:
    """By how much a recording is moved, so that it ends a month or more from now: whole years, and these weeks."""
    newest: datetime = pc.max(recorded["wall"]).as_py()
    last = (newest + weeks * WEEK).replace(tzinfo=zone)
    years: int = -((last - now - AHEAD) // YEAR)
    return years * YEAR + weeks * WEEK


def moved(
    recorded: pa.Table, now: datetime, zone: ZoneInfo, weeks: int = 0, since: datetime | None = None
) -> list[Observation]:
    """The recording in the city's time, oldest first, moved as `shift` says; what is later than `since` alone.

    A morning there is a morning here. Where the clocks go forward or back, an hour is passed over.
    """
    by = shift(recorded, now, zone, weeks)
    if since is not None:
        recorded = recorded.filter(
            pc.greater(recorded["wall"], since.astimezone(zone).replace(tzinfo=None) - by)
        )
    local: dict[datetime, int] = {}
    for wall in recorded["wall"].unique().to_pylist():
        there = (wall + by).replace(tzinfo=zone)
        local[wall] = int(there.timestamp() * 1000)
    seen = {
        (entity, name, local[wall]): Observation(entity, name, local[wall], value)
        for entity, name, wall, value in zip(
            *(recorded[column].to_pylist() for column in ("entity", "property", "wall", "value")), strict=True
        )
    }
    return sorted(seen.values(), key=lambda one: one.time)


def packs(seen: Sequence[Observation]) -> Iterator[Sequence[Observation]]:
    """History in packs of a thousand."""
    for start in range(0, len(seen), PACK):
        yield seen[start : start + PACK]


def play(
    device: Device, seen: Sequence[Observation], begin: float, speed: float, stop: threading.Event
) -> Iterator[int]:
    """Send what was observed from `begin` (s since 1970) on, at `speed` until it reaches now, then as time goes.

    Yields the moment (ms) that was sent, each time one was.
    """
    started = time.time()
    for moment, together in groupby((one for one in seen if one.time >= begin * 1000), lambda one: one.time):
        due = max(started + (moment / 1000 - begin) / speed, moment / 1000)
        if stop.wait(max(0.0, due - time.time())):
            return
        device.send(list(together))
        device.settle()
        yield moment
