"""Intake: POST /api/v1/observations, the door for devices that speak HTTP.

202 means that the body lies on the stream's disk as it came. What it says is read behind: an observation that
can't be taken becomes a dead letter with its reason, as one that came by MQTT does. The door looks only at who
speaks, how often, and how much.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from http import HTTPStatus

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt

from candia.core.errors import CandiaError, Refused, Unavailable
from candia.devices import credentials
from candia.doors.limits import Limiter, address
from candia.doors.metrics import took
from candia.doors.problems import TooLarge, TooOften, Unknown, WrongType, problem
from candia.doors.quota import MB, SAVED_BYTES
from candia.doors.stream_client import stream_client
from candia.telemetry.stream import LARGEST, StreamAway

PATH = "/api/v1/observations"
TYPES = (
    "application/json",
    "application/senml+json",
    "application/senml+cbor",
    "application/cbor",
    "text/csv",
    "application/octet-stream",
)
#: Against a device that has lost its mind; a gateway's packs come nowhere near.
per_device = Limiter(rate=1000, burst=2000, name="devices")
#: Bytes of one device, as by MQTT.
bytes_per_device = Limiter(
    rate=settings.CANDIA.device_rate * MB,
    burst=settings.CANDIA.device_rate * MB * SAVED_BYTES,
    name="devices-bytes",
)
#: Wrong secrets from one address.
strangers = Limiter(rate=1, burst=30, name="strangers")


def admit(headers: Mapping[str, str], peer: str) -> str:
    """The id of the device that may send this body; raises Unknown, TooOften, TooLarge or WrongType."""
    length = headers.get("Content-Length", "")
    if length.isascii() and length.isdigit() and int(length) > LARGEST:
        raise TooLarge
    kind = headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if (kind and kind not in TYPES) or headers.get("Content-Encoding", "identity") != "identity":
        raise WrongType(_("Send JSON, SenML (JSON or CBOR), CSV or a ChirpStack event, not compressed."))
    device = _who(headers.get("Authorization", ""))
    if device is None:
        wait = strangers.wait(address(peer))
        raise TooOften(wait) if wait else Unknown()
    if wait := per_device.wait(device):
        raise TooOften(wait)
    return device


def _who(authorization: str) -> str | None:
    scheme, _space, encoded = authorization.partition(" ")
    try:
        id, colon, secret = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return None
    if scheme.lower() != "basic" or not colon:
        return None
    try:
        device = credentials.authenticate(id, secret)
    except DatabaseError as away:
        raise Unavailable from away
    return device.id if device else None


def checked(device: str, body: bytes) -> bytes:
    """The body, unless it is nothing or too much: raises Refused, TooLarge or TooOften."""
    if len(body) > LARGEST:
        raise TooLarge
    if not body.strip():
        raise Refused(_("The body is empty. Send at least one observation."))
    if wait := bytes_per_device.wait(device, len(body)):
        raise TooOften(wait)
    return body


@csrf_exempt
def observations(request: HttpRequest) -> HttpResponse:
    """Take observations through Django; in a running city `gate` stands before it."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST", "OPTIONS"])
    answer = _taken(request)
    took(answer.status_code, len(request.body) if answer.status_code == HTTPStatus.ACCEPTED else 0)
    return answer


def _taken(request: HttpRequest) -> HttpResponse:
    try:
        device = admit(request.headers, request.META.get("REMOTE_ADDR", ""))
        body = checked(device, request.body)
        return accepted(stream_client().publish(device, body).result(), body)
    except RequestDataTooBig:
        return problem(TooLarge())
    except StreamAway:
        return problem(Unavailable())
    except CandiaError as refused:
        return problem(refused)


def accepted(number: int, body: bytes) -> HttpResponse:
    """The answer for what lies in the stream: its number there."""
    encoded = json.dumps({"number": number, "bytes": len(body)})
    return HttpResponse(
        encoded,
        status=HTTPStatus.ACCEPTED,
        content_type="application/json",
        headers={"Cache-Control": "no-store"},
    )
