"""How sending observations is described in OpenAPI; its door stands before the framework that writes the rest."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_noop

PROBLEM = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
_json = {
    "application/senml+json": [{"bn": "water.meter:17/", "n": "index", "u": "m3", "v": 812.4}],
    "application/json": {"entity": "water.meter:17", "time": "2026-05-04T12:00:00Z", "index": 812.4},
}
_csv = "entity,property,time,value\r\nwater.meter:17,index,2026-05-04T12:00:00Z,812.4\r\n"
_refusals = {
    "401": "Unauthorized",
    "413": "Content Too Large",
    "415": "Unsupported Media Type",
    "422": "Unprocessable Content",
    "429": "Too Many Requests",
    "503": "Service Unavailable",
}


def operation() -> dict[str, Any]:
    """POST /api/v1/observations: who may, in which formats, and what the answers mean."""
    content: dict[str, Any] = {
        kind: {"schema": {"type": "object" if kind == "application/json" else "array"}, "example": example}
        for kind, example in _json.items()
    }
    content["application/senml+cbor"] = {"schema": {"type": "string", "format": "binary"}}
    content["text/csv"] = {"schema": {"type": "string", "minLength": 1}, "example": _csv}
    number = {"type": "object", "required": ["number", "bytes"], "properties": _numbers("number", "bytes")}
    return {
        "operationId": "send_observations",
        "summary": gettext_noop("Send observations"),
        "description": gettext_noop(
            "For devices, with their name and secret. 202 means that the body lies on disk in the stream; it is "
            "read right after, and what can't be taken becomes a dead letter with its reason. Sending the same "
            "again changes nothing, so repeat whatever was not answered. At most 4 MB."
        ),
        "security": [{"device": []}],
        "requestBody": {"required": True, "content": content},
        "responses": {
            "202": {"description": "Accepted", "content": {"application/json": {"schema": number}}},
            **{status: {"description": words, "content": PROBLEM} for status, words in _refusals.items()},
        },
    }


def _numbers(*names: str) -> dict[str, Any]:
    return {name: {"type": "integer"} for name in names}
