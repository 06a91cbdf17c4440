"""Positions: what moves stands where it was last observed; its row follows once a minute, with its zone."""

from __future__ import annotations

from datetime import datetime

from django.db import connection
from procrastinate.contrib.django import app

from candia.core.entity import Entity
from candia.core.service import entity_kinds
from candia.core.telemetry import store
from candia.core.zones import zone_at
from candia.telemetry import questions
from candia.telemetry.observation import qualified

# One statement for all that moved, however many.
_follow = """
UPDATE core_entity SET lon = seen.lon, lat = seen.lat, zone = seen.zone, position_at = seen.at
FROM unnest(%s::text[], %s::float[], %s::float[], %s::text[], %s::timestamptz[]) AS seen (id, lon, lat, zone, at)
WHERE core_entity.id = seen.id
"""


@app.periodic(cron="* * * * *")
@app.task(name="core.follow", queueing_lock="core.follow", pass_context=False)
def follow(timestamp: int) -> None:  # noqa: ARG001 — the worker's signature
    """Once a minute: put everything that moves where it was last seen."""
    for model in entity_kinds().values():
        follow_kind(model)


def follow_kind(model: type[Entity]) -> int:
    """Put the things of a kind where they were last seen, two questions for all; answers with how many moved on.

    A position is a longitude and a latitude of one moment; of a thing that has sent one of the two alone nothing
    is known, and what was seen before the position that is kept changes nothing.
    """
    if model.moves is None:
        return 0
    known = dict(model._default_manager.values_list("id", "position_at"))
    lons, lats = (_newest(qualified(model.kind, name)) for name in model.moves)
    moved = []
    for id, (at, lon) in lons.items():
        there, lat = lats.get(id, (None, 0.0))
        before = known.get(id)
        if id in known and at == there and (before is None or before < at):
            moved.append((id, lon, lat, zone_at(lon, lat), at))
    if moved:
        with connection.cursor() as cursor:
            cursor.execute(_follow, [list(column) for column in zip(*moved, strict=True)])
    return len(moved)


def _newest(property: str) -> dict[str, tuple[datetime, float]]:
    """When and what was last observed of each thing."""
    rows = questions.latest(store(), property).to_pylist()
    return {row["entity"]: (row["time"], row["value"]) for row in rows if row["value"] is not None}
