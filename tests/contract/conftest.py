"""Every service of the city, and the samples that each keeps beside its tests."""

from collections.abc import Iterator
from importlib import import_module
from types import ModuleType

import pytest
from django.contrib.auth.models import AnonymousUser

from candia.core.access import Person
from candia.core.service import Service, packages, services
from tests.dummy import installed


def samples(service: Service) -> ModuleType:
    """`<service>/tests/samples.py`: `commands()` and `rules`, one sample for each declared item."""
    return import_module(f"{packages()[service.name]}.tests.samples")


def declared(part: str) -> list[object]:
    """Every declared item of one kind as pytest parameters (service, item), named `service.item`."""
    return [
        pytest.param(service, item, id=f"{service.name}.{item.name}")
        for service in services().values()
        for item in getattr(service, part)
    ]


@pytest.fixture(autouse=True)
def _dummy(request: pytest.FixtureRequest) -> Iterator[None]:
    """What orders are given to in the samples of devices: no service of the sample city hears any yet."""
    callspec = getattr(request.node, "callspec", None)
    if callspec is None or getattr(callspec.params.get("service"), "name", "") != "devices":
        yield
        return
    with installed():
        yield


@pytest.fixture
def stranger() -> Person:
    """Somebody with an account and nothing else."""
    return Person(pk=999_999, email="stranger@example.gr", is_active=True)


@pytest.fixture
def nobody() -> AnonymousUser:
    """Somebody who has not signed in."""
    return AnonymousUser()
