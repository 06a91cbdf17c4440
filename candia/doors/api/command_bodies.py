"""Command bodies: what a command asks for as a JSON object, made from its signature.

A thing is named by its id, a moment carries its zone, a choice is one of its values; what no signature names is
refused. What JSON can't say, such as a file, can't be opened to programs.
"""

from __future__ import annotations

import inspect
import typing
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin
from uuid import UUID

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    StrictFloat,
    StrictInt,
    ValidationError,
    create_model,
)

from candia.core.command import Command, OneOf
from candia.core.entity import Entity
from candia.core.errors import Refused
from candia.doors.problems import Misunderstood

# PostgreSQL knows no text with a NUL in it.
PLAIN = r"^[^\x00]*$"
Text = Annotated[str, Field(max_length=10_000, pattern=PLAIN)]
Short = Annotated[str, Field(min_length=1, max_length=120, pattern=PLAIN)]
# As many digits as every program's numbers hold.
Whole = Annotated[int, Field(ge=-(2**53) + 1, le=2**53 - 1)]
Row = Annotated[int, Field(ge=1, le=2**53 - 1, description=gettext_noop("Its number."))]
Moment = Annotated[
    AwareDatetime, Field(description=gettext_noop("A moment with its zone, such as 2026-05-01T00:00:00Z."))
]
Scalar = StrictBool | StrictInt | StrictFloat | Annotated[str, Field(max_length=200, pattern=PLAIN)] | None
THINGS = 1000
_plain: dict[Any, Any] = {
    str: Text, bool: bool, int: Whole, float: float, datetime: Moment, UUID: UUID, Any: Scalar, NoneType: None,
}  # fmt: skip
_examples: dict[Any, Any] = {
    Text: "…",
    Whole: 1,
    Row: 1,
    Moment: "2026-05-04T12:00:00Z",
    bool: True,
    float: 1.5,
}


class Unspeakable(TypeError):
    """A parameter that JSON can't say."""


@cache
def body_of(command: Command) -> type[BaseModel]:
    """The object that a request for this command carries; raises Unspeakable."""
    fields: dict[str, Any] = {}
    for name, parameter in command.parameters.items():
        if parameter.kind is inspect.Parameter.VAR_KEYWORD:
            named = get_args(parameter.annotation) or (parameter.annotation,)
            if not typing.is_typeddict(named[0]):
                raise Unspeakable(name)
            hints = typing.get_type_hints(named[0])
            fields |= {key: (_spoken(hint), Field(default=None)) for key, hint in hints.items()}
        elif parameter.default is inspect.Parameter.empty:
            fields[name] = (_spoken(parameter.annotation), ...)
        else:
            fields[name] = (_spoken(parameter.annotation), Field(default=parameter.default))
    settings = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)
    made: type[BaseModel] = create_model(f"Body of {command.name}", __config__=settings, **fields)
    return made


def arguments(command: Command, body: bytes) -> dict[str, Any]:
    """What a request asks for, by name, without what it leaves to the command; raises Misunderstood or Refused."""
    try:
        return body_of(command).model_validate_json(body or b"{}").model_dump(exclude_unset=True)
    except ValidationError as wrong:
        found = wrong.errors(include_url=False, include_context=True, include_input=False)
    if any(one["type"] in {"json_invalid", "model_type"} for one in found):
        raise Misunderstood(_("The body is no JSON object. Send one with the command's parameters."))
    fields = {str(one["loc"][0]): _sentence(one["type"], one.get("ctx", {})) for one in found}
    raise Refused(_("Look at these parameters again: %(names)s.") % {"names": ", ".join(fields)}, **fields)


def schema_of(command: Command) -> dict[str, Any]:
    """The body as a JSON Schema, with an example of what must be said."""
    schema: dict[str, Any] = body_of(command).model_json_schema()
    for known in schema["properties"].values():
        known.pop("title", None)
        if known.get("default", "") is None:
            # Left out is not the same as null.
            del known["default"]
    schema.pop("title")
    required = schema.get("required", ())
    example = {name: _example(command.parameters[name].annotation) for name in required}
    return {**schema, "example": example}


def _spoken(hint: Any) -> Any:
    """The type of a parameter as JSON says it."""
    if get_origin(hint) is Annotated:
        choice = next((part for part in hint.__metadata__ if isinstance(part, OneOf)), None)
        return Literal[choice.values] if choice else _spoken(get_args(hint)[0])
    if get_origin(hint) in {Union, UnionType}:
        return Union[tuple(map(_spoken, get_args(hint)))]  # noqa: UP007 — made of a tuple
    if get_origin(hint) is Sequence and get_args(hint) == (str,):
        return Annotated[list[Short], Field(max_length=THINGS)]
    if get_origin(hint) is Literal:
        return hint
    if inspect.isclass(hint) and issubclass(hint, models.Model):
        return _key(hint)
    if hint not in _plain:
        raise Unspeakable(hint)
    return _plain[hint]


def _key(model: type[models.Model]) -> Any:
    if issubclass(model, Entity):
        words = gettext_noop("Its id, such as water.district:a.")
        return Annotated[str, Field(min_length=1, max_length=120, pattern=PLAIN, description=words)]
    kind = model._meta.pk.get_internal_type()
    return UUID if kind == "UUIDField" else Row if kind.endswith("AutoField") else Short


def _example(hint: Any) -> Any:
    if inspect.isclass(hint) and issubclass(hint, Entity):
        return f"{hint.kind or 'dialogue.proposal'}:42"
    spoken = _spoken(hint)
    if get_origin(spoken) is Literal:
        return get_args(spoken)[-1]
    if spoken is UUID:
        return "0b5c7e1e-7d0a-4f6c-9c7a-0d1f6c1b2a3d"
    return [f"{_examples[Text]}"] if get_origin(spoken) is list else _examples.get(spoken, "…")


def _sentence(kind: str, context: dict[str, Any]) -> str:
    """What is wrong with a parameter, in the reader's language."""
    match kind:
        case "missing":
            return _("This is missing.")
        case "extra_forbidden":
            return _("The command knows no such parameter.")
        case "literal_error" | "enum":
            return _("One of: %(values)s.") % {"values": context["expected"]}
        case "string_too_long" | "too_long":
            return _("At most %(most)s long.") % {"most": context["max_length"]}
        case "timezone_aware":
            return _("Say the moment with its zone, such as 2026-05-01T00:00:00Z.")
    return _("This is of another type than it must be.")
