"""Encryption: what must not be readable in the database is encrypted there, with a key that is not."""

from __future__ import annotations

import base64

from cryptography.fernet import Fernet
from django.utils.crypto import salted_hmac


def sealed(text: str) -> str:
    """A secret as it is stored."""
    return _box().encrypt(text.encode()).decode()


def opened(text: str) -> str:
    """A stored secret as it was; raises InvalidToken after a change of CANDIA_SECRET_KEY."""
    return _box().decrypt(text.encode()).decode()


def _box() -> Fernet:
    return Fernet(base64.urlsafe_b64encode(salted_hmac("people.keys", "", algorithm="sha256").digest()))
