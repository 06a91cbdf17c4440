"""Things of the city that anyone may know of: where they are, and their stories."""

from __future__ import annotations

from typing import Annotated, Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop
from ninja import Query, Router

from candia.core.entity import Entity
from candia.core.errors import Refused
from candia.core.event import Event, story
from candia.doors import visibility
from candia.doors.api import schemas
from candia.doors.api.paging import After, Limit, number, paged

router = Router()
NUMBERS = 4
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
    """What is public, by kind and then by id."""
    wanted = Q(zone=zone) if zone else Q()
    if bbox:
        west, south, east, north = corners(bbox)
        wanted &= Q(lon__gte=west, lon__lte=east, lat__gte=south, lat__lte=north)
    kinds = [kind] if kind else list(visibility.open_kinds())
    begin = after.partition(":")[0]
    found: list[Entity] = []
    for name in kinds:
        if name < begin or len(found) > limit:
            continue
        rest = visibility.of_kind(name).filter(wanted).order_by("pk")
        if name == begin:
            rest = rest.filter(pk__gt=after)
        found += rest[: limit + 1 - len(found)]
    return paged(request, response, found, limit, lambda one: one.id, told)


@router.get("/entities/{id}", response={200: schemas.Entity, **missing}, summary=gettext_noop("One thing"))
def one_entity(request: HttpRequest, id: str) -> Any:
    """Its kind, name and place."""
    return told(visibility.thing(id))


@router.get(
    "/entities/{id}/story",
    response={200: schemas.Page[schemas.Event], **missing, 422: schemas.Problem},
    summary=gettext_noop("A thing's story"),
)
def story_of(
    request: HttpRequest, response: HttpResponse, id: str, after: After = "", limit: Limit = 100
) -> Any:
    """What happened to it, oldest first, as CloudEvents; of other things only what is public."""
    events = story(visibility.thing(id).pk)
    if after:
        events = events.filter(pk__gt=number(after))
    found = list(events[: limit + 1])
    known = visibility.among({event.entity for event in found}) | {id}
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


def told(entity: Entity) -> dict[str, Any]:
    """A thing as the API tells it."""
    return {
        "id": entity.id,
        "kind": entity.kind_name,
        "name": str(entity),
        "zone": entity.zone,
        "synthetic": entity.synthetic,
        "geometry": entity.point(),
    }


def happened(event: Event) -> dict[str, Any]:
    """An event without persons; a service's own facts stay with it, since they may point at some."""
    told = event.cloudevent()
    machine = event.by if event.by.startswith(("rule:", "system")) else None
    return {**told, "data": {"about": event.about, "because": event.because_id, "by": machine}}
