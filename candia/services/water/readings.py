"""Readings: what is asked of water's observations, in water's words; times are UTC, days are the city's.

A balance follows the IWA: system input volume, billed metered authorised consumption, and water losses, which
are what is left. What nobody measured is told as estimated.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

import pyarrow as pa
from django.utils import timezone

from candia.core.telemetry import declared, store, zone
from candia.services.water.models import Meter
from candia.telemetry import questions
from candia.telemetry.observation import Window

#: The hours of the night in which the least water is used.
NIGHT = (2, 5)
#: Of fewer meters nothing is told to the public: it would tell about households.
FEW = 10
#: A meter that said nothing for so long is silent.
SILENT = timedelta(hours=26)
#: With less than this share of the hours or meters a balance would be a guess.
ENOUGH = 0.5
HOUR, M3_PER_HOUR = 3600, 3.6


@dataclass(frozen=True)
class Point:
    """A value at a moment, or the mean of the stretch that begins with it."""

    time: datetime
    value: float


@dataclass(frozen=True)
class Night:
    """The least inflow between two and five of a day, L/s."""

    day: date
    minimum: float


@dataclass(frozen=True)
class Use:
    """What a meter counted in the stretch that begins with this moment, m³."""

    time: datetime
    m3: float
    estimated: bool


@dataclass(frozen=True)
class Reading:
    """The newest observation of a thing: a number, a state, or both."""

    time: datetime
    value: float | None
    state: str


@dataclass(frozen=True)
class Balance:
    """A district's water balance (IWA) over some time; `share` is None where too little is known.

    `input_m3` is the system input volume, `metered_m3` the billed metered authorised consumption.
    """

    input_m3: float
    metered_m3: float
    meters: int
    meters_reporting: int
    estimated: bool
    share: float | None

    @property
    def losses_m3(self) -> float:
        """Water losses: what flowed in and was not counted; below zero where meters count more than flows in."""
        return self.input_m3 - self.metered_m3

    @property
    def public(self) -> bool:
        """Whether so many meters reported that it tells about no household."""
        return self.meters_reporting >= FEW


def inflow(
    district: str, since: datetime, until: datetime, every: Literal["raw", "hour", "day"] = "raw"
) -> list[Point]:
    """A district's inflow, L/s: as it came, or the mean of each hour or day."""
    found = questions.series(store(), district, "water.inflow", _utc(since), _utc(until), every, zone())
    value = "value" if every == "raw" else "mean"
    return [Point(row["time"], row[value]) for row in found.to_pylist() if row[value] is not None]


def nights(district: str, days: int, until: date | None = None) -> list[Night]:
    """The least inflow of each of so many nights up to that of `until`; a night without readings is left out."""
    last = until or timezone.localdate(timezone=zone())
    since, end = midnight(last - timedelta(days=days - 1)), midnight(last + timedelta(days=1))
    found = questions.daily(store(), "water.inflow", since, end, zone(), NIGHT, [district])
    return [Night(row["day"], row["min"]) for row in found.to_pylist() if row["min"] is not None]


def use(
    meter: str, since: datetime, until: datetime, every: Literal["hour", "day", "month"] = "hour"
) -> list[Use]:
    """What a meter counted; between readings that lie apart the use is spread evenly and told as estimated."""
    found = questions.consumption(
        store(),
        meter,
        "water.index",
        _utc(since),
        _utc(until),
        every,
        zone(),
        rollover=_index().rollover,
    )
    return [Use(row["time"], row["value"], row["estimated"]) for row in found.to_pylist()]


def latest(property: str, entity_ids: Sequence[str] | None = None) -> dict[str, Reading]:
    """The newest reading of a property (`inflow`, `index`, …) of these things, or of all."""
    found = questions.latest(store(), f"water.{property}", entity_ids)
    return {row["entity"]: Reading(row["time"], row["value"], row["state"]) for row in found.to_pylist()}


def balance(district: str, since: datetime, until: datetime) -> Balance:
    """The balance of one district from `since` to before `until`."""
    meters = {
        meter: district for meter in Meter.objects.filter(district=district).values_list("pk", flat=True)
    }
    return _balances([district], meters, since, until)[district]


