"""Simulation: what the meters of a sample city count hour by hour; pure, seeded, whole days of all meters at once.

A home's litres an hour are a number of uses (Poisson) times what each takes (gamma), in the manner of SIMDEUM
(Blokker et al. 2010). When they happen follows the mean weekday and weekend curves of the three residential
districts C, F and G of the recorded data set (Alvisi et al. 2024, CC BY 4.0), each less its least hour, which is
leakage for the most part; holidays are weekends. How much follows from who lives there: 145 L a person and day,
which gives a home somewhat less than what a connection of district C takes if two fifths of its night flow are
lost (453 L a day).
Homes with a garden water it on summer days (May to September, at six or at nine in the evening), a few are let to
visitors and mostly empty in winter, and people are away now and then, most of them in August. The shares of
gardens, lets and absences are chosen, not measured.

The same seed and day give the same litres, so that what was loaded goes on where it ended.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from candia.services.water.hidden import Hidden

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

LITRES_A_PERSON, LITRES_A_USE = 145.0, 11.0
PEOPLE = ((1, 2, 3, 4, 5, 6), (0.26, 0.29, 0.19, 0.18, 0.06, 0.02))
GARDENS, LETS = 0.10, 0.06
# Of a hundred readings so many get lost on the radio.
LOST = 0.004
#: A register shows so many litres before it begins again.
TURN = 100_000_000

# The share of a weekday's use in each local hour, and of a free day's in the same measure; in the small hours
# the record's least hour was taken off, so a visit to the bathroom is put back.
WEEKDAY = (
    0.014, 0.006, 0.004, 0.003, 0.004, 0.011, 0.041, 0.082, 0.077, 0.067, 0.057, 0.051,
    0.049, 0.051, 0.047, 0.043, 0.041, 0.049, 0.058, 0.069, 0.069, 0.055, 0.035, 0.026,
)  # fmt: skip
FREE = (
    0.017, 0.009, 0.005, 0.003, 0.004, 0.007, 0.022, 0.046, 0.075, 0.088, 0.085, 0.078,
    0.072, 0.065, 0.057, 0.051, 0.049, 0.055, 0.062, 0.067, 0.065, 0.050, 0.035, 0.028,
)  # fmt: skip
SUMMER, AUGUST, SATURDAY = range(5, 10), 8, 5
# How likely a let flat is taken in a week of each month.
SEASON = (0.1, 0.1, 0.15, 0.4, 0.6, 0.85, 0.95, 0.95, 0.85, 0.5, 0.15, 0.15)


@dataclass(frozen=True)
class Homes:
    """What stays the same of each meter: litres a day, who lives there, and how its register stood."""

    litres: Floats
    let: Flags
    garden: Flags
    #: How long after the full hour each sends its reading, ms.
    offset: Whole
    #: What the register showed on the first day, litres.
    first: Whole
    #: The day in a battery's ten years.
    age: Whole

    def __len__(self) -> int:
        return len(self.litres)


class Bulk(Protocol):
    """Meters that are not homes: how many, and their litres in each hour of a day, [meters, 24]."""

    def __len__(self) -> int: ...

    def use(self, day: date, zone: ZoneInfo) -> Floats:
        """The litres in each hour that begins on this UTC day."""
        ...


@dataclass(frozen=True)
class Day:
    """A UTC day of readings, each array [meters, 24] but `battery` [meters]; `said` where one was sent."""

    date: date
    time: Whole
    index: Floats
    backflow: Floats
    flowing_back: Flags
    exchanged: Flags
    said: Flags
    battery: Floats


def homes(count: int, seed: int) -> Homes:
    """So many homes, the same for the same seed."""
    rng = np.random.default_rng([seed, count])
    people = rng.choice(PEOPLE[0], count, p=PEOPLE[1])
    first = rng.integers(20_000, 2_500_000, count)
    # Some registers are old enough to turn over soon.
    old = rng.random(count) < 2 / 1000
    first[old] = TURN - rng.integers(2_000, 60_000, int(old.sum()))
    return Homes(
        litres=people * LITRES_A_PERSON * rng.gamma(8.0, 1 / 8.0, count),
        let=rng.random(count) < LETS,
        garden=rng.random(count) < GARDENS,
        offset=rng.integers(0, 3_600_000, count),
        first=first,
        age=rng.integers(0, 3653, count),
    )


def use(homes: Homes, day: date, zone: ZoneInfo, seed: int) -> Floats:
    """The litres of each home in each hour that begins on this UTC day, [homes, 24]."""
    rng = np.random.default_rng([seed, day.toordinal()])
    share = np.array([shape(hour) for hour in local_hours(day, zone)])
    uses = rng.poisson(
        np.where(present(homes, day, seed), homes.litres, 0)[:, None] / LITRES_A_USE * share[None, :]
    )
    taken: Floats = np.rint(rng.gamma(uses * 0.9, LITRES_A_USE / 0.9))
    return taken + garden(homes, day, zone, rng)


def present(homes: Homes, day: date, seed: int) -> Flags:
    """Where somebody is at home on this day: people are away for a few days now and then, in August for weeks."""
    year, week, weekday = day.isocalendar()
    rng = np.random.default_rng([seed, year, week, 1])
    chance, leave, stay = (
        rng.random(len(homes)),
        rng.integers(1, 7, len(homes)),
        rng.integers(1, 6, len(homes)),
    )
    away = (weekday >= leave) & (weekday < leave + stay)
    gone = (chance < 0.22) if day.month == AUGUST else (chance < 0.05) & away  # noqa: PLR2004 — shares of homes
    # Between two visitors a let flat is empty for two days.
    taken = (chance < SEASON[day.month - 1]) & (weekday != leave) & (weekday != leave + 1)
    return np.where(homes.let, taken, ~gone)


def garden(homes: Homes, day: date, zone: ZoneInfo, rng: np.random.Generator) -> Floats:
    """The litres for gardens, in the morning or evening of every other summer day."""
    litres = np.zeros((len(homes), 24))
    if day.month not in SUMMER:
        return litres
    waters = homes.garden & ((homes.age + day.toordinal()) % 2 == 0)
    hours = [moment.hour for moment in local_hours(day, zone)]
    for wanted, half in ((6, homes.age % 4 < 2), (21, homes.age % 4 >= 2)):  # noqa: PLR2004
        if wanted in hours:
            who = waters & half
            litres[who, hours.index(wanted)] = np.rint(rng.gamma(6.0, 30.0, int(who.sum())))
    return litres


@cache
def local_hours(day: date, zone: ZoneInfo) -> tuple[datetime, ...]:
    """The local moments at which the hours of a UTC day begin."""
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return tuple((start + timedelta(hours=hour)).astimezone(zone) for hour in range(24))


def shape(hour: datetime) -> float:
    """The share of a day's use in this local hour."""
    return (FREE if is_free(hour.date()) else WEEKDAY)[hour.hour]


