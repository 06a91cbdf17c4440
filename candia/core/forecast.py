"""Forecast: what a service says beforehand of a property, declared with the function that says it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from candia.telemetry.arrays import Floats
from candia.telemetry.derived import StepTake

if TYPE_CHECKING:
    from candia.core.entity import Entity

Moments = npt.NDArray[np.datetime64]


@dataclass(frozen=True)
class Past:
    """What a forecast is made of: `values` [things, steps] up to the issue, NaN where nothing was observed.

    `when` are the beginnings of these steps and `ahead` of those to be told, by the city's clock (numpy's
    datetime64[s] without a zone), so that a morning is a morning all year. `levels` are the quantiles asked for.
    """

    things: Sequence[str]
    values: Floats
    when: Moments
    ahead: Moments
    levels: Sequence[float]


@dataclass(frozen=True)
class Forecast:
    """What will be observed of the property of this name, of all things `on`, in each `step` up to the `horizon`.

    The function `by` is pure: it gets the Past of all things at once and answers with quantiles, an array
    [things, steps ahead, levels], NaN where it can't tell. It is asked on the rhythm of `every`, over the stretch
    `past`, in which `take` stands for a step. `season` (days) is after how long the naive forecast repeats itself,
    beside which this one is scored. `levels` lie evenly about the middle, which is among them; the outermost are
    the interval that is drawn.
    """

    name: str
    on: type[Entity]
    horizon: timedelta
    step: timedelta
    by: Callable[[Past], Floats]
    every: timedelta
    past: timedelta = timedelta(days=42)
    take: StepTake = "mean"
    season: int = 7
    levels: tuple[float, ...] = (0.1, 0.5, 0.9)

    @property
    def interval(self) -> float:
        """The chance with which the truth lies within the outermost quantiles."""
        return self.levels[-1] - self.levels[0]
