"""The European Air Quality Index: the worst of four bands, of dust over a day and of gases over an hour."""

from typing import Any

import numpy as np
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from candia.core.rule import hours
from candia.core.telemetry import store, zone
from candia.telemetry import questions
from candia.telemetry.arrays import Floats, running_mean
from candia.telemetry.derived import Derived
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
DAY, ENOUGH = 24, 18
WINDOW = Window(tuple(NAMES), hours=DAY, each="hour", take=("mean",))


def bands(*measured: Floats) -> tuple[Floats, Floats]:
    """What counts of hourly means, dust first, and bands, 0 (good) to 5: [pollutants, stations, hours]."""
    counts = np.stack([*(running_mean(dust, DAY, ENOUGH) for dust in measured[:2]), *measured[2:]])
    found = [np.searchsorted(*pair) for pair in zip(BOUNDS.values(), counts, strict=True)]
    return counts, np.where(np.isnan(counts), np.nan, found)


def worst(*measured: Floats) -> Floats:
    """The index: the worst band of those that are known, [stations, hours]."""
    return np.fmax.reduce(bands(*measured)[1])


INDEX = Derived(of=tuple(NAMES), by=worst, every=hours(1), back=hours(DAY))


def latest(name: str) -> dict[str, float]:
    """The newest value of a property that has one, by the station's id."""
    found = questions.latest(store(), f"air.{name}").to_pylist()
    return {row["entity"]: row["value"] for row in found if row["value"] is not None}


def now() -> dict[str, tuple[Any, str]]:
    """The word of each station's index and its tone, by the station's id."""
    return {station: WORDS[int(index)] for station, index in latest("index").items()}


def curve(station: str) -> Chart:
    """All four over two days, by the hour."""
    since, end = (next_hour(timezone.now()) - hours(DAY * days) for days in (2, 0))
    found = (questions.series(store(), station, f"air.{name}", since, end, "hour", zone()) for name in NAMES)
    series = [{row["time"]: row["mean"] for row in one.to_pylist()} for one in found]
    return Chart(
        id="air",
        title=_("Pollutants"),
        unit="µg/m³",
        columns=tuple(NAMES.values()),
        rows=rows(series, since, end, "hour"),
    )
