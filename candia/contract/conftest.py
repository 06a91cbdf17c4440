"""Who comes to what is declared, and what the contract takes for granted."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser

from candia.contract.dummy import installed


@pytest.fixture(autouse=True)
def _dummy(request: pytest.FixtureRequest) -> Iterator[None]:
    """What orders are given to in the samples of devices: no service of the sample city hears any yet."""
    callspec = getattr(request.node, "callspec", None)
    if callspec is None or getattr(callspec.params.get("service"), "name", "") != "devices":
        yield
        return
    with installed():
        yield


@pytest.fixture(autouse=True)
def _one_factor(settings: Any) -> None:
    """Readers of the desk's pages come with one factor, in a city that asks for two as well."""
    settings.CANDIA_REQUIRE_MFA = False


@pytest.fixture
def nobody() -> AnonymousUser:
    """Somebody who has not signed in."""
    return AnonymousUser()
