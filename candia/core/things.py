"""Things: from an id to the thing, its name, its page, and who may know of it; asked for here alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from candia.core.access import Person
from candia.core.entity import Entity
from candia.core.errors import NotFound
from candia.core.service import entity_kinds
from candia.core.zones import zone_name


@dataclass(frozen=True)
class Thing:
    """A thing as a reader may know of it, in their language; `page` is empty where they have none about it."""

    id: str
    kind: str
    name: str
    page: str
    zone: str


def entities(ids: Iterable[str]) -> dict[str, Entity]:
    """The things of these ids, each as its own kind, whoever asks: one query for each kind."""
    return {
        thing.pk: thing
        for kind, wanted in by_kind(ids).items()
        for thing in entity_kinds()[kind]._default_manager.filter(pk__in=wanted)
    }


def visible(ids: Iterable[str], by: object = None) -> dict[str, Thing]:
    """Those of these ids that somebody may know of, in the same order; `by` is a person, or nobody in particular.

    Staff are led to the desk's page where there is one, all others to the portal's.
    """
    ids = list(ids)
    person = by if isinstance(by, Person) else None
    public = among(ids)
    things: dict[str, Thing] = {}
    for kind, wanted in by_kind(ids).items():
        model = entity_kinds()[kind]
        staff = person is not None and person.is_staff_of(kind.partition(".")[0])
        for thing in model.visible_to(person).filter(pk__in=wanted):
            page = (staff and thing.desk_page()) or (thing.page() if thing.pk in public else "")
            zone = zone_name(thing.zone) if thing.zone else ""
            things[thing.pk] = Thing(thing.pk, str(model.title), str(thing), page, zone)
    return {id: things[id] for id in dict.fromkeys(ids) if id in things}


def is_open(model: type[Entity]) -> bool:
    """Whether any thing of this kind may be public at all."""
    return not model.published().query.is_empty()


def open_kinds() -> dict[str, type[Entity]]:
    """The kinds of which something may be public, in the order of their names."""
    return {kind: model for kind, model in sorted(entity_kinds().items()) if is_open(model)}


def of_kind(kind: str) -> QuerySet[Any]:
    """The public things of a kind; raises NotFound where nothing of it ever is."""
    model = open_kinds().get(kind)
    if model is None:
        raise NotFound(_("Nothing of this kind is public."))
    return model.published()


def published(id: str) -> Entity:
    """One public thing; raises NotFound, and does not say whether it exists unpublished."""
    model = open_kinds().get(id.partition(":")[0])
    entity: Entity | None = model.published().filter(pk=id).first() if model else None
    if entity is None:
        raise NotFound
    return entity


def among(ids: Iterable[str]) -> set[str]:
    """Those of these ids that are public, with one query for each kind."""
    known = open_kinds()
    return {
        id
        for kind, wanted in by_kind(ids).items()
        if kind in known
        for id in known[kind].published().filter(pk__in=wanted).values_list("pk", flat=True)
    }


def by_kind(ids: Iterable[str]) -> dict[str, set[str]]:
    """These ids by their kind, of the kinds that this city has."""
    grouped: dict[str, set[str]] = {}
    for id in ids:
        kind = id.partition(":")[0]
        if kind in entity_kinds():
            grouped.setdefault(kind, set()).add(id)
    return grouped
