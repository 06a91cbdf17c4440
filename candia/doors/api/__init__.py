"""The API: what the city knows and publishes, for programs; version 1, under /api/v1."""

from __future__ import annotations

from typing import Any

import msgspec
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.renderers import BaseRenderer

from candia.core.errors import CandiaError, NotFound, Refused
from candia.doors.api import alerts, city, datasets, entities, forecasts, observations
from candia.doors.problems import Misunderstood, failure, problem


class Fast(BaseRenderer):
    """JSON in UTF-8, as msgspec writes it; words in the reader's language are written as they are."""

    media_type = "application/json"

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> Any:  # noqa: ARG002 — ninja's
        """The bytes."""
        return msgspec.json.encode(data, enc_hook=str)


api = NinjaAPI(
    title="Candia",
    version="1",
    urls_namespace="api",
    docs_url=None,
    openapi_url=None,
    renderer=Fast(),
)
for router in (
    city.router,
    entities.router,
    alerts.router,
    observations.router,
    forecasts.router,
    datasets.router,
):
    api.add_router("", router)


@api.exception_handler(CandiaError)
def _refused(_request: HttpRequest, error: CandiaError) -> HttpResponse:
    return problem(error)


@api.exception_handler(ValidationError)
def _wrong(_request: HttpRequest, wrong: ValidationError) -> HttpResponse:
    named = {str(found["loc"][-1]): str(found["msg"]) for found in wrong.errors}
    names = ", ".join(named)
    return problem(Refused(_("Look at these parameters again: %(names)s.") % {"names": names}, **named))


@api.exception_handler(Http404)
def _missing(_request: HttpRequest, _error: Http404) -> HttpResponse:
    return problem(NotFound())


@api.exception_handler(HttpError)
def _unread(_request: HttpRequest, _error: HttpError) -> HttpResponse:
    return problem(Misunderstood())


@api.exception_handler(Exception)
def _failed(request: HttpRequest, error: Exception) -> HttpResponse:
    return failure(request.path, error)


def nothing(_request: HttpRequest, rest: str) -> HttpResponse:
    """Whatever else begins with /api/."""
    return problem(NotFound())
