"""Who comes to what is declared, and what the contract takes for granted."""

from collections.abc import Iterator

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


@pytest.fixture
def nobody() -> AnonymousUser:
    """Somebody who has not signed in."""
    return AnonymousUser()
