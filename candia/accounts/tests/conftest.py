"""What holds for every test of accounts."""

import pytest

from candia.accounts import mail_queue


@pytest.fixture(autouse=True)
def _postman(monkeypatch):
    """A mail that is queued is sent at once, as if the part `jobs` ran beside."""
    monkeypatch.setattr(mail_queue.send, "defer", mail_queue.send)
