"""Checks at the start: what is opened to programs can be said in JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core.checks import CheckMessage, Error, register


@register("candia")
def commands_in_json(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:  # noqa: ARG001 — Django's signature
    """Every opened command with a parameter that no program could give."""
    return list(_unspeakable())


def _unspeakable() -> Iterator[CheckMessage]:
    from candia.doors.api.command_bodies import Unspeakable, body_of
    from candia.doors.api.commands import opened

    for name, command in opened().items():
        try:
            body_of(command)
        except Unspeakable as parameter:
            yield Error(
                f"{name} is open to programs, but JSON can't say its parameter {parameter}.",
                hint="Take api=True away, or ask for it as a text, a number, a moment or the id of a thing.",
                id="candia.E025",
            )
