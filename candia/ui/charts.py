"""Charts: a table of times and values that draws itself; gaps stay gaps, and what is usual stands behind."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import quantiles
from typing import Any, Literal, TypeVar

from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _

Every = Literal["hour", "day", "month"]
Band = tuple[float, float]
_labels: dict[Every, str] = {"hour": "%d/%m/%Y %H:%M", "day": "%d/%m/%Y", "month": "%m/%Y"}
# From so many values on it may be said what is usual.
ENOUGH = 8
HOUR = timedelta(hours=1)
Value = TypeVar("Value")


@dataclass(frozen=True)
class Row:
    """One line of the table: its moment and its values, each for the drawing and as a reader reads it."""

    time: datetime
    label: str
    cells: tuple[tuple[str, str], ...]
    note: str = ""


@dataclass(frozen=True)
class Foretold:
    """A forecast beside the curve: the middle and the ends of its interval by moment, and how often that holds."""

    middle: Mapping[datetime, float]
    low: Mapping[datetime, float]
    high: Mapping[datetime, float]
    interval: float

    @property
    def label(self) -> str:
        """What the interval is."""
        return _("where it lies %(share)d times out of 100") % {"share": round(100 * self.interval)}

    @property
    def series(self) -> tuple[Mapping[datetime, float], ...]:
        """What stands in the columns after those of the curve."""
        return self.middle, self.low, self.high


def foretold(steps: Iterable[Mapping[str, Any]]) -> Foretold | None:
    """A forecast as `forecasts.curve` tells it (time, levels, quantiles); None where nothing was said."""
    told = list(steps)
    if not told:
        return None
    middle, low, high = (
        {row["time"]: row["quantiles"][int(share * (len(row["levels"]) - 1))] for row in told}
        for share in (0.5, 0, 1)
    )
    levels = told[-1]["levels"]
    return Foretold(middle, low, high, levels[-1] - levels[0])


@dataclass(frozen=True, kw_only=True)
class Chart:
    """What `parts/chart.html` draws: rows oldest first, the usual band, the stretch that is the evidence."""

    id: str
    title: str
    unit: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    foretold: Foretold | None = None
    kind: str = "line"
    band: Band | None = None
    band_label: str = ""
    mark: tuple[datetime, datetime] | None = None
    mark_label: str = ""

    @property
    def heads(self) -> list[tuple[str, str]]:
        """The columns' titles and what the last three are, where they were foretold."""
        roles = ("middle", "low", "high") if self.foretold else ()
        titles = (_("Forecast"), _("Lower end"), _("Upper end")) if self.foretold else ()
        return [*((title, "") for title in self.columns), *zip(titles, roles, strict=True)]

    @property
    def empty(self) -> bool:
        """Whether there is nothing to draw."""
        return not any(value for row in self.rows for value, _shown in row.cells)


def rows(
    series: Sequence[Mapping[datetime, float | None]],
    since: datetime,
    until: datetime,
    every: Every,
    *,
    decimals: int = 1,
    notes: Mapping[datetime, str] | None = None,
) -> tuple[Row, ...]:
    """One row for each hour, day or month from `since` to before `until`, with a cell for each series."""
    known, noted = [_by_instant(values) for values in series], _by_instant(notes or {})
    return tuple(
        Row(
            moment,
            moment.strftime(_labels[every]),
            tuple(cell(values.get(moment.astimezone(UTC)), decimals) for values in known),
            noted.get(moment.astimezone(UTC), ""),
        )
        for moment in moments(since, until, every)
    )


def _by_instant(values: Mapping[datetime, Value]) -> dict[datetime, Value]:
    """The values by their moments in UTC: in local time the hour that comes twice in autumn is one to Python."""
    return {moment.astimezone(UTC): value for moment, value in values.items()}


def start_of(moment: datetime, every: Every) -> datetime:
    """The beginning of the city's hour, day or month in which a moment lies."""
    here = moment.astimezone(timezone.get_current_timezone()).replace(minute=0, second=0, microsecond=0)
    if every == "hour":
        return here
    return here.replace(hour=0) if every == "day" else here.replace(day=1, hour=0)


def next_hour(moment: datetime) -> datetime:
    """The beginning of the city's hour after the one in which a moment lies, also where the clocks change."""
    begun = start_of(moment, "hour")
    return (begun.astimezone(UTC) + HOUR).astimezone(begun.tzinfo)


def moments(since: datetime, until: datetime, every: Every) -> Iterator[datetime]:
    """The beginnings of the city's hours, days or months from that of `since` on, in local time."""
    moment, end = start_of(since, every), until.astimezone(UTC)
    while moment.astimezone(UTC) < end:
        yield moment
        if every == "hour":
            moment = next_hour(moment)
        elif every == "day":
            moment = moment + timedelta(days=1)
        else:
            moment = moment.replace(year=moment.year + moment.month // 12, month=moment.month % 12 + 1)


def cell(value: float | None, decimals: int) -> tuple[str, str]:
    """A value as a number for the drawing and as a reader of the language writes it."""
    if value is None:
        return "", "–"
    return f"{value:.6g}", number_format(value, decimals, use_l10n=True, force_grouping=True)


def usual(values: Sequence[float | None]) -> Band | None:
    """The band in which eight of ten values lie; nothing where there are too few to say."""
    known = [value for value in values if value is not None]
    if len(known) < ENOUGH:
        return None
    tenths = quantiles(known, n=10, method="inclusive")
    return tenths[0], tenths[-1]
