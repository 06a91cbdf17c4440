"""The map page: every layer that the services give, switchable, with an address to share and the same as a list.

A councillor shares what they see; somebody who can't see a map reads the same things by layer, nearest first. The
list is made of the very answers that the map asks for, so that neither knows more than the other.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import resolve
from django.utils.formats import number_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from shapely.geometry import shape

from candia.core.zones import zone_view, zones
from candia.ui.neighbourhood import zone_of
from candia.web.portal.home_feed import gathered

#: Things of a layer in the list, and in the list of one that was asked for alone.
NEAREST, MANY = 8, 200
EARTH_M, KILOMETRE = 6_371_000, 1000
LOWEST, HIGHEST = 8, 19


@dataclass(frozen=True)
class View:
    """What is looked at: degrees and zoom; `given` where the address says so."""

    lat: float
    lon: float
    zoom: float
    given: bool


def map_page(request: HttpRequest) -> HttpResponse:
    """`?layers=a,b&at=lat,lon,zoom&thing=address`; a page that stands and was moved gets the list alone."""
    now, zone = gathered(), zone_of(request)
    every, view = now.all("layers"), view_of(request.GET, zone)
    wanted = _wanted(request.GET, every, now.chosen("layers"))
    thing = request.GET.get("thing", "")
    layers = [
        {**layer, "shown": layer["id"] in wanted, "fit": layer.get("fit", False) and not (view.given or zone)}
        for layer in every
    ]
    most = MANY if len(wanted) == 1 else NEAREST
    context = {
        "layers": layers,
        "thing": thing,
        "zones": list(zones().values()),
        "zone": zone,
        "centre": (view.lon, view.lat),
        "zoom": view.zoom,
        "lists": [near(request, layer, view, most, thing) for layer in layers if layer["shown"]],
    }
    part = request.headers.get("HX-Target") == "nearby"
    return render(request, f"portal/{'parts/nearby' if part else 'map'}.html", context)


def view_of(told: QueryDict, zone: str = "") -> View:
    """Where the address looks; where it says nothing that makes sense, at the reader's zone or the whole city."""
    city = settings.CANDIA_CITY
    lon, lat, zoom = (zone_view(zone) if zone else None) or (*city.centre, city.zoom)
    whole = View(lat, lon, zoom, given=False)
    try:
        lat, lon, zoom = map(float, told.get("at", "").split(","))
    except ValueError:
        return whole
    # What is no number compares as false.
    if not (abs(lat) <= 90 and abs(lon) <= 180 and LOWEST <= zoom <= HIGHEST):  # noqa: PLR2004 — degrees
        return whole
    return View(lat, lon, zoom, given=True)


def near(
    request: HttpRequest, layer: dict[str, Any], view: View, most: int, thing: str = ""
) -> dict[str, Any]:
    """What a layer shows as lines of a list, nearest first; the thing that was chosen before all others."""
    found = features(request, layer)
    placed = [(_metres(view, middle), feature) for feature in found or () if (middle := _middle(feature))]
    placed.sort(key=lambda one: (not _is(one[1], thing), one[0]))
    words = layer.get("words", {})
    rows = [
        {
            **feature["properties"],
            "tone_word": words.get(feature["properties"].get("tone"), ""),
            "far": _far(metres),
            "chosen": _is(feature, thing),
        }
        for metres, feature in placed[:most]
    ]
    return {
        "layer": layer,
        "rows": rows,
        "count": len(placed),
        "more": len(placed) - len(rows),
        "missing": found is None,
    }


def features(request: HttpRequest, layer: dict[str, Any]) -> list[dict[str, Any]] | None:
    """What a layer draws, asked for as its reader's browser asks for it; None where that can't be had."""
    if "data" in layer:
        return list(layer["data"]["features"])
    parts = urlsplit(layer["src"])
    match = resolve(parts.path)
    inner = copy(request)
    inner.path = inner.path_info = parts.path
    inner.META = {**request.META, "QUERY_STRING": parts.query}
    inner.GET = QueryDict(parts.query)
    answer = match.func(inner, *match.args, **match.kwargs)
    if answer.status_code != 200:  # noqa: PLR2004 — OK
        return None
    return list(json.loads(answer.content)["features"])


def _wanted(
    told: QueryDict, every: Iterable[dict[str, Any]], otherwise: Iterable[dict[str, Any]]
) -> set[str]:
    if "layers" in told:
        return set(",".join(told.getlist("layers")).split(",")) & {layer["id"] for layer in every}
    return {layer["id"] for layer in otherwise if layer.get("shown", True)}


def _is(feature: dict[str, Any], thing: str) -> bool:
    """Whether this is the thing that the address names; by its page, whose language is the reader's own affair."""
    url = str(feature["properties"].get("url", ""))
    return bool(thing) and url.removeprefix(f"/{get_language()}") == thing


def _middle(feature: dict[str, Any]) -> tuple[float, float] | None:
    geometry = feature.get("geometry")
    if not geometry:
        return None
    if geometry["type"] == "Point":
        lon, lat = geometry["coordinates"][:2]
        return lon, lat
    middle = shape(geometry).representative_point()
    return middle.x, middle.y


def _metres(view: View, place: tuple[float, float]) -> float:
    """As the crow flies, on a plane: within a city that is right to the metre."""
    lon, lat = place
    east = math.radians(lon - view.lon) * math.cos(math.radians(view.lat))
    return EARTH_M * math.hypot(east, math.radians(lat - view.lat))


def _far(metres: float) -> str:
    if metres < KILOMETRE:
        return _("%(n)s m away") % {"n": number_format(round(metres, -1), 0)}
    return _("%(n)s km away") % {"n": number_format(metres / KILOMETRE, 1)}
