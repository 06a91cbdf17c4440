"""ChirpStack v4 events: what a LoRaWAN network server passes on of one of its devices, uplinks and downlinks.

Source: https://www.chirpstack.io/docs/chirpstack/integrations/events.html
"""

from __future__ import annotations

import base64
import binascii
from typing import Any

import msgspec

from candia.telemetry.formats import plain
from candia.telemetry.formats.errors import Acknowledged, DecodeError, Unknown
from candia.telemetry.formats.values import property_of, time_of
from candia.telemetry.formats.vendor import by_source
from candia.telemetry.observation import Observation, Speaker


def decode(event: dict[str, Any], speaker: Speaker) -> list[Observation]:
    """The declared properties in the event's `object`, or what the profile's own decoder reads in its `data`.

    Raises Acknowledged where it says what became of a downlink.
    """
    device = event.get("deviceInfo")
    if not isinstance(device, dict) or not isinstance(device.get("devEui"), str):
        raise DecodeError("The event's deviceInfo has no devEui.")
    alias = device["devEui"].lower()
    entity = speaker.by_alias(alias) or speaker.by_alias(alias.upper())
    if entity is None:
        raise Unknown(
            "No entity has the alias '{alias}'. Give the DevEUI to the entity as its alias.", alias=alias[:40]
        )
    if "downlinkId" in event:
        # That a gateway has sent a downlink (txack) says nothing of who heard it.
        return []
    if isinstance(ticket := event.get("queueItemId"), str) and "object" not in event and "data" not in event:
        raise Acknowledged(entity, alias, ticket[:36], heard=event.get("acknowledged") is True)
    told = event.get("time")
    received = speaker.received if told is None else time_of(told)
    source = speaker.sources.get(str(device.get("deviceProfileName")))
    if source is not None:
        return _by_source(event, entity, received, speaker)
    fields = event.get("object")
    if not isinstance(fields, dict):
        raise DecodeError("The event holds no `object`, and its device profile has no decoder here.")
    # A codec tells more than a service asks for (signal, flags): what nobody declared is left out.
    known = {
        name: value
        for name, value in fields.items()
        if property_of(entity, name or "?") in speaker.properties
    }
    if not known:
        raise DecodeError(
            "The event's object has no declared property of {entity}: {fields}.",
            entity=entity,
            fields=", ".join(fields)[:100],
        )
    return plain.decode({**known, "entity": entity, "time": received}, speaker)


def _by_source(event: dict[str, Any], entity: str, received: int, speaker: Speaker) -> list[Observation]:
    data = event.get("data")
    source = speaker.sources[str(event["deviceInfo"].get("deviceProfileName"))]
    try:
        raw = base64.b64decode(data if isinstance(data, str) else "", validate=True)
    except (binascii.Error, ValueError) as wrong:
        raise DecodeError("The event's data is not base64.") from wrong
    return by_source(source, raw, msgspec.structs.replace(speaker, entity=entity, received=received))
