"""One valid call of every command and one reader of every page, for the contract tests."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from candia.core.access import Machine, Person
from candia.core.event import Event
from candia.core.page import Page
from candia.operations import commands as verbs
from candia.operations.inbox import key_of
from candia.operations.maintenance import begin_maintenance
from candia.operations.tests import work_samples as work
from candia.operations.tests.alerts import SERVICE, raised, shift

__all__ = ["SERVICE", "raised", "shift"]


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
    silenced = raised()
    begin_maintenance(by=by, entity=silenced.entity_id, reason="test", until=tomorrow)
    return {
        "confirm_alert": {"by": by, "alert": raised(), "reason": "seen", "note": "Βρέθηκε."},
        "dismiss_alert": {"by": by, "alert": raised(), "reason": "sensor"},
        "report_repair": {"by": by, "alert": raised(), "note": "Αλλάχτηκε."},
        "reopen_alert": {"by": by, "alert": decided},
        "assign": {"by": by, "item": key_of(raised()), "to": by.pk},
        "snooze": {"by": by, "item": key_of(raised()), "until": tomorrow},
        "add_note": {"by": by, "alert": raised(), "text": "Περιμένει συνεργείο."},
        "begin_maintenance": {"by": by, "entity": raised().entity_id, "reason": "works", "until": tomorrow},
        "end_maintenance": {"by": by, "entity": silenced.entity_id},
        "tell_operators": {
            "by": Machine("rule:operations.tell_of_alert"),
            "opened": raised(severity="severe").opened_by_id,
        },
        "hand_over": {"by": by, "note": "Ήσυχη νύχτα."},
        **work.commands(by),
    }


def pages() -> dict[str, dict[str, Any]]:
    return {"desk-alert": {"number": raised().pk}, "desk-work-order": {"number": work.planned().number}}


def reader(page: Page) -> Person | None:
    if page.name in {"desk-crew-orders", "desk-crew-photos"}:
        return work.crew("reader")
    return shift("reader") if page.desk else None
