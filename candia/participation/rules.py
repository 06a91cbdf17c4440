"""What the city does by itself when something happens that followers are told of."""

from __future__ import annotations

from collections.abc import Iterable

from candia.core.event import Event
from candia.core.rule import Do, Verdict
from candia.core.service import entity_kinds
from candia.participation.commands import notify_followers
from candia.participation.declaration import of


def tell_followers(event: Event) -> Iterable[Verdict]:
    """Those who follow a thing hear what happened to it; silent about what nobody can follow."""
    kind = entity_kinds().get(event.entity.partition(":")[0])
    if kind is not None and of(kind).follow:
        yield Do(notify_followers, {"entity": event.entity, "event": event.pk})
