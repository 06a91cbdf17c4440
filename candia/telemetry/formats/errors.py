"""DecodeError: a payload that can't be read, and why."""

from __future__ import annotations


class DecodeError(Exception):
    """Why a payload can't be read: a sentence for the person who keeps the device."""


class Unknown(DecodeError):
    """A payload about something that the city does not know; it may know it later."""
