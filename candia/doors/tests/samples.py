"""A small city with public and private things, for the tests of the doors."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pyarrow as pa

from candia.core import alert
from candia.core.access import Grant, Person
from candia.core.entity import Entity
from candia.core.rule import Open
from candia.core.service import entity_kinds, services
from candia.core.telemetry import store
from candia.telemetry.observation import Observation
from candia.telemetry.rollup import Rollup, touched_by
from candia.telemetry.store import columns

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
OUTLINE = {"type": "Polygon", "coordinates": [[[25.1, 35.3], [25.2, 35.3], [25.2, 35.4], [25.1, 35.3]]]}


def district(local: str = "a", **facts: object) -> Entity:
    model = entity_kinds()["water.district"]
    place = {"lon": 25.15, "lat": 35.33, "geometry": OUTLINE, "zone": local}
    given = {"name": f"Ζώνη {local}", "connections": 100, **place, **facts}
    return model.objects.create(id=f"water.district:{local}", synthetic=True, **given)


def meter(local: str = "1", **facts: object) -> Entity:
    model = entity_kinds()["water.meter"]
    given = {"name": "Μυστικός μετρητής", "lon": 25.15, "lat": 35.33, **facts}
    return model.objects.create(id=f"water.meter:{local}", **given)


def observed(
    entity: str, property: str, values: list[float], begin: datetime = NOON, minutes: int = 30
) -> None:
    """Store these values as if they had come, one every so many minutes, and compute their hours."""
    start = int(begin.timestamp() * 1000)
    seen = [
        Observation(entity, property, start + number * minutes * 60_000, value)
        for number, value in enumerate(values)
    ]
    batch: pa.Table = columns(seen, int(datetime.now(UTC).timestamp() * 1_000_000))
    store().append(batch)
    declared = {
        f"{service.name}.{item.name}": item for service in services().values() for item in service.properties
    }
    rollup = Rollup(store())
    rollup.compute(touched_by([batch]), declared)
    rollup.close()


def alarmed(entity: Entity, text: str = "Something is wrong.", *, days_ago: int = 0) -> None:
    """Open an alert of the first scheduled rule of the entity's service."""
    service = services()[entity.service_name]
    rule = next(rule for rule in service.rules if rule.every)
    alert.apply(
        rule, service.name, [(entity.id, Open(text, {"secret": entity.id}))], NOON - timedelta(days=days_ago)
    )


def person(slug: str, role: str = "", *, verified: bool = True) -> Person:
    made = Person.objects.create_user(
        f"{slug}@example.gr", name=f"Όνομα {slug}", verified_at=NOON if verified else None
    )
    if role:
        Grant.objects.create(person=made, role=role)
    return made
