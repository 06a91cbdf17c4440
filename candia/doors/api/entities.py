"""Things of the city that anyone may know of: where they are, and their stories."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from django.conf import settings
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop
from ninja import Query, Router

from candia.core import relation, things
from candia.core.entity import Entity
from candia.core.errors import Refused
from candia.core.event import Event
from candia.core.service import staff_events
from candia.core.timeline import public_story
from candia.doors.api import schemas
from candia.doors.api.paging import After, Limit, number, paged

router = Router()
NUMBERS = 4
GEOJSON = "application/geo+json"
Kind = Annotated[
    str, Query(max_length=60, description=gettext_noop("Only of this kind, such as water.district."))
]
Zone = Annotated[str, Query(max_length=60, description=gettext_noop("Only in this part of the city."))]
Box = Annotated[
    str,
    Query(max_length=100, description=gettext_noop("Only within west,south,east,north, in degrees (WGS84).")),
]
missing = {404: schemas.Problem}


@router.get(
    "/entities",
    response={200: schemas.Page[schemas.Entity], 404: schemas.Problem, 422: schemas.Problem},
    summary=gettext_noop("Things of the city"),
    openapi_extra={"responses": {200: {"content": {GEOJSON: {"schema": {"type": "object"}}}}}},
)
def entities(
    request: HttpRequest,
    response: HttpResponse,
    kind: Kind = "",
    zone: Zone = "",
    bbox: Box = "",
    after: After = "",
    limit: Limit = 100,
) -> Any:
    """What is public, by kind and then by id; as GeoJSON (RFC 7946) to whoever accepts that."""
    wanted = Q(zone=zone) if zone else Q()
    if bbox:
        west, south, east, north = corners(bbox)
        wanted &= Q(lon__gte=west, lon__lte=east, lat__gte=south, lat__lte=north)
    kinds = [kind] if kind else list(things.open_kinds())
    begin = after.partition(":")[0]
    found: list[Entity] = []
    for name in kinds:
        if name < begin or len(found) > limit:
            continue
        rest = things.of_kind(name).filter(wanted).order_by("pk")
        if name == begin:
            rest = rest.filter(pk__gt=after)
        found += rest[: limit + 1 - len(found)]
    page = paged(request, response, found, limit, lambda one: one.id, told)
    if request.get_preferred_type(["application/json", GEOJSON]) == GEOJSON:
        return as_geojson(page["items"], response)
    return page


@router.get("/entities/{id}", response={200: schemas.Related, **missing}, summary=gettext_noop("One thing"))
def one_entity(request: HttpRequest, id: str) -> Any:
    """Its kind, names, attributes and place, and the public things that it is related to."""
    thing = things.published(id)
    relations = relation.related(thing.pk)
    public = things.visible(related.id for related in relations)
    listed = [
        {
            "kind": related.kind,
            "back": related.back,
            "title": str(related.title),
            "id": related.id,
            "name": public[related.id].name,
        }
        for related in relations
        if related.id in public
    ]
    return {**told(thing), "relations": listed}


@router.get(
    "/entities/{id}/story",
    response={200: schemas.Page[schemas.Event], **missing, 422: schemas.Problem},
    summary=gettext_noop("A thing's story"),
)
def story_of(
    request: HttpRequest, response: HttpResponse, id: str, after: After = "", limit: Limit = 100
) -> Any:
    """What happened to it, oldest first, as CloudEvents; of other things only what is public."""
    events = public_story(things.published(id).pk)
    if after:
        events = events.filter(pk__gt=number(after))
    found = list(events[: limit + 1])
    known = things.among({event.entity for event in found}) | {id}
    page = paged(request, response, found, limit, lambda event: event.pk, lambda event: event)
    return {**page, "items": [happened(event) for event in page["items"] if event.entity in known]}


def corners(bbox: str) -> list[float]:
    """West, south, east and north; raises Refused."""
    try:
        found = [float(part) for part in bbox.split(",")]
    except ValueError:
        found = []
    if len(found) != NUMBERS or not all(-180 <= degree <= 180 for degree in found):  # noqa: PLR2004 — degrees
        sentence = _("Give four numbers: west,south,east,north.")
        raise Refused(sentence, bbox=sentence)
    return found


def as_geojson(items: Sequence[dict[str, Any]], response: HttpResponse) -> HttpResponse:
    """These things as features, each attribute a property; the address of the next page is in the Link header."""
    features = []
    for item in items:
        own = {name: value for name, value in item.items() if name not in {"id", "geometry", "attributes"}}
        features.append(
            {
                "type": "Feature",
                "id": item["id"],
                "geometry": item["geometry"],
                "properties": item["attributes"] | own,
            }
        )
    body = msgspec.json.encode({"type": "FeatureCollection", "features": features}, enc_hook=str)
    links = {"Link": response["Link"]} if "Link" in response else {}
    return HttpResponse(body, content_type=GEOJSON, headers=links)


def told(entity: Entity) -> dict[str, Any]:
    """A thing as the API tells it."""
    first = settings.CANDIA_CITY.languages[0]
    return {
        "id": entity.id,
        "kind": entity.kind_name,
        "name": str(entity),
        "names": {first: entity.name, **entity.names},
        "attributes": entity.attribute_values(),
        "zone": entity.zone,
        "synthetic": entity.synthetic,
        "geometry": entity.point(),
        "position_at": entity.position_at,
    }


def happened(event: Event) -> dict[str, Any]:
    """An event without persons; a service's own facts stay with it, since they may point at some."""
    told = event.cloudevent()
    machine = event.by if event.by.startswith(("rule:", "system")) else None
    public = event.because is not None and event.because.kind not in staff_events()
    cause = event.because_id if public else None
    return {**told, "data": {"about": event.about, "because": cause, "by": machine}}
