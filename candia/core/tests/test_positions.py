"""What moves is where it was last seen: its place and zone follow, and nothing goes back in time."""

from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from candia.core.checks import examine
from candia.core.entity import Entity
from candia.core.positions import follow_kind
from candia.core.service import Service
from candia.core.telemetry import store
from candia.telemetry import rollup
from candia.telemetry.observation import Observation, Property

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
LIONS, HARBOUR = (25.1335, 35.3389), (25.16, 35.33)
PROPERTIES = (Property("lon", unit="deg", low=-180, high=180), Property("lat", unit="deg", low=-90, high=90))
# The store keeps what a test wrote, so each has names of its own.
_numbers = count(1)


class Lorry(Entity):
    """A thing of these tests."""

    kind = "haul.lorry"
    moves = ("lon", "lat")

    class Meta:
        proxy = True
        app_label = "core"


def lorry(**facts: object) -> Lorry:
    return Lorry.objects.create(id=f"haul.lorry:{next(_numbers)}", **facts)


def seen(lorry: Lorry, minute: int, **values: float) -> None:
    at = int((NOON + timedelta(minutes=minute)).timestamp() * 1000)
    told = [Observation(lorry.id, f"haul.{name}", at, value) for name, value in values.items()]
    rollup.record(store(), told, {f"haul.{one.name}": one for one in PROPERTIES}, NOON + timedelta(hours=1))


def place(thing: Lorry) -> tuple[float | None, float | None, str]:
    thing.refresh_from_db()
    return thing.lon, thing.lat, thing.zone


def test_a_lorry_is_where_it_was_last_seen_in_the_zone_of_that_place() -> None:
    moving, parked = lorry(lon=LIONS[0], lat=LIONS[1]), lorry(lon=LIONS[0], lat=LIONS[1])
    assert moving.zone == "heraklion"
    seen(moving, 1, lon=HARBOUR[0], lat=HARBOUR[1])

    assert follow_kind(Lorry) == 1

    assert place(moving) == (*HARBOUR, "nea-alikarnassos")
    assert moving.position_at == NOON + timedelta(minutes=1)
    assert place(parked) == (*LIONS, "heraklion")
    assert follow_kind(Lorry) == 0


def test_half_a_position_is_none() -> None:
    moving = lorry()
    seen(moving, 1, lon=LIONS[0], lat=LIONS[1])
    seen(moving, 2, lon=HARBOUR[0])

    follow_kind(Lorry)

    assert place(moving) == (None, None, "")


def test_what_was_seen_earlier_and_came_later_moves_nothing_back() -> None:
    moving = lorry()
    seen(moving, 5, lon=HARBOUR[0], lat=HARBOUR[1])
    follow_kind(Lorry)
    seen(moving, 1, lon=LIONS[0], lat=LIONS[1])

    assert follow_kind(Lorry) == 0
    assert place(moving)[:2] == HARBOUR


def test_a_fleet_is_moved_with_as_many_questions_as_one_lorry() -> None:
    seen(lorry(), 1, lon=LIONS[0], lat=LIONS[1])
    with CaptureQueriesContext(connection) as of_one:
        follow_kind(Lorry)
    for _lorry in range(20):
        seen(lorry(), 2, lon=HARBOUR[0], lat=HARBOUR[1])

    with CaptureQueriesContext(connection) as of_many:
        assert follow_kind(Lorry) == 20

    assert len(of_many) == len(of_one)


def test_a_kind_that_moves_by_what_nobody_declared_stops_the_start() -> None:
    haul = Service(name="haul", title="Haul", entities=(Lorry,), properties=PROPERTIES[:1])

    assert [found.id for found in examine([haul])] == ["candia.E023"]
