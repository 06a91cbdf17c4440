"""The API describes itself: OpenAPI, in the reader's language."""

from __future__ import annotations

from functools import cache
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from candia.doors import sending
from candia.doors.api import api, commands
from candia.doors.intake import PATH
from candia.doors.sending import PROBLEM

# What any address may answer; the middleware sees to it.
ALWAYS = {
    "304": {"description": "Not Modified"},
    "400": {"description": "Bad Request", "content": PROBLEM},
    "429": {"description": "Too Many Requests", "content": PROBLEM},
}


# What stands in an address itself.
PLACES = {
    "id": gettext_noop("Its id, such as water.district:a."),
    "service": gettext_noop("The service's name, such as water."),
    "name": gettext_noop("The dataset's name, such as proposals."),
}


def document() -> dict[str, Any]:
    """The whole of OpenAPI, with words in the active language and errors as the problems they are."""
    spoken: dict[str, Any] = _spoken(_written())
    return spoken


@cache
def _written() -> dict[str, Any]:
    openapi: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(api.get_openapi_schema(), enc_hook=str))
    for path in openapi["paths"].values():
        for operation in path.values():
            _as_problems(operation["responses"])
            operation["responses"] |= ALWAYS
            for parameter in operation.get("parameters", ()):
                if parameter["in"] == "path":
                    parameter["description"] = PLACES[parameter["name"]]
    openapi["paths"][PATH] = {"post": sending.operation()}
    openapi["paths"] |= commands.paths()
    openapi["components"]["securitySchemes"] = {
        "device": {"type": "http", "scheme": "basic"},
        "token": {"type": "http", "scheme": "bearer"},
    }
    return openapi


def openapi(_request: HttpRequest) -> HttpResponse:
    """The document, for programs."""
    return HttpResponse(msgspec.json.encode(document()), content_type="application/json")


def _as_problems(responses: dict[str, Any]) -> None:
    for status, response in responses.items():
        if status >= "400":
            response["content"] = PROBLEM


def _spoken(part: Any) -> Any:
    """The same with every summary and description in the active language."""
    if isinstance(part, list):
        return [_spoken(item) for item in part]
    if not isinstance(part, dict):
        return part
    return {
        key: _(value)
        if key in {"summary", "description"} and isinstance(value, str) and value
        else _spoken(value)
        for key, value in part.items()
    }


def operations() -> list[dict[str, Any]]:
    """Every operation as the reference page tells it."""
    openapi = document()
    return [
        {
            **operation,
            "method": method.upper(),
            "path": path,
            "parameters": [_parameter(one) for one in (*operation.get("parameters", ()), *_said(operation))],
            "statuses": sorted(operation["responses"]),
            "example": path if method == "get" and "{" not in path and not _required(operation) else "",
        }
        for path, methods in openapi["paths"].items()
        for method, operation in methods.items()
    ]


def _said(operation: dict[str, Any]) -> list[dict[str, Any]]:
    """What a body carries, as parameters; only that of a command is made of such."""
    if operation.get("security") != [{"token": []}]:
        return []
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    required = schema.get("required", ())
    return [
        {
            "name": name,
            "required": name in required,
            "description": known.get("description", ""),
            "schema": known,
        }
        for name, known in schema["properties"].items()
    ]


def _parameter(openapi: dict[str, Any]) -> dict[str, Any]:
    schema = openapi["schema"]
    values = schema.get("enum") or [
        f"{word} {schema[key]}" for key, word in (("minimum", "≥"), ("maximum", "≤")) if key in schema
    ]
    return {**openapi, "values": ", ".join(map(str, values))}


def _required(operation: dict[str, Any]) -> bool:
    return any(one.get("required") for one in operation.get("parameters", ()))


def reference(request: HttpRequest) -> HttpResponse:
    """The page for readers, which loads nothing from elsewhere."""
    context = {
        "operations": operations(),
        "crumbs": [(_("Open data"), reverse("data")), (_("The city's API"), "")],
    }
    return render(request, "doors/reference.html", context)
