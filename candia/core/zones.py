"""Zones: the parts of the city, as the map that its `city.toml` names draws them."""

from __future__ import annotations

import json
import math
from functools import cache
from typing import Any

from django.conf import settings
from shapely.geometry import Point, shape
from shapely.geometry.base import BaseGeometry

from candia.core.names import Named, translations

# Degrees, about 1 km and 10 km: outlines are coarse, above all on the coast.
BESIDE, NEARBY = 0.01, 0.1
# Pixels of a zone on a map that shows it.
SPAN = 460


def zones() -> dict[str, Named]:
    """The city's zones by id, in the order of its map."""
    return {zone.id: zone for zone, _area in _areas()}


def zone_name(zone: str) -> str:
    """What the reader's language calls a zone, or an area of a service in the same map; else its id."""
    return str(_names().get(zone, zone))


def zone_at(lon: float, lat: float) -> str:
    """The id of the zone in which a place lies, or just beside which; empty where there is none."""
    point = Point(lon, lat)
    near = min(((area.distance(point), zone.id) for zone, area in _areas()), default=(BESIDE, ""))
    return near[1] if near[0] < BESIDE else ""


def zone_view(zone: str) -> tuple[float, float, float] | None:
    """Longitude, latitude and zoom of a map that shows a zone; None where the city's map draws no such zone."""
    area = next((area for named, area in _areas() if named.id == zone), None)
    if area is None:
        return None
    west, south, east, north = area.bounds
    # As a web map counts: at zoom 0 the whole round is 512 pixels; here the wider side is to be SPAN of them.
    widest = max(east - west, (north - south) / math.cos(math.radians(south)), 0.001)
    zoom = math.log2(360 * SPAN / (512 * widest))
    return round((west + east) / 2, 5), round((south + north) / 2, 5), round(min(max(zoom, 10), 15), 2)


def is_near(lon: float, lat: float) -> bool:
    """Whether a place lies in the city or within about 10 km of it."""
    point = Point(lon, lat)
    return not _areas() or any(area.distance(point) < NEARBY for _zone, area in _areas())


@cache
def _features() -> list[dict[str, Any]]:
    path = settings.CANDIA_CITY.zones
    found: list[dict[str, Any]] = json.loads(path.read_text("utf-8"))["features"] if path else []
    return [feature for feature in found if "id" in feature["properties"]]


@cache
def _names() -> dict[str, Named]:
    return {zone.id: zone for zone in map(_zone, _features())}


@cache
def _areas() -> tuple[tuple[Named, BaseGeometry], ...]:
    return tuple(
        (_zone(feature), shape(feature["geometry"]))
        for feature in _features()
        # The map may hold the areas of street services too, such as water districts.
        if feature["properties"].get("kind", "unit") == "unit"
    )


def _zone(feature: dict[str, Any]) -> Named:
    properties = feature["properties"]
    first = {settings.CANDIA_CITY.languages[0]: str(properties["name"])} if properties.get("name") else {}
    return Named(str(properties["id"]), first | translations(properties))
