"""The sample city's water: districts and meters, their history, and what the rules found in it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from candia.core.access import Person, system
from candia.core.entity import Entity
from candia.core.event import Event, Happened, record
from candia.core.telemetry import properties, store, zone
from candia.devices import credentials
from candia.services.water import commands, lookback, obeying, staging
from candia.services.water.models import District, Meter
from candia.telemetry.recordings import recordings
from candia.telemetry.replay import moved
from candia.telemetry.rollup import Rollup
from candia.telemetry.store import columns

if TYPE_CHECKING:
    from candia.services.water.network import Network
    from candia.telemetry.observation import Observation

# So many readings are written and rolled up together.
AT_ONCE = 400_000
OPERATOR = "operator@example.gr"
MADE = "water.sample_made"
# Who speaks in the sample city: the gateway that hears the meters, and the recording of the districts' inflow.
DEVICES = {
    "meters": ("Συγκεντρωτής υδρομέτρων (δείγμα)", "water.meter"),
    "replay": ("Καταγραφή παροχών (δείγμα)", "water.district"),
}


def sample() -> None:
    """Make the network with its history, once, and let the rules look back on it."""
    network, zones = told(), settings.CANDIA_CITY.zones
    if network is None or zones is None or filled() is not None:
        return
    now = timezone.now()
    weeks = staging.weeks(recorded(network), nights_of(network), now, zone())
    with transaction.atomic():
        make(network, zones)
        hold(network)
        let_in()
        record(MADE, Happened(f"water.district:{network.parts[0].id}", data={"weeks": weeks}), by=system)
    inflow = [one for one in recorded_inflow(network, now, weeks) if one.time <= now.timestamp() * 1000]
    keep([columns(inflow, int(now.timestamp() * 1_000_000))])
    recent = now - timedelta(days=network.at_once)
    write(network, now - timedelta(days=network.history + 1), recent, daily=True)
    write(network, recent, now)
    lookback.look_back(now)
    if operator := Person.objects.filter(email=OPERATOR).first():
        obeying.stage(network, operator, now)


@dataclass(frozen=True)
class Filled:
    """When the sample was filled, and by how many weeks the recording is moved off its season."""

    time: datetime
    weeks: int


def filled() -> Filled | None:
    """What is known of the first start; None if the sample was not filled."""
    made = Event.objects.filter(kind=MADE).order_by("id").first()
    return Filled(made.time, int(made.data["weeks"])) if made else None


def nights_of(network: Network) -> staging.Nights:
    """The recording's nights, judged by this city's thresholds."""
    from candia.core.jobs import thresholds
    from candia.core.service import services

    return staging.Nights(recorded(network), thresholds("water", services()["water"].rule("night_flow")))


@cache
def told() -> Network | None:
    """The network of this city's water.toml; None for a city that has none."""
    from candia.services.water.network import Network

    return Network.read(settings.CANDIA_CITY.folder)


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
        meters.append((rest, district.id, f"Σ-{part.id.upper()}", "", True))
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
        names={"en": named["name_en"]},
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
    """Let the water service's operator give the sample accounts their meters, where these accounts are there."""
    operator = Person.objects.filter(email=OPERATOR).first()
    for holder, home in network.held():
        if operator is not None and Person.objects.filter(email=holder.email).exists():
            commands.give_meter(by=operator, meter=network.ids[home], email=holder.email)
            # They have lived there all along: what was counted before today is theirs to see.
            Meter.objects.filter(pk=network.ids[home]).update(household_since=None)


def let_in() -> None:
    """Add the devices that speak in the sample city; their secrets lie with the home's others."""
    for name, (title, kind) in DEVICES.items():
        _, secret = credentials.issue(system, name, title=title, kinds=[kind])
        path = settings.CANDIA.home / "secrets" / f"device_{name}"
        path.touch(mode=0o600)
        path.write_text(secret, "utf-8")


def recorded(network: Network) -> pa.Table:
    """The recording of the districts' inflow, from the home's cache once it was read."""
    return recordings[network.recording].load(settings.CANDIA.home / "cache")


def recorded_inflow(
    network: Network, now: datetime, weeks: int, since: datetime | None = None
) -> list[Observation]:
    """The recording moved to the present, from `since` to a month that is still to come."""
    return moved(recorded(network), now, zone(), weeks, since)


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
    *,
    daily: bool = False,
    only: Collection[date] | None = None,
) -> None:
    """Write the meters' readings after `since` and up to `until` past the stream, with their hours.

    `daily` writes one reading of each day; `only` leaves out all days (UTC) but these.
    """
    made, now = filled(), datetime.now(UTC)
    if made is None:
        return
    batch: list[pa.Table] = []
    last = until.astimezone(UTC).date()
    for day in network.days(made.time, last, zone(), recorded(network), made.weeks):
        wanted = only is None or day.date in only
        if wanted and int(day.time.max()) > since.timestamp() * 1000:
            batch.append(network.table(day, since, until, now, daily=daily))
        if sum(len(rows) for rows in batch) >= AT_ONCE:
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
