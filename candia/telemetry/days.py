"""Days: what each counter did on each of the city's days, computed anew from its hours as these are from readings.

A day's row follows from the hours of that day alone, so what is true of hours is true of days: whatever comes
twice, late or shuffled, the same rows come out. What rose from one day to the next is told when it is asked for.
"""

from __future__ import annotations

from collections.abc import Mapping

from candia.telemetry.observation import Property

# What a counter rose by from one reading to the next, `d` being their difference. A register that turned over
# falls by nearly its whole range; any other fall, and an exchange, begins a new baseline.
RISE = "multiIf({d} >= 0, {d}, {r} > 0 AND {d} < -{r} / 2, {d} + {r}, 0)"
COLUMNS = (
    "property, day, entity, count, numbers, first, last, "
    "first_hour, last_hour, increase, fresh, parted, computed"
)
# Of an hour: 1 when it begins, 2 its first and 3 its last value, 4 what rose within, 5 whether it begins anew.
_between = RISE.format(d="(b.2 - a.3)", r="rollover")
#: Of hours, the days of counters.
DAYS = f"""
SELECT
    property, toDate(hour, {{{{zone:String}}}}) AS day, entity,
    toUInt32(sum(h.count)) AS count, toUInt32(sum(h.numbers)) AS numbers,
    arraySort(groupArrayIf(
        (hour, assumeNotNull(h.first), assumeNotNull(h.last), h.increase, h.fresh), h.numbers > 0
    )) AS hours,
    transform(property, {{{{counters:Array(String)}}}}, {{{{rollovers:Array(Float64)}}}}, -1.) AS rollover,
    hours[1].2 AS first, hours[-1].3 AS last,
    if(empty(hours), min(hour), hours[1].1) AS first_hour, if(empty(hours), max(hour), hours[-1].1) AS last_hour,
    arraySum(one -> one.4, hours) + arraySum(
        (a, b) -> if(b.5, 0, {_between}), arrayPopBack(hours), arrayPopFront(hours)
    ) AS increase,
    hours[1].5 AS fresh,
    arrayExists(
        (a, b) -> NOT b.5 AND dateDiff('hour', a.1, b.1) > 1, arrayPopBack(hours), arrayPopFront(hours)
    ) AS parted,
    fromUnixTimestamp64Milli({{{{computed:Int64}}}}, 'UTC') AS computed
FROM hourly AS h FINAL
WHERE property IN {{{{counters:Array(String)}}}} AND {{where}}
GROUP BY property, day, entity
"""
#: The days of hours that were touched; a day has 25 hours at most.
TOUCHED = (
    "(property, entity, toDate(hour, {zone:String})) IN "
    "(SELECT property, entity, toDate(hour, {zone:String}) FROM touched) AND "
    "hour > toDateTime({since:Int64} - 90000, 'UTC') AND hour < toDateTime({until:Int64} + 90000, 'UTC')"
)
#: All days that the stretch touches.
BETWEEN = (
    "toDate(hour, {zone:String}) BETWEEN toDate(toDateTime({since:Int64}, 'UTC'), {zone:String}) "
    "AND toDate(toDateTime({until:Int64} - 1, 'UTC'), {zone:String}) AND "
    "hour > toDateTime({since:Int64} - 90000, 'UTC') AND hour < toDateTime({until:Int64} + 90000, 'UTC')"
)


def counters(properties: Mapping[str, Property]) -> dict[str, list[str] | list[float]]:
    """The counters and where each turns over (0 for nowhere), as parameters of what computes hours and days."""
    found = {name: declared.rollover or 0.0 for name, declared in properties.items() if declared.counter}
    return {"counters": list(found), "rollovers": list(found.values())}
