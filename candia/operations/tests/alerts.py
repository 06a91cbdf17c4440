"""Somebody who has the shift, and an alert that waits for them."""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from typing import Any

from django.utils import timezone

from candia.core.access import Grant, Machine, Person
from candia.core.alert import Alert
from candia.core.entity import Entity
from candia.core.event import Happened, record

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
