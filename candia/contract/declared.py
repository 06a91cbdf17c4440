"""What the contract runs over: every declared item, or those of the services that TEST_SERVICE names."""

import os
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

import pytest

import candia
from candia.core.service import Service, packages, services

ONLY = frozenset(filter(None, os.environ.get("TEST_SERVICE", "").split(",")))


def samples(service: Service) -> ModuleType:
    """`<service>/tests/samples.py`: one valid use of each declared item (docs/writing-a-service.md)."""
    return import_module(f"{packages()[service.name]}.tests.samples")


def tested() -> list[Service]:
    """The services that this run is about."""
    return [service for service in services().values() if not ONLY or service.name in ONLY]


def declared(part: str) -> list[object]:
    """Every declared item of one kind as pytest parameters (service, item), named `service.item`."""
    return [
        pytest.param(service, item, id=f"{service.name}.{item.name}")
        for service in tested()
        for item in getattr(service, part)
    ]


def home(service: Service) -> Path:
    """The folder of a service."""
    return Path(str(find_spec(packages()[service.name]).origin)).parent  # type: ignore[union-attr]


def homes() -> list[Path]:
    """The folders whose sources this run is about: all of Candia, or the one service's."""
    everything = [] if ONLY else [Path(candia.__file__).parent]
    return [*everything, *map(home, outside())]


def outside() -> list[Service]:
    """Those of the services that are not Candia's own."""
    return [service for service in tested() if not packages()[service.name].startswith("candia.")]
