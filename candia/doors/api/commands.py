"""Commands: POST /api/v1/commands/<service>/<verb>, the door for programs that write.

A program shows a token, names its request by a key of its own, and is answered with the event. The command is the
one that pages call: it checks who asks, changes, and records. A cookie opens nothing here, so no page of another
site can ask for anything in somebody's name.
"""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop, override
from django.views.decorators.csrf import csrf_exempt

from candia.accounts import tokens
from candia.core import errors
from candia.core.command import Command
from candia.core.event import Event
from candia.core.idempotency import UsedOtherwise
from candia.core.service import services
from candia.doors.api.command_bodies import arguments, schema_of
from candia.doors.bearer import OutOfScope, token_of
from candia.doors.problems import Misunderstood, TooLarge, WrongType, failure, problem
from candia.doors.sending import PROBLEM

PATH = "/api/v1/commands"
KEY, LONGEST_KEY, LARGEST = "Idempotency-Key", 200, 1024 * 1024
REFUSALS = {
    "400": "Bad Request",
    "401": "Unauthorized",
    "403": "Forbidden",
    "404": "Not Found",
    "409": "Conflict",
    "413": "Content Too Large",
    "415": "Unsupported Media Type",
    "422": "Unprocessable Content",
    "429": "Too Many Requests",
    "503": "Service Unavailable",
}


class KeyReused(errors.Refused):
    """The key named another request before."""

    code = "key-reused"
    title = gettext_lazy(
        "This Idempotency-Key was used for something else. Take a new key for each thing that you ask for."
    )


def opened() -> dict[str, Command]:
    """The commands that are open to programs, as `service/verb`."""
    return {
        f"{service.name}/{command.name}": command
        for service in services().values()
        for command in service.commands
        if command.api
    }


@csrf_exempt
def ask(request: HttpRequest, service: str, verb: str) -> HttpResponse:
    """Carry out a command for a program; every refusal is a problem document."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST", "OPTIONS"])
    try:
        return _told(_carried_out(request, service, verb))
    except errors.CandiaError as refused:
        return problem(refused)
    except Exception as error:  # noqa: BLE001 — told in the log, and to the program as what it is
        return failure(request.path, error)


def _carried_out(request: HttpRequest, service: str, verb: str) -> Event:
    token, command = token_of(request), opened().get(f"{service}/{verb}")
    if command is None:
        raise errors.NotFound
    if (scope := tokens.COMMANDS + service) not in token.scopes:
        raise OutOfScope(scope)
    if request.content_type != "application/json":
        raise WrongType(_("Send the parameters as JSON, with Content-Type: application/json."))
    if len(request.body) > LARGEST:
        raise TooLarge
    key, asked = _key(request), arguments(command, request.body)
    try:
        return command(by=tokens.acting(token), key=key, **asked)
    except UsedOtherwise as used:
        raise KeyReused from used


def _key(request: HttpRequest) -> str:
    """What the program calls this request; the draft's quotes are welcome."""
    key = request.headers.get(KEY, "").strip().strip('"')
    if not 0 < len(key) <= LONGEST_KEY:
        raise Misunderstood(
            _(
                "Name the request in the header Idempotency-Key: up to 200 signs, new for each thing that you "
                "ask for, and the same when you send it again."
            )
        )
    return key


def _told(event: Event) -> HttpResponse:
    # As the records keep it, so that who asks again reads the very same.
    body = json.dumps(event.cloudevent(), cls=DjangoJSONEncoder, ensure_ascii=False)
    return HttpResponse(body, content_type="application/json", headers={"Cache-Control": "no-store"})


def paths() -> dict[str, Any]:
    """Every opened command as OpenAPI describes it, with words that are still to be translated."""
    with override(None):
        return {f"{PATH}/{name}": {"post": _operation(name, command)} for name, command in opened().items()}


def _operation(name: str, command: Command) -> dict[str, Any]:
    schema = schema_of(command)
    example = schema.pop("example")
    event = {"application/json": {"schema": {"$ref": "#/components/schemas/Event"}}}
    return {
        "operationId": name.replace("/", "_"),
        "summary": str(command.title),
        "description": command.summary,
        "tags": [tokens.COMMANDS + name.partition("/")[0]],
        "security": [{"token": []}],
        "parameters": [
            {
                "name": KEY,
                "in": "header",
                "required": True,
                "schema": {
                    "type": "string",
                    "minLength": 1,
                    "maxLength": LONGEST_KEY,
                    "pattern": "^[!#-~]+$",
                },
                "description": gettext_noop(
                    "New for each thing that is asked for, the same when it is sent again."
                ),
            }
        ],
        "requestBody": {
            "required": bool(schema.get("required")),
            "content": {"application/json": {"schema": schema, "example": example}},
        },
        "responses": {
            str(HTTPStatus.OK.value): {"description": "OK", "content": event},
            **{status: {"description": words, "content": PROBLEM} for status, words in REFUSALS.items()},
        },
    }
