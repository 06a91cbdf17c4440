"""Message: what a push service is given – encrypted for the one browser, signed with the city's own key."""

from __future__ import annotations

import os
import struct
import time
from email.utils import parseaddr
from functools import cache
from urllib.parse import urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings
from jwt.utils import base64url_decode, base64url_encode

from candia.accounts.push.models import Subscription
from candia.config import push_key
from candia.core.push import Push

DAY_S = 24 * 3600
# At most a day, by RFC 8292.
SIGNED_S = 12 * 3600
# A push service takes 4096 bytes; blanks hide how long a text is, and JSON does not mind them.
RECORD, MOST, ROOM = 4096, 3072, 1024
SALT, AUTH = 16, 16


def sealed(to: Subscription, text: bytes) -> bytes:
    """A JSON text, which the browser alone can read."""
    if len(text) > MOST:
        msg = f"A push is at most {MOST} bytes long, not {len(text)}."
        raise ValueError(msg)
    own, salt = ec.generate_private_key(ec.SECP256R1()), os.urandom(SALT)
    theirs, secret = base64url_decode(to.p256dh), base64url_decode(to.auth)
    return encrypted(text + b" " * (-len(text) % ROOM), theirs, secret, own, salt)


def encrypted(
    text: bytes, theirs: bytes, secret: bytes, own: ec.EllipticCurvePrivateKey, salt: bytes
) -> bytes:
    """The steps of RFC 8291, section 3.4, in one record; `own` and `salt` serve once."""
    point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), theirs)
    public = _point(own)
    shared = own.exchange(ec.ECDH(), point)
    material = HKDF(SHA256(), 32, secret, b"WebPush: info\0" + theirs + public).derive(shared)
    key = HKDF(SHA256(), 16, salt, b"Content-Encoding: aes128gcm\0").derive(material)
    nonce = HKDF(SHA256(), 12, salt, b"Content-Encoding: nonce\0").derive(material)
    # The last record, which is the only one, ends with a 2 (RFC 8188).
    record = AESGCM(key).encrypt(nonce, text + b"\x02", None)
    return salt + struct.pack("!LB", RECORD, len(public)) + public + record


def headers(to: Subscription, kind: Push) -> dict[str, str]:
    """What goes with it: who sends it, how long it is worth keeping, whether a phone is woken."""
    parts = urlsplit(to.endpoint)
    claims = {
        "aud": f"{parts.scheme}://{parts.netloc}",
        "exp": int(time.time()) + SIGNED_S,
        "sub": f"mailto:{parseaddr(settings.DEFAULT_FROM_EMAIL)[1]}",
    }
    token = jwt.encode(claims, _key(settings.CANDIA.push_key), algorithm="ES256")
    return {
        "Authorization": f"vapid t={token}, k={public_key()}",
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": str(DAY_S),
        "Urgency": "high" if kind.urgent else "normal",
    }


def public_key() -> str:
    """By what a push service, and a browser that subscribes, know the city."""
    return base64url_encode(_point(_key(settings.CANDIA.push_key))).decode()


def are_keys(p256dh: str, auth: str) -> bool:
    """Whether this is what a browser encrypts with: a point of the curve, and a secret of sixteen bytes."""
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _raw(p256dh))
        return len(_raw(auth)) == AUTH
    except ValueError:
        return False


def _raw(text: str) -> bytes:
    raw = base64url_decode(text)
    # Signs of another alphabet would be passed over.
    if base64url_encode(raw).decode() != text:
        raise ValueError(text)
    return raw


def _point(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


@cache
def _key(text: str) -> ec.EllipticCurvePrivateKey:
    return push_key.private(text)
