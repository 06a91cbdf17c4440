"""Map layers: what a map draws, as GeoJSON; README.md beside this says what a layer and a feature may carry."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.http import JsonResponse

if TYPE_CHECKING:
    from django.utils.functional import Promise


def feature(geometry: Any, **properties: Any) -> dict[str, Any]:
    """A feature of a geometry (GeoJSON, WGS84), with what a map says of it: `name`, `text`, `tone`, `url`."""
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def collection(features: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Features as a collection."""
    return {"type": "FeatureCollection", "features": list(features)}


def geojson(features: Iterable[dict[str, Any]]) -> JsonResponse:
    """Features as an answer."""
    return JsonResponse(collection(features), content_type="application/geo+json")


def one_place(
    title: str | Promise, geometry: Any, *, words: dict[str, str] | None = None, **properties: Any
) -> list[dict[str, Any]]:
    """The place that a page is about, as its layers: a point or an outline that fills the map, none without one.

    `words` say what the tones mean, by tone.
    """
    if geometry is None:
        return []
    outline = geometry["type"] != "Point"
    data = collection([feature(geometry, **properties)])
    kind = "zones" if outline else "points"
    layer = {"id": "place", "title": title, "kind": kind, "data": data, "fit": outline}
    return [layer | ({"words": words} if words else {})]