def is_free(day: date) -> bool:
    """Whether it is a weekend, a national holiday or that of the city's patron, 11 November."""
    return day.weekday() >= SATURDAY or day in _holidays() or (day.month, day.day) == (11, 11)


@cache
def _holidays() -> Any:
    import holidays

    return holidays.country_holidays("GR")


def days(
    homes: Homes,
    hidden: Sequence[Hidden],
    begin: date,
    zone: ZoneInfo,
    seed: int,
    bulk: Bulk | None = None,
) -> Iterator[Day]:
    """The readings day by day without end, from the first; the bulk's meters come after the homes."""
    rest = len(bulk) if bulk else 0
    index = np.concatenate([homes.first, np.zeros(rest, np.int64)]).astype(float)
    offset = np.concatenate([homes.offset, np.arange(rest, dtype=np.int64) * 60_000 + 30_000])
    age = np.concatenate([homes.age, np.zeros(rest, np.int64)])
    back = np.zeros(len(index))
    day = begin
    while True:
        litres = use(homes, day, zone, seed)
        if bulk is not None:
            litres = np.concatenate([litres, np.rint(bulk.use(day, zone))])
        told = _tell(litres, index, back, offset, _battery(age, day), hidden, day, seed)
        index, back = told[1], told[2]
        yield told[0]
        day += timedelta(days=1)


def _tell(
    litres: Floats,
    before: Floats,
    back: Floats,
    offset: Whole,
    battery: Floats,
    hidden: Sequence[Hidden],
    day: date,
    seed: int,
) -> tuple[Day, Floats, Floats]:
    """One day's readings with what is hidden worked in; the registers at its end."""
    shape = litres.shape
    said = np.random.default_rng([seed, day.toordinal(), 2]).random(shape) >= LOST
    backwards, exchanges = np.zeros(shape), np.zeros(shape, bool)
    start = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())
    exchanged: list[tuple[int, int]] = []
    for one in hidden:
        hours = one.hours(start)
        if not hours:
            continue
        span = slice(hours[0], hours[-1] + 1)
        match one.kind:
            case "leak" | "burst":
                litres[one.meter, span] += one.size
            case "stuck":
                litres[one.meter, span] = 0
            case "silent":
                said[one.meter, span] = False
            case "backflow":
                backwards[one.meter, span] = one.size
            case "low_battery":
                battery[one.meter] = max(1.0, one.size - one.days_since(start) * 0.2)
            case "exchange":
                exchanged.append((one.meter, hours[0]))
    index = before[:, None] + np.cumsum(litres, axis=1)
    for meter, hour in exchanged:
        index[meter, hour:] -= index[meter, hour]
        exchanges[meter, hour], said[meter, hour] = True, True
    backflow = back[:, None] + np.cumsum(backwards, axis=1)
    time = start * 1000 + np.arange(24, dtype=np.int64)[None, :] * 3_600_000 + offset[:, None]
    told = Day(day, time, index % TURN / 1000, backflow / 1000, backwards > 0, exchanges, said, battery)
    return told, index[:, -1], backflow[:, -1]


def _battery(age: Whole, day: date) -> Floats:
    """A battery lasts ten years and is changed at a quarter."""
    return 25.0 + np.floor(75.0 * (1 - ((age + day.toordinal()) % 3653) / 3653))
