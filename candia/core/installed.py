"""Installed: which services there are to choose from, found by their entry points and not imported."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import EntryPoint, entry_points

#: The groups of what every city has, and of what `city.toml` switches on.
BASE, SERVICES = "candia.base", "candia.services"


def installed() -> dict[str, EntryPoint]:
    """Whatever a city may have, by name."""
    return {point.name: point for group in (SERVICES, BASE) for point in entry_points(group=group)}


def switched_on(wanted: Iterable[str]) -> dict[str, EntryPoint]:
    """Of what is installed the services that are wanted, in that order, then what every city has."""
    base = (point.name for point in entry_points(group=BASE))
    found = installed()
    return {name: found[name] for name in dict.fromkeys((*wanted, *base)) if name in found}


def package(point: EntryPoint) -> str:
    """The package whose `service.py` this is."""
    return point.module.rpartition(".")[0]
