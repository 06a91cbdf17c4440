"""Published: what anyone may know, asked for in one place, so that no door can forget it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from candia.core.entity import Entity
from candia.core.errors import NotFound
from candia.core.service import entity_kinds


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


def thing(id: str) -> Entity:
    """One public thing; raises NotFound, and does not say whether it exists unpublished."""
    model = open_kinds().get(id.partition(":")[0])
    found: Entity | None = model.published().filter(pk=id).first() if model else None
    if found is None:
        raise NotFound
    return found


def among(ids: Iterable[str]) -> set[str]:
    """Those of these ids that are public, with one query for each kind."""
    by_kind: dict[str, set[str]] = {}
    for id in ids:
        by_kind.setdefault(id.partition(":")[0], set()).add(id)
    known = open_kinds()
    return {
        id
        for kind in by_kind.keys() & known.keys()
        for id in known[kind].published().filter(pk__in=by_kind[kind]).values_list("pk", flat=True)
    }
