"""Each test begins in Greek, whichever language the one before it read in."""

from collections.abc import Iterator

import pytest
from django.utils.translation import override


@pytest.fixture(autouse=True)
def _greek() -> Iterator[None]:
    with override("el"):
        yield
