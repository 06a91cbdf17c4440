"""DecodeError: a payload that can't be read, and why."""

from __future__ import annotations


class DecodeError(Exception):
    """Why a payload can't be read: a sentence for the person who keeps the device."""

    def __init__(self, sentence: str) -> None:
        # It may quote the payload, and ends up in headers, logs and pages.
        super().__init__("".join(sign if sign.isprintable() else "·" for sign in sentence))


class Unknown(DecodeError):
    """A payload about something that the city does not know; it may know it later."""
