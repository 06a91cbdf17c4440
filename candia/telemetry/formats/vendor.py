"""Vendors' own payloads, read by the decoder that a service declares for them."""

from __future__ import annotations

from candia.telemetry.formats.bounds import bounded
from candia.telemetry.formats.errors import DecodeError
from candia.telemetry.observation import Observation, Source, Speaker


def by_source(source: Source, payload: bytes, speaker: Speaker) -> list[Observation]:
    """What the source's decoder reads; whatever it stumbles over becomes a DecodeError."""
    try:
        return bounded(source.decode(payload, speaker))
    except (DecodeError, KeyboardInterrupt):
        raise
    except BaseException as wrong:
        raise DecodeError(
            "The decoder '{source}' can't read the payload: {wrong}.",
            source=source.name,
            wrong=f"{type(wrong).__name__}: {wrong}",
        ) from wrong
