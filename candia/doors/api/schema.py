"""The API describes itself: OpenAPI, in the reader's language."""

from __future__ import annotations

from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from candia.doors.api import api

PROBLEM = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
# What any address may answer; the middleware sees to it.
ALWAYS = {
    "304": {"description": "Not Modified"},
    "429": {"description": "Too Many Requests", "content": PROBLEM},
}


def document() -> dict[str, Any]:
    """The whole of OpenAPI, with words in the active language and errors as the problems they are."""
    told: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(api.get_openapi_schema(), enc_hook=str))
    for path in told["paths"].values():
        for method, operation in path.items():
            _as_problems(operation["responses"])
            operation["responses"] |= {} if method == "post" else ALWAYS
    spoken: dict[str, Any] = _spoken(told)
    return spoken


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
