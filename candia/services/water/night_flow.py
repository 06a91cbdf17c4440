"""Night flow: whether a district's least inflow at night has risen above what it used to be.

At night hardly anybody draws water, so what flows in is leakage for the most part, and a new leak lifts it
for good. A night is compared with the median of nights before it, its distance told in spreads (the median
absolute deviation, scaled to a standard deviation), which a few odd nights do not move. Two stretches of
four weeks are looked at and the lower one counts: a leak that has run for a month is not taken for the usual.
Source: IWA minimum night flow analysis (Farley and Trow, Losses in Water Distribution Networks, 2003).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

#: Nights of one stretch, and how many of them must be known.
STRETCH, ENOUGH = 28, 14
# The scaled median absolute deviation of a normal distribution is its standard deviation.
SCALE = 1.4826
# However even the nights were, a meter is not read more exactly than this: a share, and L/s.
GRAIN, LEAST_SPREAD = 0.01, 0.02


@dataclass(frozen=True)
class Usual:
    """What the nights before were like: their median and their spread, L/s."""

    level: float
    spread: float

    def limit(self, spreads: float, ratio: float, litres: float) -> float:
        """Above this a night is no chance: so many spreads, this share and this many L/s over the usual."""
        return self.level + max(spreads * self.spread, ratio * abs(self.level), litres)


def usual(before: Sequence[float | None]) -> Usual | None:
    """The lower of the last two stretches; None where too few nights are known."""
    stretches = [_stretch(before[-STRETCH:]), _stretch(before[-2 * STRETCH : -STRETCH])]
    known = [stretch for stretch in stretches if stretch is not None]
    return min(known, key=lambda stretch: stretch.level) if known else None


def above(nights: Sequence[float | None], limit: float) -> int:
    """How many nights to the last have been above the limit without one below; unknown nights don't count."""
    count = 0
    for night in reversed(nights):
        if night is not None and night <= limit:
            break
        count += night is not None
    return count


def _stretch(nights: Sequence[float | None]) -> Usual | None:
    known = [night for night in nights if night is not None]
    if len(known) < ENOUGH:
        return None
    level = median(known)
    spread = SCALE * median(abs(night - level) for night in known)
    return Usual(level, max(spread, GRAIN * abs(level), LEAST_SPREAD))
