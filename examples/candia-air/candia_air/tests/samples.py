"""One valid use of everything that air declares, for the contract (`candia test air`)."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from candia.core.access import Grant, Person
from candia.core.page import Page
from candia.core.rule import Row
from candia_air.models import Station

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


def operator() -> Person:
    """Somebody who has the shift."""
    person = Person.objects.create_user("operator.of.air@example.gr")
    Grant.objects.create(person=person, role=Grant.OPERATOR, service="air")
    return person


def commands() -> dict[str, dict[str, Any]]:
    """One valid call of each command: stations come with `candia load`, so there is none."""
    return {}


def datasets() -> None:
    """One to give away."""
    Station.objects.create(id="air.station:8", name="Λιμάνι", model="S1", lon=25.14, lat=35.34)


def pages() -> dict[str, dict[str, Any]]:
    """The arguments of each page's address, by the page's name."""
    datasets()
    return {"station": {"number": "8"}}


def reader(page: Page) -> Person | None:
    """Somebody who may open the page; None where everyone may."""
    return operator() if page.desk else None


def row(newest: datetime | None = None, **taken: Any) -> Row:
    """A row as a rule sees it."""
    return Row("air.station:1", taken, {"created": NOW - timedelta(hours=1)}, NOW, newest)


def air(*, dust: float | None, gas: float | None) -> Row:
    """A day of hourly means, all of dust and all of gases alike."""
    return row(
        **{
            name: SimpleNamespace(mean=None if mean is None else [mean] * 24)
            for name, mean in (("pm25", dust), ("pm10", dust), ("no2", gas), ("o3", gas))
        }
    )


# What the network answers, shortened.
feeds = {
    "sensor_community": b"""[{"timestamp": "2026-11-25 11:58:04", "sensor": {"id": 71234},
    "sensordatavalues": [{"value_type": "P1", "value": "18.4"}, {"value_type": "P2", "value": "7.9"},
    {"value_type": "humidity", "value": "61"}]}]""",
}

rules: dict[str, dict[str, Any]] = {
    "poor_air": {
        "firing": air(dust=60, gas=20),
        "silent": air(dust=9, gas=20),
        "unsure": air(dust=None, gas=None),
    },
    "silent": {
        "firing": row(NOW, last_time=NOW - timedelta(hours=40)),
        "silent": row(NOW, last_time=NOW - timedelta(hours=2)),
        "unsure": row(last_time=None),
    },
}
