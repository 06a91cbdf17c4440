"""Shared: one page made for all who are not signed in, for as long as it says the same to each of them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language

from candia.core.errors import Unavailable

View = Callable[..., HttpResponse]
# Beyond so many addresses a process begins anew: nobody fills its memory by asking for ever others.
MOST = 500
# Seconds to wait for a page that another is making.
PATIENCE = 5.0
_every: list[dict[tuple[str, str, str], Kept]] = []


@dataclass
class Kept:
    """One address' page: who makes it holds the lock, and the others take it when it is there."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    until: float = 0.0
    content: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


def shared(view: View, seconds: float) -> View:
    """The view, made at most once in so many seconds for each address and language for visitors without a session.

    Whoever is signed in, asks with a query, follows live news or gets a form of their own is answered afresh.
    """
    pages: dict[tuple[str, str, str], Kept] = {}
    _every.append(pages)

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not _like_all_others(request):
            return view(request, *args, **kwargs)
        if len(pages) > MOST:
            pages.clear()
        kept = pages.setdefault((request.get_host(), request.path, get_language() or ""), Kept())
        if not kept.lock.acquire(timeout=PATIENCE):
            # Whoever makes it waits for an engine; a queue behind it would hold every thread of the process.
            raise Unavailable
        try:
            if time.monotonic() < kept.until:
                return HttpResponse(kept.content, headers=kept.headers)
            made = view(request, *args, **kwargs)
            if made.status_code == HTTPStatus.OK and not made.cookies and "CSRF_COOKIE" not in request.META:
                kept.content, kept.headers = made.content, dict(made.headers)
                kept.until = time.monotonic() + seconds
            return made
        finally:
            kept.lock.release()

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
        and "HX-Request" not in request.headers
    )
