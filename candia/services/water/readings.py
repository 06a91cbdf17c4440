"""What is asked of water's observations, in water's own words; each answer is one or two queries of the store.

Flows are in L/s, volumes in m³, moments aware; days and nights are the city's. The balance follows the IWA's
terms: system input volume, authorised consumption (billed and metered), and water losses, their difference.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from django.utils import timezone

from candia.core.telemetry import declared, store, zone
from candia.services.water.models import FEW, Meter
from candia.services.water.rules import LITRES, RUNNING
from candia.telemetry import questions
from candia.telemetry.observation import Property, Window
from candia.telemetry.store import StoreAway

if TYPE_CHECKING:
    import pyarrow as pa
    from django.db.models import QuerySet

#: The local hours of a night in which hardly anybody draws water.
NIGHT = (2, 5)
#: A meter that has said nothing for so long is silent.
SILENT = timedelta(hours=26)
#: With less than this share of the hours or of the meters a balance would be a guess.
ENOUGH = 0.5
#: L/s over an hour are so many m³.
HOUR_M3 = 3.6
HOUR = timedelta(hours=1)
LOOKED_BACK = timedelta(days=60)

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

    `input_m3` is the system input volume, `metered_m3` the billed metered authorised consumption. It is
    `estimated` where hours of inflow are missing (their mean stands in), readings of a meter lie more than a
    day apart, or a meter was silent at the end (it is taken to have gone on as before).
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
        """Losses as a share of the input; None where so few meters reported that it were a guess."""
        if self.input_m3 <= 0 or not self.meters or self.meters_reporting < ENOUGH * self.meters:
            return None
        return self.losses_m3 / self.input_m3

    @property
    def public(self) -> bool:
        """Whether so many meters reported that it tells about no household."""
        return self.meters_reporting >= FEW


def inflow(
    district: str, since: datetime, until: datetime, every: Literal["raw", "hour", "day", "month"] = "hour"
) -> list[Point]:
    """A district's inflow from `since` to before `until`: as measured, or the mean of each stretch."""
    found = questions.series(store(), district, "water.inflow", since, until, every, zone())
    value = "value" if every == "raw" else "mean"
    return [Point(row["time"], row[value]) for row in found.to_pylist()]


def nights(district: str, days: int, until: date | None = None) -> list[Night]:
    """The last so many finished nights of a district, oldest first; a night without data is left out."""
    last = until or _last_night()
    found = least_inflow(last - timedelta(days=days - 1), last, [district])
    return [Night(day, least) for day, least in sorted(found.get(district, {}).items())]


def least_inflow(
    first: date, last: date, districts: Sequence[str] | None = None
) -> dict[str, dict[date, float]]:
    """The least hourly inflow of each night from `first` to `last`: district → day → L/s."""
    asked = questions.daily(
        store(), "water.inflow", _at(first), _at(last, NIGHT[1]), zone(), NIGHT, districts
    ).select(["entity", "day", "min"])
    found: dict[str, dict[date, float]] = {}
    for row in asked.to_pylist():
        if row["min"] is not None:
            found.setdefault(row["entity"], {})[row["day"]] = row["min"]
    return found


def use(meter: str, since: datetime, until: datetime, every: Every = "hour") -> list[Use]:
    """What a meter counted in each hour, day or month; what is not known has no row."""
    found = questions.consumption(
        store(), meter, "water.index", since, until, every, zone(), rollover=_index().rollover
    )
    return [Use(row["time"], row["value"], row["estimated"]) for row in found.to_pylist()]


def running_since(meter: str, until: datetime) -> datetime | None:
    """Since when water has run through a meter in every finished hour; None where it has not, or nobody knows.

    It looks two months back, and not beyond the day on which this household began.
    """
    end = until.replace(minute=0, second=0, microsecond=0)
    begun = Meter.objects.filter(pk=meter).values_list("household_since", flat=True).first()
    since = None
    try:
        hours = use(meter, max(filter(None, (end - LOOKED_BACK, begun))), end)
    except StoreAway:
        return None
    for each in reversed(hours):
        if each.m3 * LITRES < RUNNING:
            break
        since = each.time
    return since


