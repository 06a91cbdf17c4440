"""Forecasts as pages and doors ask for them, by a thing and a declared property."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from candia.core.forecast import Forecast
from candia.core.service import services
from candia.core.telemetry import store
from candia.telemetry import forecasts


def declared(kind: str, name: str) -> Forecast | None:
    """The forecast of a property (`inflow`) of this kind of things; None where nothing is foretold of it."""
    service = services().get(kind.partition(".")[0])
    told = service.forecasts if service else ()
    return next((one for one in told if one.name == name and one.on.kind == kind), None)


def curve(
    entity: str, property: str, since: datetime, until: datetime, issued_by: datetime | None = None
) -> Sequence[dict[str, Any]]:
    """What was last said of each step, or had been said by then: `time`, `issued`, `levels`, `quantiles`."""
    rows: list[dict[str, Any]] = forecasts.curve(
        store(), entity, property, since, until, issued_by
    ).to_pylist()
    return rows
