"""One valid call of every command and one reader of every page, for the contract tests."""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from typing import Any

from django.utils import timezone

from candia.core.access import Grant, Machine, Person
from candia.core.alert import Alert
from candia.core.entity import Entity
from candia.core.event import Event, Happened, record
from candia.core.page import Page
from candia.operations import commands as verbs
from candia.operations.inbox import key_of

SERVICE = "water"
_things = count(1)


def shift(mailbox: str = "operator", *, service: str = SERVICE, role: str = Grant.OPERATOR) -> Person:
    """Somebody who works for a service."""
    person = Person.objects.create_user(f"{mailbox}@example.gr", name=mailbox.title())
    Grant.objects.create(person=person, role=role, service=service)
    return person


def raised(rule: str = "water.night_flow", severity: str = "moderate", **more: Any) -> Alert:
    """An open alert about a thing of its own, as its rule would have left it."""
    service = rule.partition(".")[0]
    thing = Entity.objects.create(
        id=f"{service}.thing:{next(_things)}", kind_name=f"{service}.thing", name="Thing", lon=25.1, lat=35.3
    )
    event = record("core.alert_opened", Happened(thing, data={"rule": rule}), by=Machine(f"rule:{rule}"))
    now = timezone.now()
    told = {"opened": now - timedelta(hours=3), "last_seen": now, "text": f"About {thing.id}", **more}
    return Alert.objects.create(rule=rule, entity=thing, severity=severity, opened_by=event, **told)


def _opened(severity: str) -> Event:
    return Event(pk=1, kind="core.alert_opened", entity="water.thing:1", data={"severity": severity})


rules: dict[str, Any] = {
    "tell_of_alert": {"firing": _opened("severe"), "silent": _opened("minor")},
}


def commands() -> dict[str, dict[str, Any]]:
    by = shift()
    decided = raised()
    verbs.confirm_alert(by=by, alert=decided)
    tomorrow = timezone.now() + timedelta(days=1)
    return {
        "confirm_alert": {"by": by, "alert": raised(), "reason": "seen", "note": "Βρέθηκε."},
        "dismiss_alert": {"by": by, "alert": raised(), "reason": "sensor"},
        "report_repair": {"by": by, "alert": raised(), "note": "Αλλάχτηκε."},
        "reopen_alert": {"by": by, "alert": decided},
        "assign": {"by": by, "item": key_of(raised()), "to": by.pk},
        "snooze": {"by": by, "item": key_of(raised()), "until": tomorrow},
        "add_note": {"by": by, "alert": raised(), "text": "Περιμένει συνεργείο."},
        "tell_operators": {
            "by": Machine("rule:operations.tell_of_alert"),
            "opened": raised(severity="severe").opened_by_id,
        },
        "hand_over": {"by": by, "note": "Ήσυχη νύχτα."},
    }


def pages() -> dict[str, dict[str, Any]]:
    return {"desk-alert": {"number": raised().pk}}


def reader(page: Page) -> Person | None:
    return shift("reader") if page.desk else None
