"""The key by which push services know the city (VAPID): a private number of the curve P-256, in base64url."""

from __future__ import annotations

import base64

from cryptography.hazmat.primitives.asymmetric import ec

BYTES = 32


def made() -> str:
    """A new one."""
    number = ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value
    return base64.urlsafe_b64encode(number.to_bytes(BYTES, "big")).rstrip(b"=").decode()


def private(text: str) -> ec.EllipticCurvePrivateKey:
    """The key itself; raises ValueError."""
    raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if len(raw) != BYTES:
        raise ValueError(len(raw))
    return ec.derive_private_key(int.from_bytes(raw, "big"), ec.SECP256R1())
