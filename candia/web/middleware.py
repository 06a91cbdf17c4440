"""What stands between a request and its page: the key of its form, the connection it lets go, pages for errors."""

import logging
from collections.abc import Callable

from django.db import connections
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from candia.core import idempotency
from candia.core.errors import CandiaError
from candia.web.outage import outage
from candia.web.views import away, not_found

log = logging.getLogger(__name__)


class IdempotentForms:
    """Gives the commands that a form asks for the form's own key, so that one sent again is carried out once."""

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on; its form is read only if a command asks, as late as a page would read it."""
        if request.method != "POST":
            return self.get_response(request)
        with idempotency.asked_for(lambda: request.POST.get(idempotency.FIELD, "")):
            return self.get_response(request)


class ReleaseConnections:
    """Gives the connection to the database back once an answer is made: its reader may take long to take it."""

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on."""
        try:
            return self.get_response(request)
        finally:
            for connection in connections.all(initialized_only=True):
                # Within a transaction somebody else, such as a test, has the connection.
                if not connection.in_atomic_block:
                    connection.close_if_unusable_or_obsolete()


class ErrorPages:
    """Answers a CandiaError that a page did not handle with its sentence and status."""

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on, unless it asks for the one character that PostgreSQL refuses to look for."""
        if "\0" in request.path_info or "%00" in request.META.get("QUERY_STRING", ""):
            return not_found(request, Http404())
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """The page for an error of the core; any other goes on."""
        if isinstance(error, CandiaError):
            return render(request, "error.html", {"error": error}, status=error.status)
        if found := outage(error):
            log.error("%s asks an engine that does not answer: %s", request.path, error)
            return away(found)
        return None
