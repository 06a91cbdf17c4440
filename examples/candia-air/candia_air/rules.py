"""When somebody should look, and whoever breathes badly stay inside; rules are pure, and touch nothing."""

import numpy as np
from django.utils.translation import gettext_noop as __

from candia.core.rule import CLEAR, UNSURE, Open, Row, Verdict
from candia_air.index import NAMES, bands

POOR = __("The air is poor: {pollutant} stands at {value} µg/m³.")


def poor_air(row: Row, *, band: int = 3) -> Verdict:
    """The index is poor or worse; it is not, only where all four are known."""
    means = (np.array([row.taken[name].mean or [None]], float) for name in NAMES)
    counts, found = (told[:, 0, -1] for told in bands(*means))
    worst = np.argmax(np.nan_to_num(found, nan=-1))
    if found[worst] >= band:
        told = {"pollutant": [*NAMES.values()][worst], "value": round(float(counts[worst]), 1)}
        return Open(POOR, told, "severe" if found[worst] > band else "moderate")
    return UNSURE if np.isnan(found).any() else CLEAR
