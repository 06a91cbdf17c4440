"""The open data of water: what flows into each district and what is lost there; never a household."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from candia.core.dataset import Dataset
from candia.core.field import Field
from candia.services.water import overview, readings
from candia.services.water.models import District
from candia.telemetry.observation import Window


def losses() -> Iterator[dict[str, Any]]:
    """One row for each district and finished day, oldest first; losses only where enough meters reported."""
    places = _public()
    for told in overview.finished_days():
        place = places.get(told.district)
        if place is None:
            continue
        yield {
            "district": place.id,
            "name": place.name,
            "name_en": place.names.get("en"),
            "day": told.day,
            "input_m3": told.input_m3,
            "metered_m3": told.metered_m3,
            "losses_m3": told.losses_m3,
            "share": told.share,
            "night_minimum": told.night,
            "meters": told.meters,
            "meters_reporting": told.meters_reporting,
            "estimated": told.estimated,
            "synthetic": place.synthetic,
            "place": place.point(),
        }


def inflows() -> Iterator[dict[str, Any]]:
    """One row for each district and hour that was measured in the last month, by district and time."""
    places, count = _public(), overview.TOLD * 24
    until = timezone.now().astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    asked = Window("inflow", hours=count, each="hour", take=("mean",))
    for row in readings.table("inflow", asked, until).to_pylist():
        place = places.get(row["entity"])
        for back, flow in zip(range(count, 0, -1), row["mean"], strict=True):
            if place is not None and flow is not None:
                yield {
                    "district": place.id,
                    "name": place.name,
                    "time": until - timedelta(hours=back),
                    "inflow": _rounded(flow, 2),
                    "synthetic": place.synthetic,
                }


def _public() -> dict[str, District]:
    return {place.id: place for place in District.published()}


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)


district_losses = Dataset(
    name="district_losses",
    title=_("Water losses by district"),
    description=_(
        "The water balance of each district for each of the last 31 days, in the terms of the IWA: what "
        "flowed in, what meters counted, and what was lost. A day is told once and stays as it was told, and no "
        "figure is told of fewer than ten meters."
    ),
    licence="CC-BY-4.0",
    rhythm="DAILY",
    schema=(
        Field("district", "string", _("Identifier of the district")),
        Field("name", "string", _("Name")),
        Field("name_en", "string", _("Name in English")),
        Field("day", "date", _("Day")),
        Field("input_m3", "number", _("System input volume"), "m3"),
        Field("metered_m3", "number", _("Billed metered consumption"), "m3"),
        Field("losses_m3", "number", _("Water losses"), "m3"),
        Field("share", "number", _("Water losses as a share of the input, from 0 to 1")),
        Field("night_minimum", "number", _("Least inflow between 02:00 and 05:00"), "l/s"),
        Field("meters", "integer", _("Meters in the district")),
        Field("meters_reporting", "integer", _("Meters that reported on this day")),
        Field("estimated", "boolean", _("Whether hours or meters were missing and their part was estimated")),
        Field("synthetic", "boolean", _("Whether the district was made for the sample city")),
        Field("place", "geometry", _("Outline of the district")),
    ),
    query=losses,
)
district_inflow = Dataset(
    name="district_inflow",
    title=_("Inflow of the water districts"),
    description=_("What flowed into each district in each hour of the last 31 days, as its mean."),
    licence="CC-BY-4.0",
    rhythm="HOURLY",
    schema=(
        Field("district", "string", _("Identifier of the district")),
        Field("name", "string", _("Name")),
        Field("time", "datetime", _("Beginning of the hour")),
        Field("inflow", "number", _("Inflow"), "l/s"),
        Field("synthetic", "boolean", _("Whether the district was made for the sample city")),
    ),
    query=inflows,
)
