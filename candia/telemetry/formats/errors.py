"""What a decoder raises instead of observations: why a payload can't be read, or what it tells of a downlink."""

from __future__ import annotations

from dataclasses import replace
from typing import Self

from candia.telemetry.reason import because


class DecodeError(Exception):
    """Why a payload can't be read: a sentence for the person who keeps the device.

    Its particulars stand in places, `DecodeError("{text} is no time.", text=…)`, so that the sentence can be
    translated; what a library says of its own accord is told as `wrong`.
    """

    def __init__(self, words: str, **told: object) -> None:
        super().__init__(words)
        self.reason = because(words, **told)

    def __str__(self) -> str:
        return str(self.reason)

    def in_row(self, number: int) -> Self:
        """The same, of a row of a table."""
        self.reason = replace(self.reason, row=number)
        return self


class Unknown(DecodeError):
    """A payload about something that the city does not know; it may know it later."""


class Acknowledged(Exception):
    """No observation: what became of a downlink, by its `ticket` in ChirpStack's queue.

    `entity` is the thing whose alias the DevEUI is; `heard` says whether its device acknowledged the downlink.
    """

    def __init__(self, entity: str, dev_eui: str, ticket: str, *, heard: bool) -> None:
        super().__init__(ticket)
        self.entity, self.dev_eui, self.ticket, self.heard = entity, dev_eui, ticket, heard
