"""The core's way to the observations: one store, and windows asked for in a service's own words."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from functools import cache
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection

from candia.telemetry import questions
from candia.telemetry.store import Store

if TYPE_CHECKING:
    from candia.core.service import Service
    from candia.telemetry.observation import Property, Window


# Seconds that a rule or another job lets the store think; where a reader waits it is less (see `hurry`).
_patience = 300.0


def store() -> Store:
    """The city's store of observations, for the question that follows.

    The connection to the records goes back to the pool meanwhile: a few requests that wait for the store would
    otherwise hold them all, and pages that need none of it would wait as well.
    """
    if connection.connection is not None and not connection.in_atomic_block:
        connection.close()
    return _store()


def hurry(seconds: float) -> None:
    """From now on, a store that says nothing for so many seconds counts as away in this process."""
    global _patience  # noqa: PLW0603 — how long to wait is a matter of the process
    _patience = seconds
    _store.cache_clear()


@cache
def _store() -> Store:
    """One client per process."""
    return Store(settings.CANDIA_TELEMETRY_URL, patience=_patience)


def zone() -> ZoneInfo:
    """The time zone in which the city's days and nights are told."""
    return ZoneInfo(settings.CANDIA_CITY.timezone)


def declared(service: Service, name: str) -> Property:
    """The property of this name as its service declares it."""
    return {prop.name: prop for prop in service.properties}[name]


def properties() -> dict[str, Property]:
    """What all services declare to be observed, by full names (`water.flow`)."""
    from candia.core.service import services

    return {
        f"{service.name}.{prop.name}": prop for service in services().values() for prop in service.properties
    }


def query_window(
    service: Service, window: Window, until: datetime, only: Collection[str] | None = None
) -> dict[str, Mapping[str, Any]]:
    """What the window takes, for all entities at once or `only` these: entity id → name of `take` → value.

    Over several properties it is one question for each, and entity id → property → what was taken of it.
    """
    if isinstance(window.property, str):
        return _taken(service, window.property, window, until, only)
    found: dict[str, dict[str, Any]] = {}
    for name in window.property:
        for entity, row in _taken(service, name, window, until, only).items():
            found.setdefault(entity, dict(nothing(window)))[name] = SimpleNamespace(**row)
    return dict(found)


def nothing(window: Window) -> Mapping[str, Any]:
    """What the window takes of an entity of which there is no data."""
    none: dict[str, Any] = dict.fromkeys(window.take)
    return (
        none
        if isinstance(window.property, str)
        else {name: SimpleNamespace(**none) for name in window.property}
    )


def newest(window: Window, taken: Mapping[str, Mapping[str, Any]]) -> datetime | None:
    """The moment of the newest observation of any entity, where the window takes `last_time`."""
    if "last_time" not in window.take:
        return None
    of_each = (
        [row] if isinstance(window.property, str) else [vars(row[name]) for name in window.property]
        for row in taken.values()
    )
    moments = (one["last_time"] for rows in of_each for one in rows)
    return max((moment for moment in moments if moment), default=None)


def _taken(
    service: Service, name: str, window: Window, until: datetime, only: Collection[str] | None
) -> dict[str, Mapping[str, Any]]:
    table = questions.window(
        store(),
        service.name,
        declared(service, name),
        window,
        until=until,
        zone=zone(),
        entities=None if only is None else sorted(only),
    )
    return {row["entity"]: row for row in table.to_pylist()}
