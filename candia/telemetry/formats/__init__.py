"""Formats: bytes in, observations out; nothing else is touched."""

from __future__ import annotations

from candia.telemetry.formats import csv, lorawan, plain, senml
from candia.telemetry.formats.errors import Acknowledged, DecodeError, Unknown
from candia.telemetry.formats.vendor import by_source
from candia.telemetry.observation import Observation, Speaker

__all__ = ["Acknowledged", "DecodeError", "Unknown", "by_source", "decode"]


def decode(payload: bytes, speaker: Speaker) -> list[Observation]:
    """Read a payload in whichever of the formats it is; raises DecodeError or Acknowledged."""
    start = payload[:1] if payload[:1] in b"[{" else payload.lstrip()[:1]
    if start == b"{":
        event = plain.read(payload)
        return lorawan.decode(event, speaker) if "deviceInfo" in event else plain.decode(event, speaker)
    if start == b"[":
        return senml.decode_json(payload, speaker)
    if senml.looks_like_cbor(payload):
        return senml.decode_cbor(payload, speaker)
    if not start:
        raise DecodeError("The payload is empty.")
    return csv.decode(payload, speaker)
