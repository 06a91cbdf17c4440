"""City: what a city says of its water, in the `water.toml` beside its `city.toml`."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from django.conf import settings


@cache
def own() -> dict[str, Any]:
    """What stands in the file; nothing where there is none."""
    told: dict[str, Any] = settings.CANDIA_CITY.beside("water.toml")
    return told


def phone() -> str:
    """The number at which a household reaches the water service; empty where the city says none."""
    number = own().get("phone", "")
    return number if isinstance(number, str) else ""


def check() -> Iterator[str]:
    """What is wrong with the file, a sentence each."""
    try:
        told = own()
    except (OSError, ValueError) as wrong:
        yield f"water.toml can't be read: {wrong}."
        return
    goal, number = told.get("losses"), told.get("phone", "")
    if goal is not None and (not isinstance(goal, float) or not 0 < goal < 1):
        yield f"water.toml has losses = {goal!r}: write the share of the inflow, such as 0.25 for a quarter."
    if not isinstance(number, str):
        yield f"water.toml has phone = {number!r}: write the number in quotes, as people dial it."
