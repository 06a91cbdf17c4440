"""Interval: how often a meter speaks, which it can be told."""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from candia.core.capability import Capability, Value
from candia.services.water.models import Meter


def encode(hours: Value) -> bytes:
    """The interval on its way by radio: seconds, four bytes, the highest first."""
    return round(float(hours or 0) * 3600).to_bytes(4, "big")


INTERVAL = Capability(
    name="interval",
    on=Meter,
    title=_("Reporting interval"),
    unit="h",
    low=1,
    high=24,
    state_property="interval",
    lives=timedelta(days=2),
    # One that speaks once a day says so once a day.
    settles=timedelta(days=1),
    encode=encode,
)
