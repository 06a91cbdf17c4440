"""One valid use of everything that water declares, for the contract tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from candia.core.access import Grant, Person
from candia.core.page import Page
from candia.core.rule import Row
from candia.services.water.tests.city import counted, flowed, hold, person, town

NOW = datetime(2026, 11, 25, 6, tzinfo=UTC)
HOLDER = "holder"


def commands() -> dict[str, dict[str, Any]]:
    operator, holder = person("operator", Grant.OPERATOR), person("holder")
    place = town(12)
    held, free, given = place.meters[:3]
    hold(holder, held)
    look = {"by": operator, "meter": held, "reason": "Ο λογαριασμός είναι τριπλάσιος."}
    return {
        "view_readings": look,
        "claim_meter": {"by": holder, "serial": free.serial, "code": free.claim_code},
        "leave_meter": {"by": holder, "meter": held},
        "give_meter": {"by": operator, "meter": given, "email": holder.email},
        "exchange_meter": {"by": operator, "meter": given, "serial": "NEW-1", "index": 0.25},
    }


def datasets() -> None:
    place = town(12)
    flowed(place.district, days=3)
    for meter in place.meters:
        counted(meter, days=3)


def pages() -> dict[str, dict[str, Any]]:
    place = town(12)
    mine = place.meters[0]
    holder = Person.objects.filter(email=f"{HOLDER}@example.gr").first()
    if holder:
        hold(holder, mine)
    name, number = {"name": place.district.local_id}, {"number": mine.local_id}
    return {
        "district": name,
        "desk-district": name,
        "my-meter": number,
        "my-use": {**number, "every": "day"},
        "desk-meter": number,
    }


def reader(page: Page) -> Person | None:
    if page.desk:
        return person("clerk", Grant.OPERATOR)
    return None if page.may.name == "anyone" else person(HOLDER)


def row(*, facts: dict[str, Any] | None = None, newest: datetime | None = None, **taken: Any) -> Row:
    """A row as a rule sees it."""
    return Row("water.meter:1", taken, facts or {}, NOW, newest)


def _meter(**taken: Any) -> Row:
    return row(facts={"bulk": False}, **taken)


def _said(ago: timedelta | None) -> Row:
    said = NOW - ago if ago is not None else None
    created = NOW - timedelta(hours=1)
    return row(facts={"created": created}, newest=NOW if ago is not None else None, last_time=said)


_quiet = [5.0, 5.1, 4.9, 5.0, 5.05, 4.95, 5.0] * 8
_day = [6.0] * 6 + [20.0] * 18
rules: dict[str, dict[str, Any]] = {
    "night_flow": {
        "firing": row(min=[*_quiet, 8.0, 8.2, 8.1]),
        "silent": row(min=[*_quiet, 5.0, 4.9, 5.1]),
        "unsure": row(min=None),
    },
    "mains_burst": {
        "firing": row(mean=[*_day * 14, *_day[:-2], 60.0, 62.0]),
        "silent": row(mean=_day * 15),
        "unsure": row(mean=None),
    },
    "continuous_flow": {
        "firing": _meter(increase=[0.02] * 48, count=[1] * 48),
        "silent": _meter(increase=[0.0] * 6 + [0.02] * 42, count=[1] * 48),
        "unsure": _meter(increase=None, count=None),
    },
    "burst": {
        "firing": _meter(increase=[0.01] * 4 + [0.9, 1.1]),
        "silent": _meter(increase=[0.01] * 6),
        "unsure": _meter(increase=None),
    },
    "backflow": {
        "firing": row(increase=0.3),
        "silent": row(increase=0.0),
        "unsure": row(increase=None),
    },
    "stuck": {
        "firing": row(increase=[0.3] * 32 + [0.0] * 10, count=[24] * 42),
        "silent": row(increase=[0.3] * 42, count=[24] * 42),
        "unsure": row(increase=None, count=None),
    },
    "silent": {
        "firing": _said(timedelta(hours=40)),
        "silent": _said(timedelta(hours=2)),
        "unsure": _said(None),
    },
    "low_battery": {
        "firing": row(last=6.0),
        "silent": row(last=80.0),
        "unsure": row(last=None),
    },
}
