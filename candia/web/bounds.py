"""Bounds: how much a request may carry; more is refused before it fills the disk."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation

MEGABYTE = 1024 * 1024
# A picture with its form; at the desk, a table of history.
PUBLIC, DESK = 12 * MEGABYTE, 52 * MEGABYTE

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


async def refuse(scope: Scope, send: Send) -> None:
    """The page that says so, in the language of the address."""
    english = scope["path"].startswith("/en/")
    with translation.override("en" if english else settings.LANGUAGE_CODE):
        body = render_to_string("413.html").encode()
    headers = [
        (b"content-type", b"text/html; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": body})
