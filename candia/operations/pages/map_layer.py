"""The inbox on a map: the things of its alerts, as points and outlines."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from candia.operations import inbox, narrowing, severity
from candia.operations.inbox import Line
from candia.ui.map_layers import feature, geojson, one_place
from candia.ui.reader import member

# As many as a map draws.
MOST = 5000


def layers(query: str) -> list[dict[str, Any]]:
    """The two layers of what a query asks for: outlines and points."""
    source = reverse("operations-desk-inbox-layer")
    tones = ["bad", "warn", "info"]
    common = {"live": "core", "synthetic": True, "tones": tones, "words": severity.words()}
    zones = {"id": "areas", "title": _("Areas"), "kind": "zones", "src": f"{source}?of=areas&{query}"}
    points = {"id": "things", "title": _("Places"), "kind": "points", "src": f"{source}?of=points&{query}"}
    return [zones | common, points | common | {"fit": True}]


def inbox_layer(request: HttpRequest) -> JsonResponse:
    """What the inbox shows, as GeoJSON: `?of=areas` gives outlines, anything else points."""
    by = member(request)
    found = inbox.lines(by, narrowing.state_of(request.GET))
    form = narrowing.InboxFilter(request.GET, found)
    form.is_valid()
    mine = narrowing.by_whom(narrowing.narrowed(found, form.cleaned_data), by)[
        narrowing.whose_of(request.GET)
    ]
    areas = request.GET.get("of") == "areas"
    shown = [line for line in mine if line.alert and bool(line.alert.entity.geometry) is areas]
    # The weightiest is drawn last, above the others; of an area it alone.
    told = {line.alert.entity_id if areas else line.item.key: line for line in reversed(shown) if line.alert}
    return geojson(
        feature(where, **_told(line), url=line.item.url)
        for line in list(told.values())[-MOST:]
        if line.alert and (where := line.alert.entity.point())
    )


def place_layer(line: Line) -> list[dict[str, Any]]:
    """The one place of an alert as a layer; none where it has no place."""
    where = line.alert.entity.point() if line.alert else None
    return one_place(line.place.thing, where, **_told(line))


def _told(line: Line) -> dict[str, Any]:
    """What the map says of it."""
    return {
        "name": line.place.thing,
        "text": line.item.title,
        "tone": severity.tone(line.item.severity),
        "synthetic": line.alert is not None and line.alert.entity.synthetic,
    }
