"""Fast intake: speaks with devices before Django's middleware, whose dozen steps cost more than the work itself."""

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
from candia.doors import device_orders
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
        elif scope["type"] == "http" and (scope["method"], scope["path"]) in _doors:
            await _answer(scope, receive, send, _doors[scope["method"], scope["path"]])
        else:
            await self._application(scope, receive, send)


async def _answer(scope: Scope, receive: Receive, send: Send, door: Door) -> None:
    headers = {name.decode("latin1").title(): value.decode("latin1") for name, value in scope["headers"]}
    peer, size = (scope.get("client") or ("", 0))[0], 0
    try:
        device = await asyncio.to_thread(_admit_and_let_go, headers, peer)
        found = await door(device, scope, receive)
        if found is None:
            return
        answer, size = found
    except StreamAway:
        answer = _in_language(headers, Unavailable())
    except CandiaError as refused:
        answer = _in_language(headers, refused)
    except Exception:
        log.exception("A device could not be answered")
        answer = _in_language(headers, CandiaError())
    took(answer.status_code, size if answer.status_code == HTTPStatus.ACCEPTED else 0)
    pairs = [(name.lower().encode(), value.encode("latin1")) for name, value in answer.items()]
    pairs.append((b"content-length", str(len(answer.content)).encode()))
    await send({"type": "http.response.start", "status": answer.status_code, "headers": pairs})
    await send({"type": "http.response.body", "body": answer.content})


async def _observations(device: str, _scope: Scope, receive: Receive) -> tuple[HttpResponse, int] | None:
    """Observations go into the stream as they came."""
    body = await _read(receive)
    if body is None:
        return None
    number = await asyncio.wrap_future(stream_client().publish(device, checked(device, body)))
    return accepted(number, body), len(body)


async def _answers(device: str, _scope: Scope, receive: Receive) -> tuple[HttpResponse, int] | None:
    """What a device says became of its orders."""
    body = await _read(receive)
    if body is None:
        return None
    device_orders.check(checked(device, body))
    number = await asyncio.wrap_future(
        stream_client().ask(lambda stream: stream.add(f"answers.v1.{device}", body))
    )
    return accepted(number, body), len(body)


async def _orders(device: str, scope: Scope, receive: Receive) -> tuple[HttpResponse, int] | None:
    """The orders of a device, as soon as there is one."""
    gone = asyncio.ensure_future(_gone(receive))
    try:
        found = await device_orders.poll(device, device_orders.wait(scope["query_string"]), gone)
    finally:
        gone.cancel()
    return None if found is None else (found, 0)


async def _gone(receive: Receive) -> None:
    """Returns once the device has hung up."""
    while (await receive())["type"] != "http.disconnect":
        pass


Door = Callable[[str, Scope, Receive], Awaitable[tuple[HttpResponse, int] | None]]
_doors: dict[tuple[str, str], Door] = {
    ("POST", PATH): _observations,
    ("GET", device_orders.PATH): _orders,
    ("POST", device_orders.ANSWERS): _answers,
}


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
