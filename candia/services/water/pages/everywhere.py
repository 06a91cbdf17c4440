"""The meters on the desk's map: for whoever plans, where meters hang and where something is wrong.

Tens of thousands of points are the same for each operator, so they are written and packed once for all of them;
those that a filter leaves are written for whoever asks.
"""

from __future__ import annotations

import gzip
from collections import defaultdict
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import msgspec
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from candia.core.alert import Alert
from candia.core.page_cache import Kept
from candia.operations.severity import TONES, WORST_FIRST, words
from candia.services.water.models import Meter
from candia.services.water.pages.meter_filter import MeterFilter, narrowed
from candia.ui.map_layers import collection, feature

# An alert is seen on this map within so many seconds, or twice that for who asks while it is written anew.
FRESH = 30.0


@dataclass(frozen=True)
class Written:
    """The layer in one language, as it is and packed."""

    plain: bytes
    packed: bytes
    tag: str


_written: defaultdict[str, Kept[Written]] = defaultdict(lambda: Kept(FRESH))


def meters_layer(request: HttpRequest) -> HttpResponse:
    """The meters that have a place, as points of a GeoJSON layer, each with the tone of its worst open alert.

    All of them, or those that the list shows which is narrowed by the same address.
    """
    form = MeterFilter(request.GET)
    written = _write(narrowed(form)) if form.narrows else _written[get_language() or ""].get(_write_all)
    zipped = "gzip" in request.headers.get("Accept-Encoding", "")
    answer = HttpResponse(written.packed if zipped else written.plain, content_type="application/geo+json")
    if zipped:
        answer["Content-Encoding"] = "gzip"
    answer["ETag"], answer["Cache-Control"] = written.tag, "private, no-cache"
    patch_vary_headers(answer, ["Accept-Encoding", "Cookie"])
    return get_conditional_response(request, etag=written.tag, response=answer) or answer


def layer() -> dict[str, Any]:
    """The layer of the meters that the page's address asks for, drawn in clusters where they are many."""
    return {
        "id": "everywhere",
        "title": _("Meters"),
        "kind": "points",
        "src": reverse("water-desk-meters-layer"),
        "cluster": True,
        "narrowed": True,
        "synthetic": True,
        "tones": ["bad", "warn", "info", "good"],
        "words": words(),
    }


def forget() -> None:
    """Write the layer anew when it is next asked for, in this process."""
    _written.clear()


def _write_all() -> tuple[Written, bool]:
    return _write(Meter.objects.order_by("pk")), True


def _write(meters: QuerySet[Meter]) -> Written:
    worst: dict[str, str] = {}
    standing = Alert.objects.filter(closed=None, rule__startswith="water.").order_by(WORST_FIRST)
    for entity, severity in standing.values_list("entity", "severity"):
        worst.setdefault(entity, TONES.get(severity, "info"))
    address = reverse("water-desk-meter", kwargs={"number": "0"}).removesuffix("0/")
    placed = meters.filter(lon__isnull=False, lat__isnull=False)
    features = [
        feature(
            {"type": "Point", "coordinates": (lon, lat)},
            name=serial or id.partition(":")[2],
            tone=worst.get(id, "good"),
            url=f"{address}{id.partition(':')[2]}/",
        )
        for id, serial, lon, lat in placed.values_list("pk", "serial", "lon", "lat").iterator(5000)
    ]
    plain = msgspec.json.encode(collection(features))
    packed = gzip.compress(plain, 5, mtime=0)
    return Written(plain, packed, tag=f'"{sha256(plain).hexdigest()[:32]}"')
