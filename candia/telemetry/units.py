"""Units: the plain factors between them; what has none (°C and K) is not converted.

Source: SenML units, RFC 8428 section 12.1 and RFC 8798, and the spellings that meters and sensors use.
"""

from __future__ import annotations

from functools import cache

_spellings = {
    "L": "l",
    "°C": "Cel",
    "C": "Cel",
    "degC": "Cel",
    "litre": "l",
    "ltr": "l",
    "L/s": "l/s",
    "L/h": "l/h",
    "L/min": "l/min",
    "L/d": "l/d",
    "mg/L": "mg/l",
    "ug/L": "ug/l",
    "pct": "%",
    "percent": "%",
    # SenML's own names of a battery's level and of relative humidity.
    "%EL": "%",
    "%RH": "%",
    "ml": "mL",
}
# Each group: its units, by how many of the group's first unit they are.
_groups: tuple[dict[str, float], ...] = (
    {"m3": 1.0, "l": 1e-3, "mL": 1e-6},
    {
        "m3/s": 1.0,
        "m3/h": 1 / 3600,
        "m3/d": 1 / 86400,
        "l/s": 1e-3,
        "l/min": 1e-3 / 60,
        "l/h": 1e-3 / 3600,
        "l/d": 1e-3 / 86400,
    },
    {"/": 1.0, "%": 1e-2, "ppm": 1e-6, "ppb": 1e-9},
    {"J": 1.0, "kJ": 1e3, "MJ": 1e6, "Wh": 3.6e3, "kWh": 3.6e6, "MWh": 3.6e9},
    {"W": 1.0, "mW": 1e-3, "kW": 1e3, "MW": 1e6},
    {"V": 1.0, "mV": 1e-3},
    {"A": 1.0, "mA": 1e-3},
    {"Pa": 1.0, "hPa": 1e2, "kPa": 1e3, "mbar": 1e2, "bar": 1e5},
    {"m": 1.0, "mm": 1e-3, "cm": 1e-2, "km": 1e3},
    {"s": 1.0, "ms": 1e-3, "min": 60.0, "h": 3600.0, "d": 86400.0},
    {"m/s": 1.0, "km/h": 1 / 3.6},
    {"kg": 1.0, "g": 1e-3, "t": 1e3},
    {
        "kg/m3": 1.0,
        "g/m3": 1e-3,
        "mg/m3": 1e-6,
        "ug/m3": 1e-9,
        "ng/m3": 1e-12,
        "g/l": 1.0,
        "mg/l": 1e-3,
        "ug/l": 1e-6,
    },
)


@cache
def factor(given: str, wanted: str) -> float | None:
    """By what a value in the unit `given` is multiplied to be in `wanted`; None where no plain factor is."""
    given, wanted = _plain(given), _plain(wanted)
    if given == wanted:
        return 1.0
    for group in _groups:
        if given in group and wanted in group:
            # Rounded, so that l/h to l/s is 1/3600 and no neighbour of it.
            return float(f"{group[given] / group[wanted]:.15g}")
    return None


def _plain(unit: str) -> str:
    """One spelling of a unit; the micro sign and the Greek letter look alike."""
    unit = unit.replace("µ", "u").replace("μ", "u").replace("³", "3")
    return _spellings.get(unit, unit)
