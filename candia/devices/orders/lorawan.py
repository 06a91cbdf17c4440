"""LoRaWAN: which devices are reached through ChirpStack, and what can't be told to one that is."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median

from django.conf import settings

from candia.core.capability import Capability, Value
from candia.core.service import services
from candia.core.telemetry import store
from candia.devices.models import LorawanAddress
from candia.telemetry import questions

# As many of a thing's last words tell its rhythm.
WORDS = 12


def addresses(devices: Collection[str]) -> dict[str, LorawanAddress]:
    """Those of these devices that are reached by LoRaWAN, by their names."""
    return {one.device_id: one for one in LorawanAddress.objects.filter(device__in=set(devices))}


def trouble(capability: Capability, value: Value, address: LorawanAddress | None) -> str:
    """Which of the TROUBLES keeps this from being told to a device that is reached so; empty where none does."""
    if address is None:
        return ""
    if not settings.CANDIA.chirpstack_url:
        return "no_network"
    if capability.momentary and address.sleeps:
        return "asleep"
    try:
        capability.on_air(value)
    except Exception:  # noqa: BLE001 — whatever an encoder raises is its own
        return "no_code"
    return ""


def next_word(entity: str, now: datetime) -> tuple[datetime, timedelta] | None:
    """When a thing is due to speak next, and its rhythm; None of one that has not spoken thrice.

    Past where it is late. Raises StoreAway.
    """
    service = services()[entity.partition(".")[0]]
    names = [f"{service.name}.{item.name}" for item in service.properties if item.derived is None]
    spoke = questions.moments(store(), entity, names, now, WORDS)
    gaps = [(later - earlier).total_seconds() for earlier, later in pairwise(spoke)]
    if len(gaps) < 2:  # noqa: PLR2004 — one gap is no rhythm
        return None
    rhythm = timedelta(seconds=median(gaps))
    return spoke[-1] + rhythm, rhythm
