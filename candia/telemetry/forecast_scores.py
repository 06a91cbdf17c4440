"""Forecast scores: what was said beforehand, held against what came, and against who repeats the season before.

Scores are sums over all things, by the day of the truth and by how far ahead it was said, so that any stretch of
days follows from them. The naive forecast of a step is what was observed at the same time of the city's clock one
season before, or as many seasons before as were needed for it to be known when the forecast was issued.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from candia.telemetry.derived import HOUR, StepTake
from candia.telemetry.frame import expression
from candia.telemetry.observation import Property
from candia.telemetry.store import SETTINGS, Store

DAY = 24 * HOUR
#: Up to how far ahead (s) what was said is told together.
HORIZONS = (
    900, 1800, HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, *(days * DAY for days in (1, 2, 3, 4, 5, 6, 7, 14, 28, 365)),
)  # fmt: skip


# An error that is none, as quantiles are kept in 32 bits.
NOTHING = 1e-6


@dataclass(frozen=True, kw_only=True)
class Scored:
    """What is scored: a property by its full name, in steps of so many seconds, with a season of so many days."""

    name: str
    declared: Property
    step: int
    take: StepTake
    season: int
    longest: int


# Of what was said of a day: how long before (s), its middle, and the moment at which the naive forecast looks.
SAID = """
SELECT entity, time, toInt64(toUnixTimestamp(time)) - toInt64(toUnixTimestamp(issued)) AS lead, levels, quantiles,
    quantiles[indexOf(arrayMap(level -> abs(level - 0.5) < 0.001, levels), 1)] AS middle,
    toDateTime(addDays(
        toTimeZone(time, {zone:String}), -{season:Int64} * (intDiv(lead, {season:Int64} * 86400) + 1)
    ), 'UTC') AS before
FROM forecasts FINAL WHERE property = {property:String}
AND time >= toDateTime({begin:Int64}, 'UTC') AND time < toDateTime({end:Int64}, 'UTC')
"""
SCORE = """
INSERT INTO forecast_scores
    (property, day, horizon, count, absolute, pinball, inside, compared, compared_absolute, naive_absolute)
SELECT {property:String}, toDateTime({begin:Int64}, 'UTC'),
    arrayFirst(edge -> edge >= lead + {step:Int64}, {horizons:Array(UInt32)}) AS horizon,
    count(), sum(abs(value - middle)),
    sum(arrayAvg((l, q) -> if(value >= q, l * (value - q), (1 - l) * (q - value)), levels, quantiles)),
    countIf(value >= quantiles[1] AND value <= quantiles[-1]), countIf(isNotNull(was)),
    sumIf(abs(value - middle), isNotNull(was)), sumIf(abs(value - assumeNotNull(was)), isNotNull(was))
"""


def score(store: Store, what: Scored, day: datetime, zone: ZoneInfo) -> int:
    """Score everything that was said of a day (its beginning, in UTC), and replace what was told of it before.

    Answers with how many forecasts of steps were held against the truth.
    """
    begin = int(day.timestamp())
    store.command(
        f"{SCORE} FROM (SELECT said.lead AS lead, said.levels AS levels, said.quantiles AS quantiles, "
        "said.middle AS middle, assumeNotNull(truth.value) AS value, earlier.value AS was "
        f"FROM ({SAID}) AS said INNER JOIN ({_truth(what, 'begin')}) AS truth "
        "ON truth.entity = said.entity AND truth.at = said.time "
        f"LEFT JOIN ({_truth(what, 'reach')}) AS earlier "
        "ON earlier.entity = said.entity AND earlier.at = said.before WHERE isNotNull(truth.value)"
        f") GROUP BY horizon {SETTINGS}, join_use_nulls = 1",
        property=what.name,
        begin=begin,
        end=begin + DAY,
        reach=begin - what.longest - (what.season + 2) * DAY,
        step=what.step,
        season=what.season,
        zone=zone.key,
        horizons=list(HORIZONS),
        states=list(what.declared.states),
        codes=[float(code) for code in range(len(what.declared.states))],
    )
    found = store.ask(
        "SELECT sum(count) AS n FROM forecast_scores FINAL WHERE property = {property:String} "
        "AND day = toDateTime({begin:Int64}, 'UTC')",
        property=what.name,
        begin=begin,
    )
    return int(found["n"][0].as_py() or 0)


def _truth(what: Scored, since: str) -> str:
    """What was observed in each step from a moment that is named, to the end of the day."""
    value, time, table = expression(what.declared, what.take, what.step)
    return (
        "SELECT entity, "
        f"toDateTime(intDiv(toInt64(toUnixTimestamp({time})), {{step:Int64}}) * {{step:Int64}}, 'UTC') AS at, "
        f"toNullable(toFloat64({value})) AS value FROM {table} FINAL WHERE property = {{property:String}} "
        f"AND {time} >= toDateTime({{{since}:Int64}}, 'UTC') AND {time} < toDateTime({{end:Int64}}, 'UTC') "
        "GROUP BY entity, at"
    )


@dataclass(frozen=True)
class Score:
    """How good what was said up to so far ahead was, over a stretch of days.

    `error` is the mean distance of the middle from the truth, `pinball` the mean quantile loss, `inside` the share
    of the truth that lay within the outermost quantiles. `compared_error` and `naive_error` go
    over the same pairs.
    """

    horizon: timedelta
    count: int
    error: float
    pinball: float
    inside: float
    compared_error: float | None
    naive_error: float | None

    @property
    def gain(self) -> float | None:
        """By which share it is nearer to the truth than the naive one; below nought where that is nearer."""
        if self.compared_error is None or self.naive_error is None:
            return None
        if self.naive_error <= NOTHING:
            return 0.0 if self.compared_error <= NOTHING else -1.0
        return 1 - self.compared_error / self.naive_error


def scores(store: Store, property: str, since: datetime) -> list[Score]:
    """How good the forecasts of a property have been from a day on, the nearest horizon first."""
    found = store.ask(
        "SELECT toInt64(horizon) AS edge, sum(count) AS n, sum(absolute) / n AS error, sum(pinball) / n AS loss, "
        "sum(inside) / n AS within, sum(compared) AS both, "
        "if(both > 0, sum(compared_absolute) / both, NULL) AS own, "
        "if(both > 0, sum(naive_absolute) / both, NULL) AS naive FROM forecast_scores FINAL "
        "WHERE property = {property:String} AND day >= toDateTime({since:Int64}, 'UTC') AND count > 0 "
        "GROUP BY edge ORDER BY edge",
        property=property,
        since=int(since.timestamp()),
    ).to_pylist()
    return [
        Score(
            timedelta(seconds=row["edge"]),
            row["n"],
            row["error"],
            row["loss"],
            row["within"],
            row["own"],
            row["naive"],
        )
        for row in found
    ]