def latest(property: str, entities: Sequence[str] | None = None) -> dict[str, Reading]:
    """The newest observation of each thing: entity id → reading."""
    found = questions.latest(store(), f"water.{property}", entities)
    return {
        row["entity"]: Reading(row["time"], row["value"], row["state"] or "") for row in found.to_pylist()
    }


def balance(district: str, since: datetime, until: datetime) -> Balance | None:
    """The balance of one district ; None where its inflow was measured in too few hours."""
    return _balances(Meter.objects.filter(district=district), district, since, until).get(district)


def balances(since: datetime, until: datetime) -> dict[str, Balance]:
    """The balances of all districts whose inflow was measured, over whole hours: district id → balance."""
    return _balances(Meter.objects.exclude(district=None), None, since, until)


def _balances(
    among: QuerySet[Meter], district: str | None, since: datetime, until: datetime
) -> dict[str, Balance]:
    # In UTC, where alone differences across a change of the clocks are right.
    until = min(until.astimezone(UTC), timezone.now().astimezone(UTC))
    hours = max(1, round((until - since.astimezone(UTC)) / HOUR))
    own: dict[str, list[str]] = {}
    for meter, place in among.values_list("id", "district"):
        own.setdefault(place, []).append(meter)
    asked = Window("inflow", hours=hours, each="hour", take=("mean",))
    inflows = _look("inflow", asked, until, [district] if district else None)
    asked = Window("index", hours=hours, take=("increase", "count", "last_time"))
    counted = _look("index", asked, until, own.get(district, []) if district else None)
    return {
        place: _balance(row["mean"], [counted.get(meter) for meter in own.get(place, [])], until)
        for place, row in inflows.items()
        if sum(value is not None for value in row["mean"]) >= ENOUGH * hours
    }


def _balance(
    flows: Sequence[float | None], counted: Sequence[Mapping[str, Any] | None], until: datetime
) -> Balance:
    known, hours = [flow for flow in flows if flow is not None], len(flows)
    told = [meter for meter in counted if meter is not None and meter["increase"] is not None]
    reporting = sum(meter["last_time"] > until - SILENT for meter in told)
    apart = any(meter["count"] * 24 < hours for meter in told)
    return Balance(
        sum(known) * HOUR_M3 * hours / len(known),
        sum(_gone_on(meter, hours, until) for meter in told),
        len(counted),
        reporting,
        estimated=apart or len(known) < hours or reporting < len(counted),
    )


def _gone_on(meter: Mapping[str, Any], hours: int, until: datetime) -> float:
    """What a meter counted, m³; after its last reading it has gone on if it told of the longer part."""
    counted, silent = float(meter["increase"]), (until - meter["last_time"]) / HOUR
    return counted * hours / (hours - silent) if silent <= hours / 2 else counted


def table(name: str, window: Window, until: datetime, only: Sequence[str] | None = None) -> pa.Table:
    """What a window over a property of water takes of every thing, or of these."""
    return questions.window(
        store(), "water", _declared(name), window, until=until, zone=zone(), entities=only
    )


def _look(
    name: str, window: Window, until: datetime, only: Sequence[str] | None
) -> dict[str, Mapping[str, Any]]:
    return {row["entity"]: row for row in table(name, window, until, only).to_pylist()}


def _declared(name: str) -> Property:
    from candia.core.service import services

    return declared(services()["water"], name)


def _index() -> Property:
    return _declared("index")


def _at(day: date, hour: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=zone())


def _last_night() -> date:
    """The day of the last night that is over: today's once it has ended."""
    now = timezone.now().astimezone(zone())
    return now.date() if now.hour >= NIGHT[1] else now.date() - timedelta(days=1)
