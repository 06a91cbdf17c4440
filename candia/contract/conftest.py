"""Who comes to what is declared, and what the contract takes for granted."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser

from candia.contract.dummy import installed
from candia.contract.made_once import MadeOnce
from candia.core.command import Command
from candia.core.service import Service

NEEDY = {"devices", "operations"}


@pytest.fixture(autouse=True)
def _dummy(request: pytest.FixtureRequest) -> Iterator[None]:
    """What is told orders, and fetched, in the samples of devices and operations: the sample city has neither."""
    callspec = getattr(request.node, "callspec", None)
    if callspec is None or getattr(callspec.params.get("service"), "name", "") not in NEEDY:
        yield
        return
    with installed():
        yield


@pytest.fixture(scope="module")
def made_once(django_db_setup: None, django_db_blocker: Any) -> Iterator[MadeOnce]:
    """For tests that have no other database of their own."""
    with django_db_blocker.unblock():
        one = MadeOnce()
        yield one
        one.take_back()


@pytest.fixture
def sample(
    service: Service,
    command: Command,
    made_once: MadeOnce,
    _dummy: None,
) -> Iterator[dict[str, Any]]:
    """A valid use of the command that a test is about."""
    with made_once.of(service) as made:
        yield made[command.name]


@pytest.fixture
def nobody() -> AnonymousUser:
    """Somebody who has not signed in."""
    return AnonymousUser()
