"""Every service of the city, and the samples that each keeps beside its tests."""

from importlib import import_module
from types import ModuleType

import pytest
from django.contrib.auth.models import AnonymousUser

from candia.core.access import Person
from candia.core.service import Service, packages, services


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


@pytest.fixture
def stranger() -> Person:
    """Somebody with an account and nothing else."""
    return Person(pk=999_999, email="stranger@example.gr", is_active=True)


@pytest.fixture
def nobody() -> AnonymousUser:
    """Somebody who has not signed in."""
    return AnonymousUser()
