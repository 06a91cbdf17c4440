"""Every meter on the desk's map: for whoever plans, where meters hang and where something is wrong.

Tens of thousands of points are the same for each operator, so they are written and packed once for all of them.
"""

from __future__ import annotations

import gzip
import threading
import time
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from candia.core.alert import Alert
from candia.services.water.models import Meter
from candia.services.water.pages.listing import TONES, WORST_FIRST, severities

# An alert is seen on this map within so many seconds.
FRESH = 30.0


@dataclass
class Written:
    """The layer in one language; who writes it holds the lock, and the others wait for it."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    until: float = 0.0
    plain: bytes = b""
    packed: bytes = b""
    tag: str = ""


_written: dict[str, Written] = {}


def meters_layer(request: HttpRequest) -> HttpResponse:
    """Every meter that has a place as a point of a GeoJSON layer, with the tone of its worst open alert."""
    language = get_language() or ""
    written = _written.setdefault(language, Written())
    with written.lock:
        if time.monotonic() >= written.until:
            _write(written)
        plain, packed, tag = written.plain, written.packed, written.tag
    zipped = "gzip" in request.headers.get("Accept-Encoding", "")
    answer = HttpResponse(packed if zipped else plain, content_type="application/geo+json")
    if zipped:
        answer["Content-Encoding"] = "gzip"
    answer["ETag"], answer["Cache-Control"] = tag, "private, no-cache"
    patch_vary_headers(answer, ["Accept-Encoding", "Cookie"])
    return get_conditional_response(request, etag=tag, response=answer) or answer


def layer() -> dict[str, Any]:
    """The layer of all meters, drawn in clusters where they are many."""
    return {
        "id": "everywhere",
        "title": _("Meters"),
        "kind": "points",
        "src": reverse("water-desk-meters-layer"),
        "cluster": True,
        "synthetic": True,
        "tones": ["bad", "warn", "info", "good"],
        "words": severities(),
    }


def forget() -> None:
    """Write the layer anew when it is next asked for, in this process."""
    _written.clear()


def _write(written: Written) -> None:
    worst: dict[str, str] = {}
    standing = Alert.objects.filter(closed=None, rule__startswith="water.").order_by(WORST_FIRST)
    for entity, severity in standing.values_list("entity", "severity"):
        worst.setdefault(entity, TONES.get(severity, "info"))
    address = reverse("water-desk-meter", kwargs={"number": "0"}).removesuffix("0/")
    placed = Meter.objects.filter(lon__isnull=False, lat__isnull=False).order_by("pk")
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": (lon, lat)},
            "properties": {
                "name": serial or id.partition(":")[2],
                "tone": worst.get(id, "good"),
                "url": f"{address}{id.partition(':')[2]}/",
            },
        }
        for id, serial, lon, lat in placed.values_list("pk", "serial", "lon", "lat").iterator(5000)
    ]
    written.plain = msgspec.json.encode({"type": "FeatureCollection", "features": features})
    written.packed = gzip.compress(written.plain, 5, mtime=0)
    written.tag = f'"{sha256(written.plain).hexdigest()[:32]}"'
    written.until = time.monotonic() + FRESH
