"""When somebody should look, and whoever breathes badly stay inside; rules are pure, and touch nothing."""

from django.utils.translation import gettext_noop as __

from candia.core.rule import CLEAR, UNSURE, Open, Row, Verdict
from candia_air.index import NAMES, bands

POOR = __("The air is poor: {pollutant} stands at {value} µg/m³.")


def poor_air(row: Row, *, band: int = 3) -> Verdict:
    """The index is poor or worse; it is not, only where all four are known."""
    known = bands(row.taken)
    worst = max(known, key=lambda name: known[name], default="")
    if worst and known[worst][0] >= band:
        severity = "severe" if known[worst][0] > band else "moderate"
        return Open(POOR, {"pollutant": NAMES[worst], "value": known[worst][1]}, severity)
    return CLEAR if len(known) == len(NAMES) else UNSURE
