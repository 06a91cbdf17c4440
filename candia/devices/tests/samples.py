"""One valid call of every command and one reader of every page, for the contract tests."""

import io
import time
from functools import cache
from typing import Any

from candia.core.access import Device, Grant, Person
from candia.core.entity import Entity
from candia.core.page import Page
from candia.devices import ingest_status
from candia.devices.credentials import fingerprint, new_secret
from candia.devices.history import Report
from candia.telemetry import deadletters
from candia.telemetry.reason import Reason, because
from candia.telemetry.stream import Message, Stream

rules: dict[str, Any] = {}
KIND = "water.meter"


def keeper(mailbox: str = "keeper") -> Person:
    person = Person.objects.create_user(f"{mailbox}@example.gr", "a long enough password")
    Grant.objects.create(person=person, role=Grant.ADMINISTRATOR)
    return person


def device(id: str, **fields: Any) -> Device:
    return Device.objects.create(id=id, secret_hash=fingerprint(new_secret()), **{"kinds": [KIND]} | fields)


def dead_letter(
    name: str, payload: bytes = b"", reason: str = "The payload is empty.", **said: object
) -> str:
    """Bury a message of this device; the kind of its reason."""
    _prepared()
    now = time.time_ns()
    message = Message(f"v1.{name}", payload, now, now // 1000, {})
    ingest_status.ask(lambda stream: _bury(stream, message, because(reason, **said)))
    return reason


@cache
def _prepared() -> None:
    ingest_status.ask(lambda stream: stream.prepare())


async def _bury(stream: Stream, message: Message, reason: Reason) -> None:
    await deadletters.bury(stream, [(message, reason)])


def history(*rows: str) -> str:
    """A table of a district's inflow, made with it."""
    Entity.objects.get_or_create(
        id="water.district:told", defaults={"kind_name": "water.district", "name": "Told"}
    )
    own = rows or ("water.district:told,inflow,2026-05-01T10:00:00Z,18.4",)
    return "\n".join(["entity,property,time,value", *own])


def commands() -> dict[str, dict[str, Any]]:
    by, reason = keeper(), dead_letter("gateway-5")
    kept = fingerprint(new_secret())
    return {
        "add_device": {"by": by, "id": "meter-17", "fingerprint": kept, "kinds": [KIND]},
        "grant_device": {"by": by, "device": device("gateway-1").pk, "kinds": ["water.district"]},
        "limit_device": {"by": by, "device": device("gateway-2").pk, "kinds": [KIND]},
        "renew_secret": {"by": by, "device": device("gateway-3").pk, "fingerprint": kept},
        "replay_letters": {"by": by, "name": "gateway-5", "reason": reason},
        "discard_letters": {"by": by, "name": "gateway-5", "reason": reason},
        "send_history": {
            "by": by,
            "device": device("desk-water", kinds=[KIND, "water.district"]).pk,
            "file": io.BytesIO(history().encode()),
            "report": Report(),
        },
        "revoke_device": {"by": by, "device": device("gateway-4").pk},
    }


def pages() -> dict[str, dict[str, Any]]:
    device("shown")
    return {"desk-device": {"name": "shown"}}


def reader(page: Page) -> Person | None:
    return keeper("reader") if page.desk else None
