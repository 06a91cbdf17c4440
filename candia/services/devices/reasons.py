"""Reasons of dead letters in the reader's language, where one is known; the pipeline itself speaks English."""

from __future__ import annotations

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

# As candia/telemetry/check.py and formats/ say them, without what is particular to one message.
known = (
    _("The city has no entity […]. Load it, or correct the name that the device sends."),
    _("The device […] may not speak for […]. Give it the entity, or correct the name."),
    _("The observation's time is […] minutes ahead. Set the device's clock."),
    _("The observation is more than ten years old. Set the device's clock."),
    _("The payload names no entity, and its device speaks for more than one, or for none."),
    _("No entity has the alias […]. Give the DevEUI to the entity as its alias."),
    _("The payload is none of SenML, JSON, CSV and a ChirpStack event; as CSV it must be UTF-8."),
    _("The payload is empty."),
    _("The payload holds no value."),
    _("The event's deviceInfo has no devEui."),
    _("The event holds no `object`, and its device profile has no decoder here."),
    _("The time […] lacks its zone. Add Z for UTC, or an offset such as […]:[…]."),
    _("The SenML pack is empty."),
    _("The SenML pack holds no value."),
)


def in_words(kind: str) -> str:
    """A kind of reason for a reader; as it stands, in English, where it is not known."""
    return gettext(kind) if kind in known else kind
