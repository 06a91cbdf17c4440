"""DecodeError: a payload that can't be read."""

from __future__ import annotations


class DecodeError(Exception):
    """Why a payload can't be read: a sentence for the person who keeps the device."""