def balances(since: datetime, until: datetime) -> dict[str, Balance]:
    """The balance of every district that has inflow or meters, in two questions."""
    meters = dict(Meter.objects.exclude(district=None).values_list("pk", "district_id"))
    return _balances(None, meters, since, until)


def midnight(day: date) -> datetime:
    """The moment at which a day of the city begins."""
    return datetime(day.year, day.month, day.day, tzinfo=zone())


def _balances(
    districts: Sequence[str] | None, meters: Mapping[str, str], since: datetime, until: datetime
) -> dict[str, Balance]:
    since, until = _utc(since), min(_utc(until), timezone.now())
    hours = max(1, round((until - since).total_seconds() / HOUR))
    flowed = _flowed(districts, since, until)
    counted = _counted(meters if districts else None, hours, until)
    own: dict[str, list[Mapping[str, Any] | None]] = {}
    for meter, district in meters.items():
        own.setdefault(district, []).append(counted.get(meter))
    return {
        district: _balance(flowed.get(district, (0.0, 0)), own.get(district, []), hours, until)
        for district in districts or sorted(flowed.keys() | own.keys())
    }


def _balance(
    flowed: tuple[float, int], counted: Sequence[Mapping[str, Any] | None], hours: int, until: datetime
) -> Balance:
    """A balance from the sum of hourly means (L/s) with their number, and what was taken of each meter."""
    total, known = flowed
    # Hours without a reading are taken for what the others were.
    volume = total * M3_PER_HOUR * (hours / known if known else 0)
    told = [meter for meter in counted if meter is not None and meter["increase"] is not None]
    reporting = [meter for meter in told if meter["last_time"] > until - SILENT]
    metered = sum(_whole(meter, hours, until) for meter in told)
    whole = known >= hours and len(reporting) == len(counted)
    apart = any(meter["count"] * 24 < hours for meter in told)
    enough = known >= ENOUGH * hours and len(reporting) >= max(1, ENOUGH * len(counted))
    return Balance(
        volume,
        metered,
        len(counted),
        len(reporting),
        estimated=apart or not whole,
        share=(volume - metered) / volume if enough and volume > 0 else None,
    )


def _whole(meter: Mapping[str, Any], hours: int, until: datetime) -> float:
    """What a meter counted; for the time after its last reading, as much as before, if that was the longer part."""
    counted = float(meter["increase"])
    silent = (until - meter["last_time"]).total_seconds() / HOUR
    if silent <= 1 or silent > hours / 2:
        return counted
    return counted * hours / (hours - silent)


def _flowed(
    districts: Sequence[str] | None, since: datetime, until: datetime
) -> dict[str, tuple[float, int]]:
    """The sum of the hourly means of inflow (L/s) and how many hours have one."""
    only = "" if districts is None else " AND entity IN {entities:Array(String)}"
    found = store().ask(
        "SELECT entity, sum(sum / numbers) AS total, count() AS hours FROM hourly FINAL "
        "WHERE property = 'water.inflow' AND numbers > 0 AND hour >= fromUnixTimestamp({since:Int64}, 'UTC') "
        f"AND hour < fromUnixTimestamp({{until:Int64}}, 'UTC'){only} GROUP BY entity "
        f"{questions.SETTINGS}",
        since=int(since.timestamp()),
        until=int(until.timestamp()),
        **({} if districts is None else {"entities": list(districts)}),
    )
    return {row["entity"]: (row["total"], row["hours"]) for row in found.to_pylist()}


def _counted(meters: Mapping[str, str] | None, hours: int, until: datetime) -> dict[str, Mapping[str, Any]]:
    """What each meter rose by in the hours before `until`: increase, count, last_time."""
    asked = Window("index", hours=hours, take=("increase", "count", "last_time"))
    only = None if meters is None else list(meters)
    found: pa.Table = questions.window(
        store(), "water", _index(), asked, until=until, zone=zone(), entities=only
    )
    return {row["entity"]: row for row in found.to_pylist()}


def _index() -> Any:
    from candia.core.service import services

    return declared(services()["water"], "index")


def _utc(moment: datetime) -> datetime:
    """The moment in UTC, in which alone differences across a change of the clocks are right."""
    return moment.astimezone(UTC)
