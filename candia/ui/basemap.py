"""The city's own base map: ground, zones, and the real boundary where one was loaded."""

from __future__ import annotations

import json
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.urls import reverse
from shapely import set_precision
from shapely.geometry import mapping, shape

# A boundary surveyed to the centimetre is drawn on a screen: ten metres are enough there.
COARSE = 0.0001
DIGITS = 0.00001
KEPT = "public, max-age=31536000, immutable"
ASKED = "public, no-cache"


def ground(request: HttpRequest) -> HttpResponse:
    """Land, sea, roads and names for the plain base map; empty where the city has drawn none."""
    return _answer(request, _ground())


def zones(request: HttpRequest) -> HttpResponse:
    """The city's zones, and the boundary that was loaded with `candia load --boundary`."""
    return _answer(request, _zones())


def address(name: str) -> str:
    """The address of `city-ground` or `city-zones` with the version at its end, so that browsers may keep it."""
    text = {"city-ground": _ground, "city-zones": _zones}[name]()
    return f"{reverse(name)}?v={_version(text)}"


def _answer(request: HttpRequest, text: str) -> HttpResponse:
    version = _version(text)
    headers = {
        "ETag": f'"{version}"',
        "Cache-Control": KEPT if request.GET.get("v") == version else ASKED,
    }
    # A proxy that packs the answer weakens the tag; what it names is the same.
    if version in request.headers.get("If-None-Match", ""):
        return HttpResponseNotModified(headers=headers)
    return HttpResponse(text, content_type="application/geo+json", headers=headers)


def _ground() -> str:
    return _collected(((settings.CANDIA_CITY.folder / "ground.geojson", "ground"),))


def _zones() -> str:
    boundary = settings.CANDIA.home / "city" / "boundary.geojson"
    return _collected(((settings.CANDIA_CITY.zones, "zone"), (boundary, "boundary")))


def _collected(files: tuple[tuple[Path | None, str], ...]) -> str:
    """One collection of what these files hold, read again only when one of them has changed."""
    there = [(path, kind) for path, kind in files if path is not None and path.is_file()]
    return _read(tuple((path, kind, path.stat().st_mtime_ns) for path, kind in there))


@lru_cache(maxsize=8)
def _read(files: tuple[tuple[Path, str, int], ...]) -> str:
    features = [
        _boundary(feature) if kind == "boundary" else feature
        for path, kind, _changed in files
        for feature in json.loads(path.read_text("utf-8"))["features"]
    ]
    whole = {"type": "FeatureCollection", "features": features}
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":"))


def _boundary(feature: dict[str, Any]) -> dict[str, Any]:
    line = set_precision(shape(feature["geometry"]).simplify(COARSE), DIGITS)
    return {"type": "Feature", "properties": {"kind": "boundary"}, "geometry": mapping(line)}


@lru_cache(maxsize=8)
def _version(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:12]
