"""A small city for the tests of pages: a district of twelve meters, its inflow and what they counted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count

from django.utils import timezone

from candia.core.access import Grant, Machine, Person
from candia.core.alert import Alert
from candia.core.event import Happened
from candia.core.event import record as record_event
from candia.core.telemetry import store
from candia.services.water.models import District, Holding, Meter
from candia.services.water.service import service
from candia.telemetry import rollup
from candia.telemetry.observation import Observation

# The store keeps what a test wrote, so each town has names of its own.
_towns = count(1)
SQUARE = {"type": "Polygon", "coordinates": [[[25.1, 35.3], [25.2, 35.3], [25.2, 35.4], [25.1, 35.3]]]}
properties = {f"water.{declared.name}": declared for declared in service.properties}


@dataclass(frozen=True)
class Town:
    """A district and its meters."""

    district: District
    meters: list[Meter]


def person(slug: str, role: str = "", *, verified: bool = True) -> Person:
    made = Person.objects.create_user(
        f"{slug}@example.gr", name=slug.title(), verified_at=timezone.now() if verified else None
    )
    if role:
        Grant.objects.create(person=made, role=role, service="water")
    return made


def town(meters: int = 12) -> Town:
    name = f"t{next(_towns)}x{int(timezone.now().timestamp())}"
    district = District.objects.create(
        id=f"water.district:{name}",
        name=f"Ζώνη {name}",
        names={"en": f"District {name}"},
        lon=25.15,
        lat=35.35,
        geometry=SQUARE,
        connections=meters,
        synthetic=True,
    )
    hung = [
        Meter.objects.create(
            id=f"water.meter:{name}-{number}",
            name=f"Υδρόμετρο {number}",
            serial=f"SER-{name}-{number}",
            claim_code=f"CODE-{number}",
            district=district,
            lon=25.15,
            lat=35.34,
            synthetic=True,
        )
        for number in range(meters)
    ]
    return Town(district, hung)


def flowed(district: District, days: int = 35, level: float = 4.0) -> None:
    """Hourly inflow: `level` by day, half of it at night, L/s."""
    keep(
        district.pk, "water.inflow", [(at, level * (0.5 if at.hour < 6 else 1.0)) for at in hours(days * 24)]
    )


def counted(*meters: Meter, days: int = 9, litres: float = 12.0) -> None:
    """Indexes that rise by as much each hour; written at once, as rolling up costs more than rows."""
    rising = [(at, 100 + n * litres / 1000) for n, at in enumerate(hours(days * 24))]
    record([seen for meter in meters for seen in seen_of(meter.pk, "water.index", rising)])


def hours(back: int) -> list[datetime]:
    now = timezone.now().astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    return [now - timedelta(hours=n) for n in range(back, -1, -1)]


def keep(entity: str, name: str, values: Iterable[tuple[datetime, float]]) -> None:
    record(seen_of(entity, name, values))


def seen_of(entity: str, name: str, values: Iterable[tuple[datetime, float]]) -> list[Observation]:
    return [Observation(entity, name, int(at.timestamp() * 1000), value) for at, value in values]


def record(seen: list[Observation]) -> None:
    rollup.record(store(), seen, properties, timezone.now())


def alert(entity: District | Meter, rule: str, severity: str = "moderate", **more: object) -> Alert:
    """An open alert with its event, as the rule would have left it."""
    event = record_event(
        "core.alert_opened", Happened(entity.pk, data={"rule": rule}), by=Machine(f"rule:water.{rule}")
    )
    now = timezone.now()
    told = {"opened": now - timedelta(hours=3), "last_seen": now, "text": f"About {entity.pk}", **more}
    return Alert.objects.create(
        rule=f"water.{rule}", entity_id=entity.pk, severity=severity, opened_by=event, **told
    )


def hold(holder: Person, meter: Meter) -> Holding:
    return Holding.objects.create(person=holder, meter=meter)
