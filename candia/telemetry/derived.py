"""Derived: how a property is computed from others."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from candia.telemetry.arrays import Floats

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
