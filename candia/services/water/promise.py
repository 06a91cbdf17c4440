"""Promise: how much of the water the city means to lose at most, from its `water.toml`, beside what is lost."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from django.conf import settings


@cache
def _own() -> dict[str, Any]:
    told: dict[str, Any] = settings.CANDIA_CITY.beside("water.toml")
    return told


def losses() -> float | None:
    """The share of the inflow that the city means to lose at most, between 0 and 1; None where it has set none."""
    return _own().get("losses")


def check() -> Iterator[str]:
    """What is wrong with the city's `water.toml`, a sentence each."""
    try:
        goal = losses()
    except (OSError, ValueError) as wrong:
        yield f"water.toml can't be read: {wrong}."
        return
    if goal is not None and (not isinstance(goal, float) or not 0 < goal < 1):
        yield f"water.toml has losses = {goal!r}: write the share of the inflow, such as 0.25 for a quarter."


def met(share: float) -> bool | None:
    """Whether so great a share of losses is within the goal, both as they are told, in whole per cent."""
    goal = losses()
    return None if goal is None else round(share, 2) <= round(goal, 2)
