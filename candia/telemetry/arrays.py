"""Arrays: what functions over [things, steps] are built of; NaN stands for what is not known."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


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


def quantiles(values: Floats, levels: Sequence[float], enough: int = 1) -> Floats:
    """The quantiles along the last axis, linearly between what is known: [..., levels].

    NaN where fewer than `enough` are known.
    """
    known = (~np.isnan(values)).sum(axis=-1)
    ordered = np.sort(values, axis=-1)  # what is not known comes last
    place = np.multiply.outer(np.maximum(known - 1, 0), np.asarray(levels))
    below = np.floor(place).astype(int)
    low = np.take_along_axis(ordered, below, axis=-1)
    high = np.take_along_axis(ordered, np.ceil(place).astype(int), axis=-1)
    between: Floats = np.where((known >= enough)[..., None], low + (place - below) * (high - low), np.nan)
    return between
