"""One valid call of every command and one reader of every page, for the contract tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils import timezone

from candia.core.access import Machine, Person
from candia.core.alert import GREW, OPENED
from candia.core.entity import Entity
from candia.core.event import Event
from candia.core.page import Page
from candia.core.rule import Row
from candia.core.service import entity_kinds
from candia.core.zones import zones
from candia.operations import commands as verbs
from candia.operations.areas import begin_area_maintenance
from candia.operations.inbox import key_of
from candia.operations.maintenance import begin_maintenance
from candia.operations.models import MaintenanceArea
from candia.operations.tests import work_samples as work
from candia.operations.tests.alerts import SERVICE, raised, shift

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)

__all__ = ["SERVICE", "raised", "shift"]


def _told(severity: str, kind: str = OPENED) -> Event:
    return Event(pk=1, kind=kind, entity="water.thing:1", data={"severity": severity})


def _feed(**more: Any) -> Row:
    """A feed that has been fetched for a week, as its rules see it."""
    week = {"begun": NOW - timedelta(days=7), "every": timedelta(minutes=10), "fresh": timedelta(days=1)}
    well = {"succeeded": NOW, "changed": NOW, "unread": "", "unread_times": 0, "vanished": []}
    return Row("water.feed:elsewhere", {}, week | well | more, NOW)


rules: dict[str, Any] = {
    "tell_of_alert": {"firing": _told("severe", GREW), "silent": _told("minor")},
    "feed_silent": {
        "firing": _feed(succeeded=NOW - timedelta(hours=5), changed=NOW - timedelta(hours=5)),
        "silent": _feed(succeeded=NOW, changed=NOW),
        "unsure": _feed(begun=NOW, succeeded=None, changed=None),
    },
    "feed_form": {
        "firing": _feed(vanished=["water.index"]),
        "silent": _feed(),
        "unsure": _feed(succeeded=None),
    },
}


def _with_one_cause() -> list[int]:
    """The alerts of three meters of a district that went silent together."""
    kinds = entity_kinds()
    district = kinds["water.district"].objects.create(id="water.district:quiet", name="Ζώνη")
    alerts = [raised("water.silent") for _number in range(3)]
    for one in alerts:
        id = f"water.meter:{one.pk}"
        one.entity = kinds["water.meter"].objects.create(id=id, name=id, district=district)
        one.save()
    return [one.pk for one in alerts]


def commands() -> dict[str, dict[str, Any]]:
    by = shift()
    decided = raised()
    verbs.confirm_alert(by=by, alert=decided)
    tomorrow = timezone.now() + timedelta(days=1)
    silenced = raised()
    begin_maintenance(by=by, entity=silenced.entity_id, reason="test", until=tomorrow)
    zone = next(iter(zones()))
    Entity.objects.filter(pk=raised().entity_id).update(zone=zone)
    begin_area_maintenance(by=by, service="water", zone=zone, reason="test", until=tomorrow)
    area = MaintenanceArea.objects.get()
    return {
        "confirm_alert": {"by": by, "alert": raised(), "reason": "seen", "note": "Βρέθηκε."},
        "dismiss_alert": {"by": by, "alert": raised(), "reason": "sensor"},
        "report_repair": {"by": by, "alert": raised(), "note": "Αλλάχτηκε."},
        "reopen_alert": {"by": by, "alert": decided},
        "judge_cause": {"by": by, "alerts": _with_one_cause(), "decision": "confirm"},
        "assign": {"by": by, "item": key_of(raised()), "to": by.pk},
        "snooze": {"by": by, "item": key_of(raised()), "until": tomorrow},
        "add_note": {"by": by, "alert": raised(), "text": "Περιμένει συνεργείο."},
        "begin_maintenance": {"by": by, "entity": raised().entity_id, "reason": "works", "until": tomorrow},
        "begin_area_maintenance": {
            "by": by,
            "service": "water",
            "zone": zone,
            "reason": "works",
            "until": tomorrow,
        },
        "end_area_maintenance": {"by": by, "area": area},
        "end_maintenance": {"by": by, "entity": silenced.entity_id},
        "tell_operators": {
            "by": Machine("rule:operations.tell_of_alert"),
            "event": raised(severity="severe").opened_by_id,
        },
        "ask_feed": {"by": shift("fetcher", service="dummy"), "feed": "dummy.darkness"},
        "hand_over": {"by": by, "note": "Ήσυχη νύχτα."},
        **work.commands(by),
    }


def pages() -> dict[str, dict[str, Any]]:
    return {"desk-alert": {"number": raised().pk}, "desk-work-order": {"number": work.planned().number}}


def reader(page: Page) -> Person | None:
    if page.name in {"desk-crew-orders", "desk-crew-photos"}:
        return work.crew("reader")
    return shift("reader") if page.desk else None
