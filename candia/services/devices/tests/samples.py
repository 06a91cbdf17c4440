"""One valid call of every command and one reader of every page, for the contract tests."""

from typing import Any

from candia.core.access import Device, Grant, Person
from candia.core.devices import fingerprint, new_secret
from candia.core.page import Page

rules: dict[str, Any] = {}
KIND = "water.meter"


def keeper(mailbox: str = "keeper") -> Person:
    person = Person.objects.create_user(f"{mailbox}@example.gr", "a long enough password")
    Grant.objects.create(person=person, role=Grant.ADMINISTRATOR)
    return person


def device(id: str, **fields: Any) -> Device:
    return Device.objects.create(id=id, secret_hash=fingerprint(new_secret()), **{"kinds": [KIND]} | fields)


def commands() -> dict[str, dict[str, Any]]:
    by = keeper()
    kept = fingerprint(new_secret())
    return {
        "add_device": {"by": by, "id": "meter-17", "fingerprint": kept, "kinds": [KIND]},
        "grant_device": {"by": by, "device": device("gateway-1").pk, "kinds": ["water.district"]},
        "limit_device": {"by": by, "device": device("gateway-2").pk, "kinds": [KIND]},
        "renew_secret": {"by": by, "device": device("gateway-3").pk, "fingerprint": kept},
        "revoke_device": {"by": by, "device": device("gateway-4").pk},
    }


def pages() -> dict[str, dict[str, Any]]:
    return {}


def reader(page: Page) -> Person | None:
    return keeper("reader") if page.desk else None
