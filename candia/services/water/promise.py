"""Promise: how much of the water the city means to lose at most, from its `water.toml`, beside what is lost."""

from __future__ import annotations

from candia.services.water import city


def losses() -> float | None:
    """The share of the inflow that the city means to lose at most, between 0 and 1; None where it has set none."""
    return city.own().get("losses")


def met(share: float) -> bool | None:
    """Whether so great a share of losses is within the goal, both as they are told, in whole per cent."""
    goal = losses()
    return None if goal is None else round(share, 2) <= round(goal, 2)
