"""Forecasts of public things: what was last said of each step, or what had been said by a moment."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop
from ninja import Query, Router
from pydantic import AwareDatetime

from candia.core import forecast_questions, things
from candia.core.errors import NotFound
from candia.doors.api import schemas
from candia.doors.api.observations import Moment, Name, answered, declared_of, span, wrong

router = Router()
Issued = Annotated[
    AwareDatetime | None,
    Query(
        description=gettext_noop("What had been said by this moment; what was last said where none is given.")
    ),
]


@router.get(
    "/entities/{id}/forecast",
    response={200: schemas.Forecast, **wrong},
    summary=gettext_noop("A forecast"),
)
def forecast(
    request: HttpRequest,
    id: str,
    property: Name,
    since: Moment = None,
    until: Moment = None,
    issued_by: Issued = None,
) -> Any:
    """What is foretold of one property of one thing, from this moment as far as it goes where nothing is said."""
    thing = things.published(id)
    declared = declared_of(thing.id, property)
    told = forecast_questions.declared(thing.kind_name, declared.name)
    if told is None:
        raise NotFound(_("Nothing is foretold of this property."))
    since, until = span(*_stretch(since, until, told.step, told.horizon), "hour")
    name = f"{thing.service_name}.{declared.name}"
    rows = forecast_questions.curve(thing.id, name, since, until, issued_by)
    answer = {
        "entity": thing.id,
        "property": name,
        "unit": declared.unit,
        "step": int(told.step.total_seconds()),
        "since": since,
        "until": until,
        "steps": [{**row, "levels": [round(level, 4) for level in row["levels"]]} for row in rows],
    }
    return answered(answer)


def _stretch(
    since: datetime | None, until: datetime | None, step: timedelta, horizon: timedelta
) -> tuple[datetime, datetime]:
    """From the step that has begun to the end of what an issue reaches, as far as nothing else is asked for."""
    if since is None:
        length = int(step.total_seconds())
        present = int((until - horizon if until else timezone.now()).timestamp())
        since = datetime.fromtimestamp(present // length * length, timezone.get_current_timezone())
    return since, until or since + horizon
