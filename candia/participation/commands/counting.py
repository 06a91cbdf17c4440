"""How commands count what was said to a thing, and whose story it becomes a line of."""

from __future__ import annotations

from typing import Any

from candia.core import errors
from candia.core.entity import Entity
from candia.core.event import Happened
from candia.participation import deadlines
from candia.participation.declaration import Counts, of
from candia.participation.models import Comment, Support


def counted(thing: Entity, **data: Any) -> Happened:
    """Count anew and let the kind keep it; a line of the thing's own story."""
    counts = Counts(
        Support.objects.filter(entity=thing.pk).count(),
        Comment.objects.filter(entity=thing.pk, hidden_because="").count(),
    )
    keep = of(thing).counted
    facts = keep(thing, counts) if keep else {}
    owed = deadlines.count(thing, counts.supports)
    return Happened(thing, data={"supports": counts.supports, **data, **facts, **owed})


def aside(thing: Entity, what: str, **data: Any) -> Happened:
    """Who listens, votes and complains is no line of the public story."""
    return Happened(thing, about=f"participation.{what}:{thing.id}"[:120], data=data)


def comment_on(thing: Entity, number: int) -> Comment:
    """The comment of this number on the thing; raises NotFound."""
    said = Comment.objects.filter(entity=thing.pk, pk=number).first()
    if said is None:
        raise errors.NotFound
    return said
