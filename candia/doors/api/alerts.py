"""Alerts of public things: what rules found wrong, without what staff wrote about it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_noop
from ninja import Query, Router

from candia.core import things
from candia.core.alert import Alert
from candia.core.service import services
from candia.doors.api import schemas
from candia.doors.api.paging import After, Limit, number, paged

router = Router()
Status = Annotated[
    Literal["open", "closed", "all"], Query(description=gettext_noop("Standing, closed, or both."))
]


@router.get(
    "/entities/{id}/alerts",
    response={200: schemas.Page[schemas.Alert], 404: schemas.Problem, 422: schemas.Problem},
    summary=gettext_noop("What was found wrong with a thing"),
)
def alerts_of(
    request: HttpRequest,
    response: HttpResponse,
    id: str,
    status: Status = "all",
    after: After = "",
    limit: Limit = 100,
) -> Any:
    """Its alerts, newest first."""
    own = Alert.objects.filter(entity_id=things.published(id).pk)
    return _page_of_alerts(request, response, own, status, after, limit)


@router.get(
    "/alerts",
    response={200: schemas.Page[schemas.Alert], 422: schemas.Problem},
    summary=gettext_noop("Alerts of the city"),
)
def alerts(
    request: HttpRequest,
    response: HttpResponse,
    status: Status = "open",
    after: After = "",
    limit: Limit = 100,
) -> Any:
    """Those of public things, newest first."""
    public = Q(pk__in=[])
    for model in things.open_kinds().values():
        public |= Q(entity__in=model.published().values("pk"))
    return _page_of_alerts(request, response, Alert.objects.filter(public), status, after, limit)


def _page_of_alerts(
    request: HttpRequest,
    response: HttpResponse,
    found: QuerySet[Alert],
    status: str,
    after: str,
    limit: int,
) -> dict[str, Any]:
    if status != "all":
        found = found.filter(closed__isnull=status == "open")
    if after:
        found = found.filter(pk__lt=number(after))
    shown = list(found.order_by("-pk")[: limit + 1])
    return paged(request, response, shown, limit, lambda alert: alert.pk, reported)


def reported(alert: Alert) -> dict[str, Any]:
    """An alert without what staff wrote about it, and without its evidence, which may name other things."""
    service = services().get(alert.service_name)
    titles = {rule.name: str(rule.title) for rule in service.rules} if service else {}
    own = ("id", "rule", "status", "severity", "opened", "last_seen", "closed", "seen")
    return {
        **{name: getattr(alert, name) for name in own},
        "title": titles.get(alert.rule.partition(".")[2], alert.rule),
        "entity": alert.entity_id,
        "text": alert.sentence(),
    }
