"""A push service on this machine, and its browsers, each of which reads with its own key what the city sent."""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Iterator
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.utils import base64url_decode, base64url_encode

from candia.accounts.models import Subscription
from candia.accounts.push import delivery, message
from candia.accounts.push.commands import subscribe
from candia.accounts.tests.receiver import HERE, Receiver
from candia.core.access import Person


def running(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """A push service that the city may reach, for a fixture."""
    monkeypatch.setattr(delivery, "NETWORKS", HERE)
    service = Receiver()
    yield service
    service.close()


class Browser:
    """A browser that has asked its push service for an address."""

    def __init__(self, service: Receiver, name: str = "Firefox, Android") -> None:
        self.service, self.name = service, name
        self.key, self.secret = ec.generate_private_key(ec.SECP256R1()), os.urandom(16)
        self.endpoint = f"{service.url.partition('/hook')[0]}/{base64url_encode(os.urandom(9)).decode()}"

    @property
    def point(self) -> bytes:
        """Its public key."""
        return self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    @property
    def said(self) -> dict[str, str]:
        """What it tells the city of itself."""
        keys = {
            "p256dh": base64url_encode(self.point).decode(),
            "auth": base64url_encode(self.secret).decode(),
        }
        return {"endpoint": self.endpoint, **keys}

    def subscribe(self, person: Person) -> Subscription:
        """Its person has pressed for it."""
        subscribe(by=person, browser=self.name, **self.said)
        return Subscription.objects.get(endpoint=self.endpoint)

    @property
    def shown(self) -> list[dict[str, Any]]:
        """What it would show, the oldest first, of what its push service took and found to be from the city."""
        return [
            self._read(body)
            for path, headers, body in self.service.taken
            if self.endpoint.endswith(path) and is_the_city(headers, self.endpoint)
        ]

    def _read(self, body: bytes) -> dict[str, Any]:
        # RFC 8291, from the other end: salt, record size and the sender's point stand before the one record.
        salt, (size, length) = body[:16], struct.unpack("!LB", body[16:21])
        sender, record = body[21 : 21 + length], body[21 + length :]
        assert len(body) <= 4096
        assert len(record) <= size
        shared = self.key.exchange(
            ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender)
        )
        ikm = HKDF(SHA256(), 32, self.secret, b"WebPush: info\0" + self.point + sender).derive(shared)
        key = HKDF(SHA256(), 16, salt, b"Content-Encoding: aes128gcm\0").derive(ikm)
        nonce = HKDF(SHA256(), 12, salt, b"Content-Encoding: nonce\0").derive(ikm)
        text = AESGCM(key).decrypt(nonce, record, None)
        assert text[-1:] == b"\x02"
        told: dict[str, Any] = json.loads(text[:-1])
        return told


def is_the_city(headers: dict[str, str], endpoint: str) -> bool:
    """Whether a request is signed with the city's key for this push service, as RFC 8292 asks."""
    scheme, _blank, rest = headers["Authorization"].partition(" ")
    parts = dict(part.strip().split("=", 1) for part in rest.split(","))
    assert (scheme, headers["Content-Encoding"]) == ("vapid", "aes128gcm")
    assert int(headers["TTL"]) > 0
    assert parts["k"] == message.public_key()
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), base64url_decode(parts["k"]))
    claims = jwt.decode(parts["t"], key, algorithms=["ES256"], audience=endpoint.rpartition("/")[0])
    assert claims["sub"].startswith("mailto:")
    return True


def sent() -> None:
    """Let everything go out that is due."""
    for pk in Subscription.objects.values_list("pk", flat=True):
        delivery.drain(subscription=pk)
