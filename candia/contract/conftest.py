"""Who comes to what is declared, and what the contract takes for granted."""

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import AnonymousUser

from candia.contract.dummy import installed

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


@pytest.fixture
def nobody() -> AnonymousUser:
    """Somebody who has not signed in."""
    return AnonymousUser()
