"""Fills the bench's city: 50,000 meters, fifty gateways that speak for a thousand each, alerts, and an operator.

Run as `python -m bench.fill` in the settings of that city; it says what it made as JSON.
"""

from __future__ import annotations

import json

import numpy as np

from candia.core.startup import start_django

METERS, GATEWAYS, ALERTS = 50_000, 50, 5_000


def main() -> None:
    """Make them all; the city must have none of them."""
    start_django()
    ids = [f"water.meter:b{number:05}" for number in range(METERS)]
    meters(ids)
    alerts(ids[:ALERTS])
    each = METERS // GATEWAYS
    devices = [device(number, ids[number * each : (number + 1) * each]) for number in range(GATEWAYS)]
    print(json.dumps({"devices": devices, "operator": operator()}))


def meters(ids: list[str]) -> None:
    """Meters around the middles of the city's districts, as many in each."""
    from django.db import connection

    from candia.core.entity import Entity
    from candia.services.water.models import District, Meter

    districts = list(District.objects.exclude(lon=None))
    places = np.random.default_rng(18).normal(0, 0.004, (len(ids), 2))
    things, rows = [], []
    for number, (id, (east, north)) in enumerate(zip(ids, places.tolist(), strict=True)):
        district = districts[number % len(districts)]
        place = {"lon": (district.lon or 0) + east, "lat": (district.lat or 0) + north}
        things.append(Entity(id=id, kind_name=Meter.kind, name=f"Bench {number}", synthetic=True, **place))
        rows.append((id, district.pk, f"bench-{number}"))
    Entity.objects.bulk_create(things, batch_size=2000)
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO water_meter (entity_ptr_id, district_id, serial, claim_code) VALUES (%s, %s, %s, '')",
            rows,
        )


def alerts(ids: list[str]) -> None:
    """An open alert on each of these meters, for a map with as many points as a page ever shows."""
    from django.db import transaction
    from django.utils import timezone

    from candia.core.access import system
    from candia.core.alert import Alert
    from candia.core.event import Happened, record

    now = timezone.now()
    with transaction.atomic():
        event = record("core.alert_opened", Happened(ids[0], data={"rule": "water.low_battery"}), by=system)
        Alert.objects.bulk_create(
            Alert(
                rule="water.low_battery", entity_id=id, opened=now, last_seen=now, opened_by=event,
                text="The battery is at {level} %.", evidence={"level": 7},
            )
            for id in ids
        )  # fmt: skip


def device(number: int, ids: list[str]) -> tuple[str, str, list[str]]:
    """A gateway that may speak for these meters; its id and secret."""
    from candia.core.access import system
    from candia.devices import credentials

    added, secret = credentials.issue(system, f"bench-{number}", title="Bench", entities=ids)
    return added.id, secret, ids


def operator() -> str:
    """The cookie of a session of the sample's operator, who has signed in as anybody does."""
    from django.conf import settings
    from django.test import Client

    client = Client(headers={"Host": "localhost"})
    password = (settings.CANDIA.home / "secrets" / "sample_password").read_text().strip()
    client.post("/account/login/", {"login": "operator@example.gr", "password": password})
    name = settings.SESSION_COOKIE_NAME
    return f"{name}={client.cookies[name].value}"


if __name__ == "__main__":
    main()
