"""The sample city's water: districts and meters, their history, and what the rules found in it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Min
from django.utils import timezone

from candia.core import devices
from candia.core.access import Person, system
from candia.core.entity import Entity
from candia.core.telemetry import store, zone
from candia.services.water.models import District, Holding
from candia.telemetry.recordings import recordings
from candia.telemetry.replay import moved
from candia.telemetry.rollup import Rollup
from candia.telemetry.store import columns

if TYPE_CHECKING:
    from candia.services.water.network import Network
    from candia.telemetry.observation import Observation, Property

# So many days are written and rolled up together.
AT_ONCE = 5
# Who speaks in the sample city: the gateway that hears the meters, and the recording of the districts' inflow.
DEVICES = {
    "meters": ("Συγκεντρωτής υδρομέτρων (δείγμα)", "water.meter"),
    "replay": ("Καταγραφή παροχών (δείγμα)", "water.district"),
}


def sample() -> None:
    """Make the network with its history, once."""
    network, zones = told(), settings.CANDIA_CITY.zones
    if network is None or zones is None or District.objects.exists():
        return
    now = timezone.now()
    with transaction.atomic():
        make(network, zones)
        hold(network)
        let_in()
    inflow = [one for one in recorded_inflow(network, now) if one.time <= now.timestamp() * 1000]
    keep([columns(inflow, int(now.timestamp() * 1_000_000))])
    write(network, now - timedelta(days=network.at_once), now, now)


@cache
def told() -> Network | None:
    """The network of this city's water.toml; None for a city that has none."""
    from candia.services.water.network import Network

    return Network.read(settings.CANDIA_CITY.folder)


def began() -> datetime | None:
    """When the sample was filled; None if it was not."""
    first: datetime | None = District.objects.aggregate(first=Min("created"))["first"]
    return first


def make(network: Network, zones: Path) -> None:
    """Districts from the city's zones, homes at places drawn within them, and a meter for the rest of each."""
    from candia.services.water.network import positions

    placed = positions(network, zones)
    things, meters = [], []
    homes = iter(zip(network.ids, network.serials(), network.claim_codes(), strict=False))
    for part in network.parts:
        feature, places = placed[part.id]
        district = make_district(part.id, feature, part.mains_km, part.connections)
        for lon, lat in places.tolist():
            id, serial, code = next(homes)
            things.append(_thing(id, serial, lon, lat))
            meters.append((id, district.id, serial, code, False))
        rest = f"water.meter:rest-{part.id}"
        things.append(_thing(rest, f"Σ {district.name}", None, None))
        meters.append((rest, district.id, "", "", True))
    Entity.objects.bulk_create(things, batch_size=1000)
    with connection.cursor() as cursor:
        # Django writes a table's parent and child rows only one by one.
        cursor.executemany(
            "INSERT INTO water_meter (entity_ptr_id, district_id, serial, claim_code, bulk) "
            "VALUES (%s, %s, %s, %s, %s)",
            meters,
        )


def make_district(local: str, feature: dict[str, Any], mains_km: float, connections: int) -> District:
    """A district as the zones' file draws it."""
    from shapely.geometry import shape

    middle = shape(feature["geometry"]).representative_point()
    named = feature["properties"]
    return District.objects.create(
        id=f"water.district:{local}",
        name=named["name"],
        name_en=named["name_en"],
        zone=local,
        geometry=feature["geometry"],
        lon=round(middle.x, 6),
        lat=round(middle.y, 6),
        mains_km=mains_km,
        connections=connections,
        synthetic=True,
    )


def _thing(id: str, name: str, lon: float | None, lat: float | None) -> Entity:
    return Entity(id=id, kind_name="water.meter", name=name, lon=lon, lat=lat, synthetic=True)


def hold(network: Network) -> None:
    """Give the sample accounts their meters, where the accounts are there."""
    for holder, home in network.held():
        person = Person.objects.filter(email=holder.email).first()
        if person is not None:
            Holding.objects.create(meter_id=network.ids[home], person=person)


def let_in() -> None:
    """Add the devices that speak in the sample city; their secrets lie with the home's others."""
    from candia.core.service import services

    if "devices" not in services():
        return
    for name, (title, kind) in DEVICES.items():
        _, secret = devices.issue(system, name, title=title, kinds=[kind])
        path = settings.CANDIA.home / "secrets" / f"device_{name}"
        path.touch(mode=0o600)
        path.write_text(secret, "utf-8")


def recorded(network: Network) -> pa.Table:
    """The recording of the districts' inflow, from the home's cache once it was read."""
    return recordings[network.recording].load(settings.CANDIA.home / "cache")


def recorded_inflow(network: Network, now: datetime) -> list[Observation]:
    """The recording moved to the present, its past and a month that is still to come."""
    return moved(recorded(network), now, zone())


def properties() -> dict[str, Property]:
    """Water's properties by their full names."""
    from candia.core.service import services

    return {f"water.{prop.name}": prop for prop in services()["water"].properties}


def days_there(network: Network) -> set[date]:
    """The days (UTC) whose hours of the meters are in the store."""
    found = store().ask(
        "SELECT toDate(hour, 'UTC') AS day FROM hourly WHERE property = 'water.index' "
        "GROUP BY day HAVING count() > {enough:UInt64}",
        enough=20 * len(network.ids),
    )
    return set(found["day"].to_pylist())


def write(
    network: Network,
    since: datetime,
    until: datetime,
    now: datetime,
    only: Collection[date] | None = None,
) -> None:
    """Write the meters' readings after `since` and up to `until` past the stream, with their hours.

    `only` leaves out all days (UTC) but these.
    """
    batch: list[pa.Table] = []
    for day in network.days(began() or now, until.astimezone(UTC).date(), zone(), recorded(network)):
        wanted = only is None or day.date in only
        if wanted and int(day.time.max()) > since.timestamp() * 1000:
            batch.append(network.table(day, since, until, now))
        if len(batch) == AT_ONCE:
            keep(batch)
            batch = []
    if batch:
        keep(batch)


def keep(batches: list[pa.Table]) -> None:
    """Append observations and compute every hour between their first and last."""
    batch = pa.concat_tables(batches)
    store().append(batch)
    first, last = pc.min_max(batch["time"]).as_py().values()
    rollup = Rollup(store())
    try:
        rollup.rebuild(first, last + timedelta(hours=1), properties())
    finally:
        rollup.close()
