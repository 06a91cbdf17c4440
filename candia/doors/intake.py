"""Intake: POST /api/v1/observations, the door for devices that speak HTTP.

202 means that the body lies on the stream's disk as it came. What it says is read behind: an observation that
can't be taken becomes a dead letter with its reason, as one that came by MQTT does. The door looks only at who
speaks, how often, and how much.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from http import HTTPStatus
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.db import DatabaseError, close_old_connections
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt

from candia.core import devices
from candia.core.errors import CandiaError, Refused, Unavailable
from candia.doors.limits import Limiter, address
from candia.doors.metrics import took
from candia.doors.outlet import outlet
from candia.doors.problems import TooLarge, TooOften, Unknown, WrongType, problem
from candia.telemetry.stream import StreamAway

PATH = "/api/v1/observations"
LARGEST = 4 * 1024 * 1024
TYPES = (
    "application/json",
    "application/senml+json",
    "application/senml+cbor",
    "application/cbor",
    "text/csv",
    "application/octet-stream",
)
#: Against a device that has lost its mind; a gateway's packs come nowhere near.
per_device = Limiter(rate=1000, burst=2000)
#: Wrong secrets from one address.
strangers = Limiter(rate=1, burst=30)

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
# Django and servers each type these in their own way.
Application = Callable[[Any, Any, Any], Awaitable[None]]


def admit(headers: Mapping[str, str], peer: str) -> str:
    """The id of the device that may send this body; raises Unknown, TooOften, TooLarge or WrongType."""
    if int(headers.get("Content-Length") or 0) > LARGEST:
        raise TooLarge
    kind = headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if (kind and kind not in TYPES) or headers.get("Content-Encoding", "identity") != "identity":
        raise WrongType(_("Send JSON, SenML (JSON or CBOR), CSV or a ChirpStack event, not compressed."))
    device = _who(headers.get("Authorization", ""))
    if device is None:
        wait = strangers.wait(address(headers, peer))
        raise TooOften(wait) if wait else Unknown()
    if wait := per_device.wait(device):
        raise TooOften(wait)
    return device


def _who(authorization: str) -> str | None:
    scheme, _space, told = authorization.partition(" ")
    try:
        id, colon, secret = base64.b64decode(told.strip(), validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return None
    if scheme.lower() != "basic" or not colon:
        return None
    try:
        device = devices.authenticate(id, secret)
    except DatabaseError as away:
        raise Unavailable from away
    return device.id if device else None


def _checked(body: bytes) -> bytes:
    if len(body) > LARGEST:
        raise TooLarge
    if not body.strip():
        raise Refused(_("The body is empty. Send at least one observation."))
    return body


@csrf_exempt
def observations(request: HttpRequest) -> HttpResponse:
    """Take observations through Django; in a running city the gate below stands before it."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST", "OPTIONS"])
    answer = _taken(request)
    took(answer.status_code, len(request.body) if answer.status_code == HTTPStatus.ACCEPTED else 0)
    return answer


def _taken(request: HttpRequest) -> HttpResponse:
    try:
        device = admit(request.headers, request.META.get("REMOTE_ADDR", ""))
        body = _checked(request.body)
        return _accepted(outlet().publish(device, body).result(), body)
    except RequestDataTooBig:
        return problem(TooLarge())
    except StreamAway:
        return problem(Unavailable())
    except CandiaError as refused:
        return problem(refused)


class Gate:
    """Takes observations before Django's middleware, whose dozen steps would cost more than the work itself."""

    def __init__(self, application: Application) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let devices in; all others go on."""
        if scope["type"] == "http" and scope["path"] == PATH and scope["method"] == "POST":
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
        number = await asyncio.wrap_future(outlet().publish(device, _checked(body)))
        answer = _accepted(number, body)
    except StreamAway:
        answer = _in_language(headers, Unavailable())
    except CandiaError as refused:
        answer = _in_language(headers, refused)
    took(answer.status_code, len(body or b"") if answer.status_code == HTTPStatus.ACCEPTED else 0)
    told = [(name.lower().encode(), value.encode("latin1")) for name, value in answer.items()]
    told.append((b"content-length", str(len(answer.content)).encode()))
    await send({"type": "http.response.start", "status": answer.status_code, "headers": told})
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


def _accepted(number: int, body: bytes) -> HttpResponse:
    told = json.dumps({"number": number, "bytes": len(body)})
    return HttpResponse(
        told,
        status=HTTPStatus.ACCEPTED,
        content_type="application/json",
        headers={"Cache-Control": "no-store"},
    )


def _in_language(headers: Mapping[str, str], error: CandiaError) -> HttpResponse:
    request = HttpRequest()
    request.META["HTTP_ACCEPT_LANGUAGE"] = headers.get("Accept-Language", "")
    with translation.override(translation.get_language_from_request(request)):
        return problem(error)
