"""Work for the tests: a crew, orders in each state, and a phone that tells of them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID, uuid4

from django.utils import timezone

from candia.core.access import Grant, Person, system
from candia.core.upload import Upload
from candia.operations.tests.alerts import SERVICE, raised, shift
from candia.operations.work.field_events import Told
from candia.operations.work.models import WorkOrder
from candia.operations.work.planning import Plan, cancel_order, make_order
from candia.operations.work.reporting import report_work

CHECKLIST = "Κλείστε τη βάνα\nΑλλάξτε το ρακόρ\nΑνοίξτε τη βάνα"
_mailboxes = count(1)


def crew(name: str = "", *, service: str = SERVICE) -> Person:
    """Somebody of a crew."""
    return shift(name or f"crew{next(_mailboxes)}", service=service, role=Grant.CREW)


def planned(by: Person | None = None, *who: Person, **more: Any) -> WorkOrder:
    """An order of water; with a crew where one is named."""
    by = by or shift(f"planner{next(_mailboxes)}")
    plan = Plan(what="Διαρροή στη σύνδεση", crew=tuple(one.pk for one in who), checklist=CHECKLIST, **more)
    event = make_order(by=by, key="", service=SERVICE, plan=plan)
    return WorkOrder.objects.get(pk=event.entity)


@dataclass
class Phone:
    """A crew's phone: it counts what it says, keeps it until the city has it, and its clock may be wrong."""

    clock_ahead: timedelta = timedelta(0)
    id: UUID = field(default_factory=uuid4)
    sequence: int = 0
    waiting: list[dict[str, Any]] = field(default_factory=list)

    def says(self, order: WorkOrder, kind: str, **data: Any) -> dict[str, Any]:
        """Tap something: it waits until it is sent."""
        self.sequence += 1
        said = {
            "id": str(uuid4()),
            "order": order.number,
            "sequence": self.sequence,
            "base": order.version,
            "kind": kind,
            "at": self.now.isoformat(),
            "data": data,
        }
        self.waiting.append(said)
        return said

    @property
    def now(self) -> datetime:
        """What its clock says."""
        return timezone.now() + self.clock_ahead

    def batch(self, events: list[dict[str, Any]] | None = None) -> str:
        """What it sends: all that waits, or these."""
        return json.dumps(
            {
                "phone": str(self.id),
                "now": self.now.isoformat(),
                "events": self.waiting if events is None else events,
            }
        )


def told(order: WorkOrder, kind: str = "start", **data: Any) -> Told:
    """One field event of a phone of its own."""
    return Told(uuid4(), uuid4(), 1, order.version, kind, timezone.now(), data)


def commands(by: Person) -> dict[str, dict[str, Any]]:
    """One valid call of each command of work."""
    at_work, elsewhere = crew(), crew()
    off = planned(by, at_work)
    cancel_order(by=by, key="", order=off)
    report_work(by=at_work, key="", order=off, told=[told(off)])
    sent = planned(by, at_work)
    return {
        "order_from_alert": {"by": by, "alert": raised(), "plan": Plan(crew=(at_work.pk,))},
        "make_order": {"by": by, "service": SERVICE, "plan": Plan(what="Έλεγχος βάνας")},
        "assign_order": {"by": by, "order": planned(by), "crew": [elsewhere.pk]},
        "change_due": {"by": by, "order": sent, "due": timezone.now() + timedelta(days=2)},
        "cancel_order": {"by": by, "order": planned(by), "note": "Το ανέλαβε η ΔΕΥΑΗ."},
        "close_order": {"by": by, "order": planned(by, at_work), "reason": "no_access"},
        "report_work": {"by": at_work, "order": sent, "told": [told(sent)]},
        "add_photo": {
            "by": at_work,
            "order": sent,
            "photo": uuid4(),
            "file": Upload("picture", "x.webp", {"large": b"x", "small": b"x"}, uuid4().hex * 2, 80, 80),
        },
        "plan_next": {"by": system, "order": planned(by, due=timezone.now(), every=3)},
        "weigh_reports": {"by": by, "order": off, "count": True},
    }
