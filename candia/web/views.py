"""Pages and answers that belong to the whole site: health, live updates, errors."""

import re
import sys
from pathlib import Path

from django.core.exceptions import RequestDataTooBig
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from candia.core.errors import Unavailable
from candia.web.live import audience
from candia.web.outage import outage
from candia.web.portal.home_feed import BEAT_S

# Names alone: they are said again in a stream whose lines mean something.
TOPICS, MOST_TOPICS = re.compile(r"[a-z0-9_-]+"), 20


def health(_request: HttpRequest) -> JsonResponse:
    """Whether this process can serve: the database answers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"status": "ok"})


async def live(request: HttpRequest) -> StreamingHttpResponse:
    """Server-sent events for `?topics=water,dialogue`: that a service has news, also since the page was made."""
    topics = frozenset(TOPICS.findall(request.GET.get("topics", ""))[:MOST_TOPICS])
    made = request.GET.get("since", "")
    # What a page tells may be a second older than the page.
    since = float(made) - BEAT_S if made.isascii() and made.isdecimal() else None
    return StreamingHttpResponse(
        audience.news(topics, since),
        content_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


def worker(_request: HttpRequest) -> HttpResponse:
    """The script that keeps the offline page; from the root, so that it may speak for the whole site."""
    script = (Path(__file__).parent / "dist" / "sw.js").read_text("utf-8")
    return HttpResponse(script, content_type="text/javascript", headers={"Cache-Control": "no-cache"})


def offline(request: HttpRequest) -> HttpResponse:
    """What a browser shows when it has no network; it keeps the page for that moment."""
    return render(request, "offline.html")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The page for a request that makes no sense, or that is too large."""
    status = 413 if isinstance(exception, RequestDataTooBig) else 400
    return render(request, f"{status}.html", status=status)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 — Django's signature
    """The page for what this person may not do."""
    return render(request, "403.html", status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    """The page for an address that leads nowhere."""
    return render(request, "404.html", status=404)


def away(error: Unavailable) -> HttpResponse:
    """The page for an engine that does not answer or has no room; it asks none of them for anything."""
    page = render_to_string("503.html", {"error": error})
    return HttpResponse(page, status=error.status, headers={"Retry-After": "5"})


def broken(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """The page for a mistake of ours, or for an engine that was away while the request was still on its way in."""
    if found := outage(sys.exception()):
        return away(found)
    return HttpResponse(render_to_string("500.html"), status=500)
