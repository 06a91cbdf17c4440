"""Devices: how a meter, sensor or gateway proves who it is; it knows Django only where it must.

A secret is 256 random bits made here, so a single SHA-256 keeps it: nobody can try so many, and a slow hash such
as argon2 would cost each of a thousand connecting meters a tenth of a second, and serve whoever floods the door.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from candia.core.mirror import Ask, Mirror, Row

if TYPE_CHECKING:
    from candia.core.access import Actor, Device

#: What a device is called: a word of a subject in the stream, so nothing that means something there.
name_pattern = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
COLUMNS = ("id", "secret_hash", "entities", "kinds", "source", "revoked IS NOT NULL")
# What is known is believed for so many seconds: a revoked device may still speak for that long.
FRESH = 2.0
# Looking up who is not known may take this share of the time, saved up for at most so many seconds.
SHARE, SAVED = 0.1, 0.5


@dataclass(frozen=True, slots=True)
class Known:
    """What a process remembers of a device."""

    id: str
    fingerprint: str
    entities: tuple[str, ...]
    kinds: tuple[str, ...]
    source: str
    revoked: bool

    @classmethod
    def of(cls, row: Row) -> Known:
        """From its columns."""
        id, kept, entities, kinds, source, revoked = row
        return cls(id, kept, tuple(entities), tuple(kinds), source, revoked)

    def may_speak(self, entity: str) -> bool:
        """Whether it was given this entity or the whole kind of it, and was not revoked."""
        return not self.revoked and (entity in self.entities or entity.partition(":")[0] in self.kinds)


class Book:
    """All devices in memory, so that who connects, rightly or wrongly, costs the records nothing."""

    def __init__(self, ask: Ask) -> None:
        self._mirror = Mirror(ask, "core_device", COLUMNS, Known.of)
        self._lock = threading.Lock()
        #: When (monotonic s) the last reading began.
        self.read_at = -FRESH
        self._credit = SAVED

    @property
    def devices(self) -> Mapping[str, Known]:
        """All that are known, by their ids."""
        return self._mirror.rows

    def refresh(self, *, for_stranger: bool = False) -> set[str]:
        """Take note of what changed; the devices whose connections, made before, are void by now."""
        with self._lock:
            began = time.monotonic()
            void = {
                id
                for id, before in self._mirror.refresh().items()
                if before is not None and _is_void(before, self.devices.get(id))
            }
            self._credit = min(SAVED, self._credit + (began - self.read_at) * SHARE)
            if for_stranger:
                self._credit -= time.monotonic() - began
            self.read_at = began
            return void

    def find(self, id: str, secret: str) -> Known | None:
        """The device that has this id and secret and was not revoked, as far as is known."""
        known = self.devices.get(id)
        # As long for a name that nobody has as for one with a wrong secret.
        same = hmac.compare_digest(fingerprint(secret), known.fingerprint if known else fingerprint(""))
        return known if known is not None and same and not known.revoked else None

    def check(self, id: str, secret: str) -> Known | None:
        """The same by what the records say now, or said two seconds ago."""
        if time.monotonic() - self.read_at > FRESH:
            self.refresh()
        found = self.find(id, secret)
        if found is None and self.may_look():
            self.refresh(for_stranger=True)
            found = self.find(id, secret)
        return found

    def may_look(self) -> bool:
        """Whether there is time left to look up one who is not known."""
        return self._credit + (time.monotonic() - self.read_at) * SHARE > 0


def _is_void(before: Known, now: Known | None) -> bool:
    return now is None or (now.revoked and not before.revoked) or now.fingerprint != before.fingerprint


def new_secret(bits: bytes | None = None) -> str:
    """256 random bits as 43 letters; whoever gets it shows it once and keeps only its fingerprint."""
    return base64.urlsafe_b64encode(bits or secrets.token_bytes(32)).rstrip(b"=").decode()


def fingerprint(secret: str) -> str:
    """What is kept of a secret."""
    return "sha256:" + hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def issue(
    by: Actor,
    id: str,
    *,
    title: str = "",
    entities: Iterable[str] = (),
    kinds: Iterable[str] = (),
    source: str = "",
) -> tuple[Device, str]:
    """Add a device by the command `devices.add_device`; the device, and its secret this one time.

    Raises what the command refuses: a name that is taken or wrong, entities the city has not, a stranger.
    """
    from candia.core import idempotency
    from candia.core.access import Device
    from candia.devices.commands import add_device

    # A form that is sent again gets the secret that it made the first time: that answer may have been lost.
    secret = new_secret(idempotency.derived("device", by.actor_id, id))
    add_device(
        by=by,
        id=id,
        title=title,
        entities=list(entities),
        kinds=list(kinds),
        source=source,
        fingerprint=fingerprint(secret),
    )
    return Device.objects.get(pk=id), secret


def authenticate(id: str, secret: str) -> Device | None:
    """The device that has this id and secret and was not revoked; from memory, at most two seconds old.

    It is not read from the records: use it to know who speaks, not to change it.
    """
    from candia.core.access import Device

    known = _book().check(id, secret)
    if known is None:
        return None
    return Device(
        id=known.id, entities=sorted(known.entities), kinds=sorted(known.kinds), source=known.source
    )


@cache
def _book() -> Book:
    return Book(_ask)


def _ask(sql: str, parameters: Any) -> list[Row]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        rows: list[Row] = cursor.fetchall()
        return rows
