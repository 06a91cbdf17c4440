"""Observations of public things: curves, and the newest of all."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

import msgspec
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop
from ninja import Query, Router
from pydantic import AwareDatetime

from candia.core import things
from candia.core.errors import NotFound, Refused
from candia.core.service import services
from candia.core.telemetry import store, zone
from candia.doors.api import schemas
from candia.telemetry import questions
from candia.telemetry.observation import Property, qualified

router = Router()
# The longest stretch that one request may ask for, and the most rows that it gets.
SPANS = {
    "raw": timedelta(days=31),
    "hour": timedelta(days=366),
    "day": timedelta(days=3660),
    "month": timedelta(days=36600),
}
ROWS = 100_000
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
# What ClickHouse's DateTime can hold.
FIRST, LAST = datetime(1970, 1, 2, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
Moment = Annotated[
    AwareDatetime | None,
    Query(description=gettext_noop("A moment with its zone, such as 2026-05-01T00:00:00Z.")),
]
Every = Annotated[
    Literal["raw", "hour", "day", "month"],
    Query(description=gettext_noop("As they came, or for each hour, day or month of the city's clock.")),
]
Name = Annotated[
    str, Query(max_length=80, description=gettext_noop("Which property, such as inflow or water.inflow."))
]
wrong = {404: schemas.Problem, 422: schemas.Problem, 503: schemas.Problem}


@router.get(
    "/entities/{id}/observations",
    response={200: schemas.Series, **wrong},
    summary=gettext_noop("A curve"),
    openapi_extra={
        "responses": {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
    },
)
def observations(
    request: HttpRequest,
    id: str,
    property: Name,
    since: Moment = None,
    until: Moment = None,
    every: Every = "hour",
) -> Any:
    """One property of one thing, oldest first, the last day where nothing is said; as CSV to whoever accepts that.

    At most 31 days as they came, a year of hours, ten years of days.
    """
    thing = things.published(id)
    declared = declared_of(thing.id, property)
    since, until = span(since, until, every)
    name = f"{thing.service_name}.{declared.name}"
    table = questions.series(store(), thing.id, name, since, until, every, zone())
    if table.num_rows > ROWS:
        raise Refused(_("These are too many observations for one answer. Ask for a shorter time."))
    rows = table.to_pylist()
    if request.get_preferred_type(["application/json", "text/csv"]) == "text/csv":
        return as_csv(rows, table.column_names, f"{thing.id}-{declared.name}".replace(":", "-"))
    curve: dict[str, Any] = {"entity": thing.id, "property": name, "unit": declared.unit, "every": every}
    curve |= {"since": since, "until": until, "observations": [_clean(row) for row in rows]}
    return answered(curve)


@router.get(
    "/latest", response={200: list[schemas.Latest], **wrong}, summary=gettext_noop("The newest of all")
)
def latest(
    request: HttpRequest,
    property: Name,
    kind: Annotated[
        str, Query(max_length=60, description=gettext_noop("Of which kind, such as water.district."))
    ],
) -> Any:
    """The newest observation of each public thing of a kind."""
    property = full_name(kind, property)
    declared = declared_as(property)
    ids = list(things.of_kind(kind).order_by("pk").values_list("pk", flat=True))
    rows = questions.latest(store(), property, ids).to_pylist() if ids else []
    common = {"property": property, "unit": declared.unit}
    told = [{**_clean(row), "state": row["state"] or None, **common} for row in rows]
    return answered(told)


def answered(told: Any) -> HttpResponse:
    """What was asked for as JSON, written without asking a schema once more for each row."""
    return HttpResponse(msgspec.json.encode(told), content_type="application/json")


def full_name(thing: str, property: str) -> str:
    """A property's full name, which its plain one stands for where a thing or a kind of its service is named."""
    return property if "." in property else qualified(thing, property)


def declared_of(thing: str, property: str) -> Property:
    """The declaration of a property of a thing, by its plain or full name; raises NotFound."""
    return declared_as(full_name(thing, property))


def declared_as(name: str) -> Property:
    """The declaration of a property by its full name; raises NotFound."""
    service, _dot, plain = name.partition(".")
    known = {item.name: item for item in services()[service].properties} if service in services() else {}
    if plain not in known:
        raise NotFound(_("The city has no such property."))
    return known[plain]


def span(since: datetime | None, until: datetime | None, every: str) -> tuple[datetime, datetime]:
    """The stretch that is asked for, in UTC; raises Refused where it is none, or too long."""
    # The present minute whole, so that who asks twice within it is answered the same.
    present = timezone.now().replace(second=0, microsecond=0) + MINUTE
    until = (until or present).astimezone(UTC)
    since = (since or until - DAY).astimezone(UTC)
    if not FIRST <= since <= LAST or not FIRST <= until <= LAST or since >= until:
        sentence = _("The beginning must lie before the end, and both between 1970 and 2100.")
        raise Refused(sentence, since=sentence)
    if until - since > SPANS[every]:
        sentence = _("At most %(days)d days at once. Ask for a shorter time, or for coarser steps.")
        raise Refused(
            str(sentence) % {"days": SPANS[every].days}, since=str(sentence) % {"days": SPANS[every].days}
        )
    return since, until


def as_csv(rows: Iterable[dict[str, Any]], columns: list[str], name: str) -> HttpResponse:
    """The rows as RFC 4180 has them."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows(
        [value.isoformat() if isinstance(value, datetime) else value for value in row.values()]
        for row in rows
    )
    return HttpResponse(
        text.getvalue(),
        content_type="text/csv; charset=utf-8; header=present",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
    )


def _clean(row: dict[str, Any]) -> dict[str, Any]:
    if row.get("state") == "":
        row["state"] = None
    return row
