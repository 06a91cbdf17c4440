"""Bounds: how much a request may carry; more is refused before it fills the disk."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation

from candia.core.errors import CandiaError
from candia.doors.middleware import is_interface
from candia.doors.problems import TooLarge, problem

MEGABYTE = 1024 * 1024
# A picture with its form; at the desk, a table of history.
PUBLIC, DESK = 12 * MEGABYTE, 52 * MEGABYTE

# Statuses that say "later", and the seconds after which they are said.
BUSY, PAUSE = {429, 503}, 1

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
# Django and servers each type these in their own way.
Application = Callable[[Any, Any, Any], Awaitable[None]]


class Bounded:
    """Passes requests on to the application as long as their bodies keep within the bounds."""

    def __init__(self, application: Application) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 413 to a body that says it is too large; cut off one that turns out to be."""
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        most = DESK if "/desk/" in scope["path"] else PUBLIC
        if _said(scope) > most:
            await refuse(scope, send)
            return
        taken = 0

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            return message if taken <= most else {"type": "http.disconnect"}

        await self._application(scope, counted, send)


def _said(scope: Scope) -> int:
    """The length that the request announces; what is no number is as good as none."""
    length = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
    return int(length) if length.isdigit() else 0


async def refuse(scope: Scope, send: Send, error: CandiaError | None = None) -> None:
    """The page that says so, in the language of the address; for a program, the problem. Ends the connection."""
    kind = type(error or TooLarge())
    language = "en" if scope["path"].startswith("/en/") else settings.LANGUAGE_CODE
    if kind.status in BUSY:
        # Who asks again as soon as they are refused asks less so, and others have the time.
        await asyncio.sleep(PAUSE)
    draw: Any = _drawn
    status, headers, body = draw(kind, language, program=is_interface(scope["path"]))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@lru_cache(maxsize=64)
def _drawn(
    kind: type[CandiaError], language: str, *, program: bool
) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    # Kept, since it is in a flood that it is asked for most.
    error = kind()
    with translation.override(language):
        answer = problem(error)
        if not program:
            page = render_to_string("413.html" if kind is TooLarge else "busy.html", {"error": error})
            answer.content, answer["Content-Type"] = page.encode(), "text/html; charset=utf-8"
    headers = [(name.lower().encode(), value.encode("latin1")) for name, value in answer.items()]
    headers += [(b"content-length", str(len(answer.content)).encode()), (b"connection", b"close")]
    return answer.status_code, headers, answer.content
