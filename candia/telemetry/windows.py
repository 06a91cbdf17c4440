"""Windows: a rule's one question for all entities, put together from whole hours and the raw edges."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa

from candia.telemetry.days import RISE, counters
from candia.telemetry.observation import Property, Window
from candia.telemetry.rollup import HOURS
from candia.telemetry.store import SETTINGS, Store

HOUR = 3600
# How far before the window the reading may lie from which a counter's increase is told.
BASELINE = 48 * HOUR
EPOCH = date(1970, 1, 1)

_fields = (
    "entity, hour, last_hour, count, numbers, sum, min, max, first, last, first_time, last_time, last_state"
)
_of_hours = _fields.replace("last_hour", "hour AS last_hour")
# Of days it is enough to know how often a counter was read and what it rose by.
_of_days = (
    "entity, first_hour AS hour, last_hour, count, numbers, NULL AS sum, NULL AS min, NULL AS max, "
    "if(numbers > 0, first, NULL) AS first, if(numbers > 0, last, NULL) AS last, "
    "toDateTime64(first_hour, 3, 'UTC') AS first_time, toDateTime64(last_hour, 3, 'UTC') AS last_time, "
    "'' AS last_state"
)
#: Of hours' rows, what is taken of them together.
TAKE = {
    "count": "sum(count)",
    "min": "min(min)",
    "max": "max(max)",
    "mean": "sum(sum) / sum(numbers)",
    "sum": "sum(sum)",
    "first": "argMin(first, first_time)",
    "last": "argMax(last, last_time)",
    "last_time": "max(last_time)",
    "increase": "if(sum(numbers) > 0, sum(rise), NULL)",
}
# Of a single hour, which is a row.
_take_of_hour = {name: name for name in ("count", "min", "max", "sum", "first", "last", "last_time")} | {
    "mean": "sum / numbers",
    "increase": "if(numbers > 0, rise, NULL)",
}
_take_of_states = {name: TAKE[name] for name in ("count", "last_time")} | {
    "last": "argMax(last_state, last_time)"
}
_take_of_states_of_hour = {"count": "count", "last_time": "last_time", "last": "last_state"}


class Question:
    """One window as SQL with its parameters; moments are seconds since 1970, milliseconds at the raw edges."""

    def __init__(
        self, name: str, declared: Property, window: Window, zone: ZoneInfo, entities: Sequence[str] | None
    ) -> None:
        if window.each == "hour":
            known = _take_of_states_of_hour if declared.states else _take_of_hour
        else:
            known = _take_of_states if declared.states else TAKE
        if not known.keys() >= set(window.take):
            raise ValueError(f"{name} has states; of states a window takes {', '.join(sorted(known))}.")
        self._window, self._zone = window, zone
        self._taken = [known[take] for take in window.take]
        self._rises = "increase" in window.take
        # What the store keeps of days is enough.
        self._whole_days = (
            declared.counter
            and window.each == "day"
            and window.between is None
            and {"count", "increase"} >= set(window.take)
        )
        self._by_day = False
        self._only = "" if entities is None else " AND entity IN {entities:Array(String)}"
        self._parameters: dict[str, Any] = {
            "property": name,
            "zone": zone.key,
            "rollover": declared.rollover or 0.0,
            **counters({name: declared}),
            **({} if entities is None else {"entities": list(entities)}),
        }

    def ask(self, store: Store, until: datetime) -> pa.Table:
        """One row for each entity with observations in the window: entity, and a column for each take."""
        self._by_day = self._whole_days and store.zone_of_days() == self._zone.key
        sql = self._lists(until) if self._window.each else self._values(until)
        return store.ask(f"{sql} ORDER BY entity {SETTINGS}", **self._parameters).rename_columns(
            ["entity", *self._window.take]
        )

    def _values(self, moment: datetime) -> str:
        """Exactly the hours or days before the moment: whole hours rolled up, and what is left at both ends."""
        span = timedelta(hours=self._window.hours, days=self._window.days)
        since, until = _ms(moment - span), _ms(moment)
        first, last = -(-since // (HOUR * 1000)) * HOUR, until // (HOUR * 1000) * HOUR
        pieces = [self._raw(since, until)]
        if first < last:
            pieces = [self._raw(since, first * 1000), self._hours(first, last), self._raw(last * 1000, until)]
        start = f"fromUnixTimestamp64Milli({since}, 'UTC')"
        if self._rises:
            floor = since // (HOUR * 1000) * HOUR
            pieces += [self._hours(floor - BASELINE, floor), self._raw(floor * 1000, since)]
        rows = " UNION ALL ".join(piece for piece in pieces if piece)
        if self._rises:
            # Of what was used since the last reading before the window, the window has its share by time.
            share = f"if(before_time < {start}, ({start} - before_time) / (first_time - before_time), 0)"
            rows = (
                f"SELECT {_fields}, increase + rise * (1 - {share}) AS rise FROM ({self._steps(rows)}) "
                f"WHERE first_time >= {start}"
            )
        return (
            f"SELECT entity, {', '.join(self._taken)} FROM ({rows}){self._at_night('WHERE')} GROUP BY entity"
        )

    def _lists(self, moment: datetime) -> str:
        """A value for each finished hour or day, laid out in order."""
        buckets, since, until = self._finished(moment)
        rows = (self._days if self._by_day else self._hours)(since - BASELINE * self._rises, until)
        told = (
            self._told_by_hour(rows, since) if self._window.each == "hour" else self._told_by_day(rows, since)
        )
        # Each value is put at its place: a look-up in a lambda would copy the list for each of its own elements.
        place = f"toUInt32(intDiv(bucket - {buckets[0]}, {HOUR if self._window.each == 'hour' else 1}))"
        nothing = ", ".join("NULL" for _ in self._window.take)
        lists = ", ".join(f"laid.{number}" for number, _ in enumerate(self._window.take, 1))
        return (
            f"SELECT entity, {lists} FROM (SELECT entity, "
            f"groupArrayInsertAt(tuple({nothing}), {len(buckets)})(taken, {place}) AS laid "
            f"FROM ({told}) WHERE bucket BETWEEN {buckets[0]} AND {buckets[-1]} GROUP BY entity)"
        )

    def _told_by_hour(self, rows: str, since: int) -> str:
        """What is taken of each hour that was observed: its row is one already, so nothing is grouped."""
        if self._rises:
            rows = (
                f"SELECT {_fields}, increase + if(begins, 0, rise / dateDiff('hour', before_hour, hour)) AS rise "
                f"FROM ({self._steps(rows)})"
            )
        taken = ", ".join(f"toNullable({take})" for take in self._taken)
        return (
            f"SELECT entity, toInt64(toUnixTimestamp(hour)) AS bucket, tuple({taken}) AS taken FROM ({rows}) "
            f"WHERE hour >= toDateTime({since}, 'UTC')"
        )

    def _told_by_day(self, rows: str, since: int) -> str:
        """What is taken of each day, or of its night, on which something was observed."""
        if self._rises:
            rows = self._spread(rows)
        taken = ", ".join(f"toNullable({take})" for take in self._taken)
        return (
            f"SELECT entity, toInt64({self._day()}) AS bucket, tuple({taken}) AS taken FROM ({rows}) "
            f"WHERE hour >= toDateTime({since}, 'UTC'){self._at_night('AND')} GROUP BY entity, bucket "
            "HAVING sum(count) > 0"
        )

    def _finished(self, moment: datetime) -> tuple[list[int], int, int]:
        """The keys of the finished hours (s) or days (since 1970), and from where to where they reach (s)."""
        if self._window.each == "hour":
            until = int(moment.timestamp()) // HOUR * HOUR
            since = until - (self._window.hours + 24 * self._window.days) * HOUR
            return list(range(since, until, HOUR)), since, until
        start, end = self._window.between or (0, 24)
        last = moment.astimezone(self._zone).date()
        while self._local(last + timedelta(days=end <= start), end) > moment.timestamp():
            last -= timedelta(days=1)
        days = [last - timedelta(days=back) for back in range(self._window.days - 1, -1, -1)]
        until = self._local(last + timedelta(days=end <= start), end)
        return [(day - EPOCH).days for day in days], self._local(days[0], start), until

    def _local(self, day: date, hour: int) -> int:
        midnight = datetime.combine(day + timedelta(days=hour // 24), time(hour % 24), self._zone)
        return int(midnight.timestamp()) // HOUR * HOUR

    def _day(self) -> str:
        start, end = self._window.between or (0, 24)
        crossing = f" - (toHour(hour, {{zone:String}}) < {start})" if end <= start else ""
        return f"toInt64(toDate32(hour, {{zone:String}})){crossing}"

    def _at_night(self, word: str) -> str:
        if self._window.between is None:
            return ""
        (start, end), hour = self._window.between, "toHour(hour, {zone:String})"
        return f" {word} ({hour} >= {start} {'AND' if start < end else 'OR'} {hour} < {end})"

    def _hours(self, since: int, until: int) -> str:
        return (
            f"SELECT {_of_hours}, increase, fresh FROM hourly FINAL WHERE property = {{property:String}} "
            f"AND hour >= toDateTime({since}, 'UTC') AND hour < toDateTime({until}, 'UTC'){self._only}"
        )

    def _days(self, since: int, until: int) -> str:
        zone = "{zone:String}"
        return (
            f"SELECT {_of_days}, increase, fresh FROM daily FINAL WHERE property = {{property:String}} "
            f"AND day >= toDate(toDateTime({since}, 'UTC'), {zone}) "
            f"AND day <= toDate(toDateTime({until - 1}, 'UTC'), {zone}){self._only}"
        )

    def _raw(self, since: int, until: int) -> str:
        if since >= until:
            return ""
        return (
            f"SELECT {_of_hours}, increase, fresh FROM ({HOURS} FROM observations FINAL "
            f"WHERE property = {{property:String}} AND time >= fromUnixTimestamp64Milli({since}, 'UTC') "
            f"AND time < fromUnixTimestamp64Milli({until}, 'UTC'){self._only} GROUP BY property, hour, entity)"
        )

    def _steps(self, rows: str) -> str:
        """Each row with the reading before it, and what the counter rose by from that to the row's first."""
        difference = "(first - lagInFrame(last) OVER w)"
        return (
            "SELECT *, row_number() OVER w = 1 OR fresh AS begins, lagInFrame(last_time) OVER w AS before_time, "
            "lagInFrame(last_hour) OVER w AS before_hour, "
            f"if(begins, 0, {RISE.format(d=difference, r='{rollover:Float64}')}) AS rise FROM ({rows}) "
            # Hours that hold states alone stand apart, so that they don't come between two readings.
            "WINDOW w AS (PARTITION BY entity, isNull(last) ORDER BY first_time "
            "ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)"
        )

    def _spread(self, rows: str) -> str:
        """What rose between readings that are hours apart, spread evenly; the added rows hold nothing else."""
        own = [f"if(own, {name}, NULL) AS {name}" for name in ("sum", "min", "max", "first", "last")]
        own += [f"if(own, {name}, 0) AS {name}" for name in ("count", "numbers")]
        return (
            f"SELECT entity, toDateTime(steps.hour - 3600 * back, 'UTC') AS hour, {', '.join(own)}, "
            "first_time, last_time, last_state, apart, back = 0 AS own, "
            "rise / apart + if(own, increase, 0) AS rise "
            "FROM (SELECT *, if(begins, 1, toUInt32(dateDiff('hour', before_hour, hour))) AS apart "
            f"FROM ({self._steps(rows)})) AS steps ARRAY JOIN range(apart) AS back"
        )


def _ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)
