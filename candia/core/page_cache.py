"""Shared: an answer made once for all who ask for the same, such as a page for those who are not signed in."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import partial, wraps
from http import HTTPStatus
from typing import Any, Generic, TypeVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language

from candia.core.errors import Unavailable

Answer = TypeVar("Answer")
View = Callable[..., HttpResponse]
# Beyond so many addresses a process begins anew: nobody fills its memory by asking for ever others.
MOST = 500
# Seconds to wait for an answer that another is making.
PATIENCE = 5.0
# So old may be what an open page gets that heard news, which reaches it more than a second after the event.
NEWS = 0.25
_every: list[dict[tuple[str, ...], Kept[View]]] = []


class Kept(Generic[Answer]):
    """An answer that is good for so many seconds, for all threads of a process.

    Once it has aged, one asker makes it anew while the others take the old one, for as many seconds again; with
    `waiting` they wait for the new one.
    """

    def __init__(self, seconds: float, *, waiting: bool = False) -> None:
        self._seconds, self._old = seconds, 0.0 if waiting else seconds
        self._lock = threading.Lock()
        self._made: tuple[Answer, float] | None = None

    def get(self, make: Callable[[], tuple[Answer, bool]]) -> Answer:
        """The answer; `make` gives a new one, and whether to keep it. Raises Unavailable if none comes in time."""
        made, now = self._made, time.monotonic()
        if made is not None and now < made[1]:
            return made[0]
        old = made if made is not None and now < made[1] + self._old else None
        if not self._lock.acquire(timeout=PATIENCE if old is None else 0):
            if old is None:
                # Whoever makes it waits for an engine; a queue behind it would hold every thread of the process.
                raise Unavailable
            return old[0]
        try:
            return self._renewed(make)
        finally:
            self._lock.release()

    def _renewed(self, make: Callable[[], tuple[Answer, bool]]) -> Answer:
        if self._made is not None and time.monotonic() < self._made[1]:
            return self._made[0]
        answer, good = make()
        if good:
            self._made = answer, time.monotonic() + self._seconds
        return answer


def shared(view: View, seconds: float, by: Callable[[HttpRequest], str] = lambda _request: "") -> View:
    """The view, made at most once in so many seconds for each address and language for visitors without a session.

    `by` answers with what else tells visitors apart, one of a few words: it is a part of the key.

    Open pages that heard news get what was made after it. Whoever is signed in, asks with a query or gets a form of
    their own is answered afresh.
    """
    pages: dict[tuple[str, ...], Kept[View]] = {}
    _every.append(pages)

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        def make() -> tuple[View, bool]:
            made = view(request, *args, **kwargs)
            good = (
                made.status_code == HTTPStatus.OK and not made.cookies and "CSRF_COOKIE" not in request.META
            )
            return (partial(_copy, made, {}) if good else lambda: made), good

        if not _like_all_others(request):
            return view(request, *args, **kwargs)
        if len(pages) > MOST:
            pages.clear()
        address = (request.get_host(), request.path, get_language() or "", by(request))
        if "HX-Request" in request.headers:
            news = (*address, request.headers.get("HX-Target", ""))
            return pages.setdefault(news, Kept(NEWS, waiting=True)).get(make)()
        return pages.setdefault(address, Kept(seconds)).get(make)()

    return answer


def _copy(made: HttpResponse, packings: dict[str, bytes]) -> HttpResponse:
    """The same answer for the next visitor; whoever packs it leaves it packed, by encoding, in `packings`."""
    answer = HttpResponse(made.content, headers=dict(made.headers))
    answer.packings = packings  # type: ignore[attr-defined]
    return answer


def forget() -> None:
    """Make every page anew, in this process."""
    for pages in _every:
        pages.clear()


def _like_all_others(request: HttpRequest) -> bool:
    return (
        request.method == "GET"
        # A session, or a message that waits for its reader.
        and not request.COOKIES.keys() & {settings.SESSION_COOKIE_NAME, "messages"}
        and not request.META.get("QUERY_STRING")
    )
