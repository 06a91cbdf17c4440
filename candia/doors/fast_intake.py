"""Fast intake: takes observations before Django's middleware, whose dozen steps cost more than the work itself."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from http import HTTPStatus
from typing import Any

from django.db import close_old_connections
from django.http import HttpRequest, HttpResponse
from django.utils import translation

from candia.core.errors import CandiaError, Unavailable
from candia.doors.intake import PATH, accepted, admit, checked
from candia.doors.metrics import took
from candia.doors.problems import TooLarge, problem
from candia.doors.stream_client import stream_client
from candia.telemetry.stream import LARGEST, StreamAway

log = logging.getLogger(__name__)
LIVE = "/livez"
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
# Django and servers each type these in their own way.
Application = Callable[[Any, Any, Any], Awaitable[None]]


class FastIntake:
    """Stands before the application and answers devices itself."""

    def __init__(self, application: Application) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let devices in; all others go on."""
        if scope["type"] == "http" and scope["path"] == LIVE:
            # Asked by the supervisor, so it needs no thread and no engine.
            await send(
                {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]}
            )
            await send({"type": "http.response.body", "body": b"ok\n"})
        elif scope["type"] == "http" and scope["path"] == PATH and scope["method"] == "POST":
            await _answer(scope, receive, send)
        else:
            await self._application(scope, receive, send)


async def _answer(scope: Scope, receive: Receive, send: Send) -> None:
    headers = {name.decode("latin1").title(): value.decode("latin1") for name, value in scope["headers"]}
    peer, body = (scope.get("client") or ("", 0))[0], None
    try:
        device = await asyncio.to_thread(_admit_and_let_go, headers, peer)
        body = await _read(receive)
        if body is None:
            return
        number = await asyncio.wrap_future(stream_client().publish(device, checked(device, body)))
        answer = accepted(number, body)
    except StreamAway:
        answer = _in_language(headers, Unavailable())
    except CandiaError as refused:
        answer = _in_language(headers, refused)
    except Exception:
        log.exception("A body could not be taken")
        answer = _in_language(headers, CandiaError())
    took(answer.status_code, len(body or b"") if answer.status_code == HTTPStatus.ACCEPTED else 0)
    pairs = [(name.lower().encode(), value.encode("latin1")) for name, value in answer.items()]
    pairs.append((b"content-length", str(len(answer.content)).encode()))
    await send({"type": "http.response.start", "status": answer.status_code, "headers": pairs})
    await send({"type": "http.response.body", "body": answer.content})


def _admit_and_let_go(headers: Mapping[str, str], peer: str) -> str:
    try:
        return admit(headers, peer)
    finally:
        # What Django does at a request's end: its connection, if it took one, goes back to the pool.
        close_old_connections()


async def _read(receive: Receive) -> bytes | None:
    """The whole body; None where the device hung up. Raises TooLarge as soon as it is."""
    parts, size, more = [], 0, True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            return None
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > LARGEST:
            raise TooLarge
        more = message.get("more_body", False)
    return b"".join(parts)


def _in_language(headers: Mapping[str, str], error: CandiaError) -> HttpResponse:
    request = HttpRequest()
    request.META["HTTP_ACCEPT_LANGUAGE"] = headers.get("Accept-Language", "")
    with translation.override(translation.get_language_from_request(request)):
        return problem(error)
