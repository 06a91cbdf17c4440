"""What holds for every test of accounts."""

import pytest

from candia.services.people import post


@pytest.fixture(autouse=True)
def _postman(monkeypatch):
    """A mail that is queued is sent at once, as if the part `jobs` ran beside."""
    monkeypatch.setattr(post.send, "defer", post.send)
