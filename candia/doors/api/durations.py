"""Durations of public things' states: how long in which, and from when to when."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop
from ninja import Query, Router

from candia.core import things
from candia.core.errors import Refused
from candia.core.telemetry import store, zone
from candia.doors.api import schemas
from candia.doors.api.observations import Moment, Name, answered, declared_of, span, wrong
from candia.telemetry import durations as asked
from candia.telemetry.durations import By

router = Router()
By_ = Annotated[
    Literal["all", "hour", "day"],
    Query(description=gettext_noop("Over all of it, or for each hour or day of the city's clock.")),
]


@router.get(
    "/entities/{id}/durations",
    response={200: schemas.Durations, **wrong},
    summary=gettext_noop("How long in which state"),
)
def durations(
    request: HttpRequest,
    id: str,
    property: Name,
    since: Moment = None,
    until: Moment = None,
    every: By_ = "all",
) -> Any:
    """How long one thing was in each state, the last day where nothing is said; at most 31 days."""
    thing = things.published(id)
    declared = declared_of(thing.id, property)
    if not declared.is_state:
        sentence = _("This property is a measure and no state. Ask for its observations.")
        raise Refused(sentence, property=sentence)
    since, until = span(since, until, "raw")
    until = max(min(until, timezone.now()), since)
    name = f"{thing.service_name}.{declared.name}"
    by: By = "" if every == "all" else every
    about: dict[str, Any] = {"silence": declared.silence, "entities": [thing.id]}
    laid = asked.durations(store(), name, since, until, by=by, zone=zone(), **about)
    spells = asked.spells(store(), name, since, until, **about)
    answer = {
        "entity": thing.id,
        "property": name,
        "since": since,
        "until": until,
        "silence": int(declared.silence.total_seconds()),
        "durations": laid.drop_columns("entity").to_pylist(),
        "spells": spells.drop_columns("entity").to_pylist(),
    }
    return answered(answer)
