"""Pages and answers that belong to the whole site: health, live updates, errors."""

from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from candia.core.errors import CandiaError, Forbidden, NotFound, Refused
from candia.web.live import audience


def health(_request: HttpRequest) -> JsonResponse:
    """Whether this process can serve: the database answers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"status": "ok"})


async def live(request: HttpRequest) -> StreamingHttpResponse:
    """Server-sent events for `?topics=water,dialogue`: that a service has news."""
    topics = frozenset(request.GET.get("topics", "").split(","))
    return StreamingHttpResponse(
        audience.news(topics),
        content_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 — Django's signature
    """The page for a request that makes no sense."""
    return page(
        request, Refused(_("The address or the form was not understood. Go back and try again.")), 400
    )


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    """The page for what this person may not do."""
    return page(request, Forbidden(), 403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    """The page for an address that leads nowhere."""
    return page(request, NotFound(), 404)


def broken(request: HttpRequest) -> HttpResponse:
    """The page for a mistake of ours."""
    return page(request, CandiaError(), 500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001
    """The page for a form whose token has aged."""
    aged = _("This form has expired for your safety. Go back, reload the page, and send it again.")
    return page(request, Forbidden(aged), 403)


def page(request: HttpRequest, error: CandiaError, status: int) -> HttpResponse:
    """An error as a page: its sentence, and the ways on."""
    return render(request, "error.html", {"error": error}, status=status)
