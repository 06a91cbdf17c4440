"""The rules of water: patterns in the inflow of districts and in the indexes of meters. Pure; see core/rule.py."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.utils.translation import gettext_noop as __

from candia.core.rule import CLEAR, UNSURE, Open, Row, Verdict
from candia.services.water.night_flow import above, usual

LITRES = 1000
#: Less than this, L, a household draws in some hour of two days.
RUNNING = 4.0
#: L/s through a day are so many m³.
DAY_M3 = 86.4
# What a lost m³ is worth unless the city says otherwise, in euros: the order of the desk follows from it.
PRICE = 1.0
#: How the shared rules speak of meters.
STUCK = __(
    "The meter has counted nothing for {days} days, where it used to count {usual} L a day: "
    "it is stuck, or nobody is at home."
)
SILENT = __("The meter has sent nothing for {hours} hours.")
LOW_BATTERY = __("The battery of the meter stands at {percent} %.")
# Of what opened an alert, a value must fall to this share of the excess before the alert may close.
BACK = 0.6


def night_flow(
    row: Row,
    *,
    nights: int = 3,
    spreads: float = 4.0,
    ratio: float = 0.05,
    litres: float = 0.3,
    price: float = PRICE,
) -> Verdict:
    """A district's least inflow at night stands above its usual for `nights` nights: a leak that has begun.

    `row.min` holds the least hourly inflow (L/s) of each night, oldest first. Above means by `spreads` of the
    usual nights' spread, by the share `ratio` and by `litres` L/s. `price`: of a lost m³, in euros.
    """
    least: Sequence[float | None] = row.min or ()
    normal = usual(least[:-nights])
    if normal is None or not least or least[-1] is None:
        return UNSURE
    tonight, limit = least[-1], normal.limit(spreads, ratio, litres)
    high = above(least, limit)
    more = tonight - normal.level
    if high >= nights:
        return Open(
            __(
                "Night flow is {tonight} L/s, usually {usual} L/s: {more} m³ a day more, for {nights} nights now."
            ),
            {
                "tonight": tonight,
                "usual": normal.level,
                "more": more * DAY_M3,
                "nights": high,
                "limit": limit,
            },
            "severe" if more > abs(normal.level) else "moderate",
            more * DAY_M3 * price,
        )
    return CLEAR if more <= BACK * (limit - normal.level) else UNSURE


def mains_burst(
    row: Row, *, hours: int = 2, ratio: float = 1.5, litres: float = 1.0, price: float = PRICE
) -> Verdict:
    """A district's inflow stands far above the highest that these hours have had in two weeks: a burst main.

    `row.mean` holds the mean inflow (L/s) of each of the last 15 days' hours, oldest first.
    """
    flows: Sequence[float | None] = row.mean or ()
    now = flows[-hours:]
    known = [flow for flow in now if flow is not None]
    highest = [_highest(flows, back) for back in range(hours, 0, -1)]
    if len(known) < hours or None in highest:
        return UNSURE
    limits = [max(ratio * high, high + litres) for high in highest if high is not None]
    if all(flow > limit for flow, limit in zip(known, limits, strict=True)):
        peak = max(high for high in highest if high is not None)
        return Open(
            __("Inflow is {now} L/s where these hours had at most {highest} L/s: perhaps a burst main."),
            {"now": known[-1], "highest": peak, "hours": hours},
            "severe",
            (known[-1] - peak) * DAY_M3 * price,
        )
    return CLEAR if known[-1] <= limits[-1] else UNSURE


def continuous_flow(row: Row, *, litres: float = RUNNING, missing: int = 8, price: float = PRICE) -> Verdict:
    """Water has run through a meter in every hour of two days: a leak in the house.

    `row.increase` (m³) and `row.count` hold one value for each hour, oldest first; at most `missing` unknown.
    """
    if row.bulk:
        return CLEAR
    known = [
        rise * LITRES
        for rise, count in zip(row.increase or (), row.count or (), strict=True)
        if rise is not None and count
    ]
    if not known:
        return UNSURE
    least = min(known)
    if least < litres:
        return CLEAR
    if len(row.increase) - len(known) > missing:
        return UNSURE
    return Open(
        __("Water has run without a pause for {lasting}, at least {least} L in every hour: {daily} L a day."),
        {"least": least, "daily": least * 24, "hours": len(known)},
        "severe" if least >= 60 else "moderate" if least >= 15 else "minor",  # noqa: PLR2004 — L/h
        least * 24 / LITRES * price,
        lasted=timedelta(hours=len(row.increase)),
    )


def burst(row: Row, *, litres: float = 450.0, hours: int = 2, price: float = PRICE) -> Verdict:
    """Far more runs through a household's meter than a household draws, hour after hour: a burst pipe.

    `row.increase` (m³) holds one value for each hour, oldest first.
    """
    if row.bulk:
        return CLEAR
    now = [rise for rise in (row.increase or ())[-hours:] if rise is not None]
    if len(now) < hours:
        return UNSURE
    drawn = [rise * LITRES for rise in now]
    if min(drawn) >= litres:
        return Open(
            __("{drawn} L have run through the meter in {hours} hours: perhaps a burst pipe."),
            {"drawn": sum(drawn), "hours": hours},
            "severe",
            sum(drawn) / hours * 24 / LITRES * price,
            lasted=timedelta(hours=hours),
        )
    return CLEAR


def backflow(row: Row, *, litres: float = 20.0) -> Verdict:
    """Water has flowed back from a house into the network, which may spoil it; `row.increase` in m³."""
    if row.increase is None:
        return UNSURE
    back = row.increase * LITRES
    if back < litres:
        return CLEAR
    return Open(
        __("{back} L have flowed back into the network within two days."),
        {"back": back},
        "severe" if back >= 500 else "moderate",  # noqa: PLR2004 — litres
    )


def _highest(flows: Sequence[float | None], back: int) -> float | None:
    """The highest of the hour so far back and of its neighbours, on the days before; None for too few days."""
    place = len(flows) - back
    days = [
        [flow for flow in flows[max(0, place - day - 1) : place - day + 2] if flow is not None]
        for day in range(24, place, 24)
    ]
    known = [max(day) for day in days if day]
    return max(known) if len(known) >= 7 else None  # noqa: PLR2004 — a week
