"""Derived: how a property is computed from others, and what such functions are built of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
#: What may stand for a step; of states that is the last.
StepTake = Literal["mean", "min", "max", "sum", "last", "count"]
HOUR = 3600


@dataclass(frozen=True, kw_only=True)
class Derived:
    """A property that no device sends: `by` computes it from those that it is made `of`, for each step of `every`.

    The function is pure. For each of `of` it gets an array [things, steps], NaN where nothing is known, and
    answers with one such array; it must not mix things. What stands for a step says `take`; a word of `states`
    counts as its place among them. `back` is how far before a step it must see (a mean over the day), and for so
    long as `holds` a value stands for the steps after it, as of a thing that speaks only when it changes. With
    `members` (thing → what belongs to it) it is called once for each such thing with arrays [members, steps], and
    answers with [steps].
    A step is computed when it is over, and again when something comes late or is corrected; its moment is its
    beginning. Raise the `revision` when the function computes otherwise, and all is computed again.
    """

    of: tuple[str, ...]
    by: Callable[..., Floats]
    every: timedelta
    take: StepTake = "mean"
    back: timedelta = timedelta(0)
    holds: timedelta = timedelta(0)
    members: Callable[[], Mapping[str, Sequence[str]]] | None = None
    revision: int = 1

    @property
    def step(self) -> int:
        """The length of a step in seconds."""
        return int(self.every.total_seconds())

    @property
    def lead(self) -> int:
        """How many steps before the first one must be known."""
        return self.steps(self.back) + self.steps(self.holds)

    def steps(self, stretch: timedelta) -> int:
        """How many steps such a stretch reaches over."""
        return -(-int(stretch.total_seconds()) // self.step)


def running_mean(values: Floats, steps: int, enough: int) -> Floats:
    """The mean of each step and those before it, so many in all; NaN where fewer than `enough` are known."""
    known = np.cumsum(np.pad(~np.isnan(values), ((0, 0), (steps, 0))), axis=1)
    total = np.cumsum(np.pad(np.nan_to_num(values), ((0, 0), (steps, 0))), axis=1)
    count = known[:, steps:] - known[:, :-steps]
    means: Floats = np.divide(
        total[:, steps:] - total[:, :-steps],
        count,
        out=np.full(values.shape, np.nan),
        where=count >= max(enough, 1),
    )
    return means


def mean_of(values: Floats) -> Floats:
    """The mean over all things of each step, [steps]; NaN where nothing is known of any."""
    known = (~np.isnan(values)).sum(axis=0)
    mean: Floats = np.divide(
        np.nansum(values, axis=0), known, out=np.full(len(known), np.nan), where=known > 0
    )
    return mean


def held(values: Floats, steps: int) -> Floats:
    """Each value stands for so many steps after it, unless another comes."""
    if not steps:
        return values
    place = np.arange(values.shape[1])
    newest = np.maximum.accumulate(np.where(np.isnan(values), -1, place), axis=1)
    found = np.take_along_axis(values, np.maximum(newest, 0), axis=1)
    return np.where((newest >= 0) & (place - newest <= steps), found, np.nan)
