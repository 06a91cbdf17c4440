"""What is asked of water's observations, in water's own words; each answer is one or two queries of the store.

Flows are in L/s, volumes in m³, moments aware; days and nights are the city's. The balance follows the IWA's
terms: system input volume, authorised consumption (billed and metered), and water losses, their difference.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

from django.db.models import Count

from candia.core.telemetry import declared, store, zone
from candia.services.water.models import Meter
from candia.telemetry import questions
from candia.telemetry.observation import Property, Window

#: The local hours of a night in which hardly anybody draws water.
NIGHT = (2, 5)
#: L/s over an hour are so many m³.
HOUR_M3 = 3.6

Every = Literal["hour", "day", "month"]


@dataclass(frozen=True)
class Point:
    """A flow at a moment, or the mean over the stretch that begins there."""

    time: datetime
    value: float | None


@dataclass(frozen=True)
class Night:
    """The least hourly inflow of a night, named for the day on which it ends."""

    day: date
    minimum: float | None


@dataclass(frozen=True)
class Use:
    """What a meter counted in the stretch that begins at `time`; estimated where readings lie further apart."""

    time: datetime
    m3: float
    estimated: bool


@dataclass(frozen=True)
class Reading:
    """The newest observation of a thing."""

    time: datetime
    value: float | None
    state: str


@dataclass(frozen=True)
class Balance:
    """A district's water balance over a stretch.

    `input_m3` is the system input volume (None where no inflow was measured), `metered_m3` the billed metered
    consumption; it is `estimated` where hours of inflow are missing, whose mean stands in for them, or
    meters did not report, whose consumption then counts as lost.
    """

    input_m3: float
    metered_m3: float
    meters: int
    meters_reporting: int
    estimated: bool

    @property
    def losses_m3(self) -> float:
        """Water losses: what flowed in and no meter counted."""
        return self.input_m3 - self.metered_m3

    @property
    def share(self) -> float | None:
        """Losses as a share of the input."""
        return self.losses_m3 / self.input_m3 if self.input_m3 > 0 else None


def inflow(
    district: str, since: datetime, until: datetime, every: Literal["raw", "hour", "day", "month"] = "hour"
) -> list[Point]:
    """A district's inflow from `since` to before `until`: as measured, or the mean of each stretch."""
    table = questions.series(store(), district, "water.inflow", since, until, every, zone())
    value = "value" if every == "raw" else "mean"
    return [Point(row["time"], row[value]) for row in table.to_pylist()]


def nights(district: str, days: int, until: date | None = None) -> list[Night]:
    """The last so many finished nights of a district, oldest first; a night without data is left out."""
    last = until or _last_night()
    found = least_inflow(last - timedelta(days=days - 1), last, [district])
    return [Night(day, least) for day, least in sorted(found.get(district, {}).items())]


def least_inflow(
    first: date, last: date, districts: Sequence[str] | None = None
) -> dict[str, dict[date, float]]:
    """The least hourly inflow of each night from `first` to `last`: district → day → L/s."""
    table = questions.daily(
        store(), "water.inflow", _at(first), _at(last, NIGHT[1]), zone(), NIGHT, districts
    ).select(["entity", "day", "min"])
    found: dict[str, dict[date, float]] = {}
    for row in table.to_pylist():
        if row["min"] is not None:
            found.setdefault(row["entity"], {})[row["day"]] = row["min"]
    return found


def use(meter: str, since: datetime, until: datetime, every: Every = "hour") -> list[Use]:
    """What a meter counted in each hour, day or month; what is not known has no row."""
    table = questions.consumption(
        store(), meter, "water.index", since, until, every, zone(), rollover=_index().rollover
    )
    return [Use(row["time"], row["value"], row["estimated"]) for row in table.to_pylist()]


def latest(property: str, entities: Sequence[str] | None = None) -> dict[str, Reading]:
    """The newest observation of each thing: entity id → reading."""
    table = questions.latest(store(), f"water.{property}", entities)
    return {
        row["entity"]: Reading(row["time"], row["value"], row["state"] or "") for row in table.to_pylist()
    }


def balance(district: str, since: datetime, until: datetime) -> Balance | None:
    """The balance of one district from `since` to `until`; None where no inflow was measured."""
    return balances(since, until).get(district)


def balances(since: datetime, until: datetime) -> dict[str, Balance]:
    """The balances of all districts whose inflow was measured, over whole hours: district id → balance."""
    hours = round((until - since) / timedelta(hours=1))
    inflows = _look("inflow", Window("inflow", hours=hours, each="hour", take=("mean",)), until)
    counted = _look("index", Window("index", hours=hours, take=("increase",)), until)
    metered: dict[str, float] = {}
    reporting: dict[str, int] = {}
    for meter, district in Meter.objects.exclude(district=None).values_list("id", "district"):
        rise = counted.get(meter, {}).get("increase")
        if rise is not None:
            metered[district] = metered.get(district, 0.0) + rise
            reporting[district] = reporting.get(district, 0) + 1
    meters = dict(Meter.objects.exclude(district=None).values_list("district").annotate(Count("pk")))
    return {
        district: _balance(
            row["mean"], metered.get(district, 0.0), meters.get(district, 0), reporting.get(district, 0)
        )
        for district, row in inflows.items()
        if any(value is not None for value in row["mean"])
    }


def _balance(flows: Sequence[float | None], metered: float, meters: int, reporting: int) -> Balance:
    known = [flow for flow in flows if flow is not None]
    volume = sum(known) * HOUR_M3 * len(flows) / len(known)
    return Balance(volume, metered, meters, reporting, len(known) < len(flows) or reporting < meters)


def _look(name: str, window: Window, until: datetime) -> dict[str, Mapping[str, Any]]:
    table = questions.window(store(), "water", _declared(name), window, until=until, zone=zone())
    return {row["entity"]: row for row in table.to_pylist()}


def _declared(name: str) -> Property:
    from candia.core.service import services

    return declared(services()["water"], name)


def _index() -> Property:
    return _declared("index")


def _at(day: date, hour: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=zone())


def _last_night() -> date:
    """The day of the last night that is over: today's once it has ended."""
    from django.utils import timezone

    now = timezone.now().astimezone(zone())
    return now.date() if now.hour >= NIGHT[1] else now.date() - timedelta(days=1)
