"""The European Air Quality Index: the worst of four bands, of dust over a day and of gases over an hour."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from datetime import timedelta
from statistics import fmean
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from candia.core.service import services
from candia.core.telemetry import query_window, store, zone
from candia.telemetry import questions
from candia.telemetry.observation import Window
from candia.ui.charts import Chart, next_hour, rows

NAMES = {"pm25": "PM₂.₅", "pm10": "PM₁₀", "no2": "NO₂", "o3": "O₃"}
# The upper bounds of the first five of six bands, µg/m³ (European Environment Agency).
BOUNDS: dict[str, tuple[float, ...]] = {
    "pm25": (10, 20, 25, 50, 75),
    "pm10": (20, 40, 50, 100, 150),
    "no2": (40, 90, 120, 230, 340),
    "o3": (50, 100, 130, 240, 380),
}
WORDS = (
    (pgettext_lazy("air", "Good"), "good"),
    (pgettext_lazy("air", "Fair"), "good"),
    (pgettext_lazy("air", "Moderate"), "info"),
    (pgettext_lazy("air", "Poor"), "warn"),
    (pgettext_lazy("air", "Very poor"), "bad"),
    (pgettext_lazy("air", "Extremely poor"), "bad"),
)
DUST, ENOUGH = ("pm25", "pm10"), 18
WINDOW = Window(tuple(NAMES), hours=24, each="hour", take=("mean",))


def value(pollutant: str, means: Sequence[float | None] | None) -> float | None:
    """What counts of a day's hourly means: of dust the day's mean, of gases the last hour's (µg/m³)."""
    if not means or pollutant not in DUST:
        return means[-1] if means else None
    known = [mean for mean in means if mean is not None]
    return fmean(known) if len(known) >= ENOUGH else None


def bands(taken: Mapping[str, Any]) -> dict[str, tuple[int, float]]:
    """Of each pollutant that is known its band, from 0 (good) to 5, and its value; `taken` as by WINDOW."""
    known = {name: value(name, taken[name].mean) for name in NAMES}
    return {name: (bisect_left(BOUNDS[name], at), at) for name, at in known.items() if at is not None}


def latest(name: str) -> dict[str, float]:
    """The newest value of a property, by the station's id."""
    return {row["entity"]: row["value"] for row in questions.latest(store(), f"air.{name}").to_pylist()}


def now() -> dict[str, tuple[Any, str]]:
    """The word of each station's index and its tone, by the station's id; what the rule would see as well."""
    taken = query_window(services()["air"], WINDOW, timezone.now())
    found = {station: bands(row) for station, row in taken.items()}
    return {station: WORDS[max(known.values())[0]] for station, known in found.items() if known}


def curve(station: str) -> Chart:
    """All four over two days, by the hour."""
    since, end = (next_hour(timezone.now()) - timedelta(days=days) for days in (2, 0))
    series = [
        {row["time"]: row["mean"] for row in found.to_pylist()}
        for name in NAMES
        for found in [questions.series(store(), station, f"air.{name}", since, end, "hour", zone())]
    ]
    return Chart(
        id="air",
        title=_("Pollutants"),
        unit="µg/m³",
        columns=tuple(NAMES.values()),
        rows=rows(series, since, end, "hour"),
    )
