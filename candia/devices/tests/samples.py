"""One valid call of every command and one reader of every page, for the contract tests."""

import io
import time
from datetime import timedelta
from functools import cache
from typing import Any

from django.utils import timezone

from candia.core.access import Device, Grant, Person
from candia.core.entity import Entity
from candia.core.event import Event
from candia.core.page import Page
from candia.devices import ingest_status
from candia.devices.credentials import fingerprint, new_secret
from candia.devices.history import Report
from candia.devices.models import HistoryImport, LorawanAddress, Order, OrderGroup
from candia.devices.orders import commands as orders
from candia.devices.orders import rounds
from candia.telemetry import deadletters
from candia.telemetry.reason import Reason, because
from candia.telemetry.stream import Message, Stream

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


def brought(**more: Any) -> HistoryImport:
    """An import of history of long ago, whose one row is not in the store any more."""
    now = timezone.now()
    told = {"service": "water", "file": "2026.csv", "by": "system", "rows": 1, "refused": 0, "moments": [0]}
    span = {"first": now - timedelta(days=2), "last": now - timedelta(days=1)}
    rows = {"things": ["water.district:told"], "properties": ["water.inflow"]}
    return HistoryImport.objects.create(**(told | span | rows | more))


def commands() -> dict[str, dict[str, Any]]:
    by = keeper()
    kept = fingerprint(new_secret())
    return {
        "add_device": {"by": by, "id": "meter-17", "fingerprint": kept, "kinds": [KIND]},
        "grant_device": {"by": by, "device": device("gateway-1").pk, "kinds": ["water.district"]},
        "limit_device": {"by": by, "device": device("gateway-2").pk, "kinds": [KIND]},
        "set_lorawan": {
            "by": by,
            "device": device("node-1").pk,
            "dev_eui": "a84041ffff1a2b3c",
            "f_port": 10,
            "device_class": "A",
        },
        "drop_lorawan": {"by": by, "device": _reached("node-2").pk},
        "renew_secret": {"by": by, "device": device("gateway-3").pk, "fingerprint": kept},
        "replay_letters": {"by": by, "name": "gateway-5", "reason": dead_letter("gateway-5")},
        "discard_letters": {"by": by, "name": "gateway-6", "reason": dead_letter("gateway-6")},
        "send_history": {
            "by": by,
            "device": device("desk-water", kinds=[KIND, "water.district"]).pk,
            "file": io.BytesIO(history().encode()),
            "report": Report(),
        },
        "take_back_history": {"by": by, "history": brought().pk},
        "revoke_device": {"by": by, "device": device("gateway-4").pk},
        **_orders(),
    }


def _reached(name: str) -> Device:
    made = device(name)
    LorawanAddress.objects.create(device=made, dev_eui="a84041ffff1a2b3d", f_port=10, device_class="C")
    return made


def lamp(local: str) -> str:
    """A thing of the tests' own service that its device can be told something of, and who operates it."""
    made, new = Entity.objects.get_or_create(
        id=f"dummy.lamp:{local}", defaults={"kind_name": "dummy.lamp", "name": local}
    )
    if new:
        device(f"lamp-{local}", entities=[made.id], kinds=[])
    return made.id


def shift() -> Person:
    """The operator of the tests' own service."""
    person, _new = Person.objects.get_or_create(email="shift@example.gr")
    Grant.objects.get_or_create(person=person, role=Grant.OPERATOR, service="dummy")
    return person


def _orders() -> dict[str, dict[str, Any]]:
    by, level = shift(), {"capability": "dummy.level"}
    orders.want_state(by=by, entity=lamp("a"), value=5, **level)
    orders.want_state(by=by, entity=lamp("b"), value=5, **level)
    rounds.round_at(timezone.now(), 0)
    return {
        "want_state": {"by": by, "entity": lamp("a"), "value": 7, **level},
        "release_state": {"by": by, "entity": lamp("a"), **level},
        "order_act": {"by": by, "entity": lamp("a"), "capability": "dummy.pulse"},
        "order_group": {"by": by, "entities": [lamp("a"), lamp("b")], "value": 7, **level},
        "cancel_order": {"by": by, "order": Order.objects.get(entity=lamp("b")).pk},
        "cancel_group": {"by": by, "group": _group(by)},
    }


def _group(by: Person) -> int:
    told = {"capability": "dummy.level", "value": 7}
    event = orders.order_group(by=by, entities=[lamp("a"), lamp("b")], **told)
    return int(event.data["group"])


def pages() -> dict[str, dict[str, Any]]:
    device("shown")
    told = _orders()
    orders.order_group(**told["order_group"])
    return {
        "desk-device": {"name": "shown"},
        "desk-thing": {"entity": lamp("a")},
        "desk-history-import": {"number": brought().pk},
        "desk-order-group": {"number": OrderGroup.objects.latest("id").pk},
    }


def reader(page: Page) -> Person | None:
    if page.desk:
        person = keeper("reader")
        Grant.objects.get_or_create(person=person, role=Grant.OPERATOR, service="dummy")
        return person
    return None


_told = {"order": "1", "title": "Level", "value": "40 %"}
rules: dict[str, Any] = {
    "contradicted": {
        "firing": Event(kind="devices.order_contradicted", data={**_told, "observed": "12 %"}),
        "silent": Event(kind="devices.order_confirmed", data=_told),
    },
    "unanswered": {
        "firing": Event(kind="devices.order_unanswered", data=_told),
        "silent": Event(kind="devices.order_unanswered", data={"order": "1", "value": None}),
    },
}
