"""What every answer of the interfaces has in common: language, limit, HEAD, ETag, CORS, and errors as problems."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.cache import get_conditional_response, patch_vary_headers

from candia.core.errors import CandiaError
from candia.doors import bearer
from candia.doors.problems import TYPE, Misunderstood, instead, problem

# What an answer may be kept for by whoever passes it on.
KEPT = "public, max-age=10"
SHOWN = "ETag, Link, RateLimit, RateLimit-Policy, Retry-After, Content-Language, Content-Disposition"
PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
    "Access-Control-Allow-Headers": "Accept, Accept-Language, If-None-Match, If-Modified-Since",
    "Access-Control-Max-Age": "86400",
    "Allow": "GET, HEAD, OPTIONS",
}


def is_interface(path: str) -> bool:
    """Whether programs, and no readers, are at this address: the API, and data as files."""
    return path.startswith("/api/") or (path.startswith("/data/") and "." in path.rpartition("/")[2])


class Interfaces:
    """Stands before the views of the API and of open data; other addresses pass untouched."""

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer as a program expects it."""
        if not is_interface(request.path_info):
            return self._get_response(request)
        with translation.override(translation.get_language_from_request(request)):
            answer = self._answer(request)
        patch_vary_headers(answer, ("Accept", "Accept-Language"))
        if request.method in {"GET", "HEAD", "OPTIONS"}:
            answer["Access-Control-Allow-Origin"] = "*"
            answer["Access-Control-Expose-Headers"] = SHOWN
        return answer

    def _answer(self, request: HttpRequest) -> HttpResponseBase:
        try:
            program = bearer.asking(request)
        except CandiaError as refused:
            return problem(refused)
        try:
            program.count()
            request.program = program  # type: ignore[attr-defined]  # read by bearer.token_of
            answer = self._taken(request)
        except CandiaError as refused:
            answer = problem(refused)
        program.say_what_is_left(answer)
        return answer

    def _taken(self, request: HttpRequest) -> HttpResponseBase:
        if "\0" in request.path_info or "%00" in request.META.get("QUERY_STRING", ""):
            # No name has it, and PostgreSQL refuses to look for it.
            return problem(Misunderstood())
        if request.method == "OPTIONS":
            return HttpResponse(status=HTTPStatus.NO_CONTENT, headers=PREFLIGHT)
        head = request.method == "HEAD"
        if head:
            # Each GET answers HEAD as well; the views need not know.
            request.method = "GET"
            request.headers_only = True  # type: ignore[attr-defined]
        answer: HttpResponseBase = self._get_response(request)
        if isinstance(answer, HttpResponse):
            answer = finished(request, answer)
        return without_body(answer) if head else answer


def without_body(answer: HttpResponseBase) -> HttpResponse:
    """What HEAD gets: the same headers, and nothing after them."""
    bare = HttpResponse(status=answer.status_code, headers=answer.headers)
    if isinstance(answer, HttpResponse):
        bare.headers.setdefault("Content-Length", str(len(answer.content)))
    return bare


def finished(request: HttpRequest, answer: HttpResponse) -> HttpResponse:
    """The answer with its ETag, or the 304 that it makes possible; an error as a problem document."""
    if answer.status_code >= HTTPStatus.BAD_REQUEST:
        return answer if answer.get("Content-Type") == TYPE else instead(answer)
    answer.headers.setdefault("Content-Language", translation.get_language() or "")
    if request.method != "GET" or answer.status_code != HTTPStatus.OK:
        return answer
    answer.headers.setdefault("Cache-Control", KEPT)
    answer.headers.setdefault("ETag", f'"{sha256(answer.content).hexdigest()[:32]}"')
    return get_conditional_response(request, etag=answer["ETag"], response=answer) or answer
