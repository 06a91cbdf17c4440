"""Messages: what a device is told of an order, and what it answers; version 1, as docs/devices.md has it. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from candia.devices.orders.states import ANSWERS, State
from candia.devices.orders.wanted import Value

#: One message holds at most so many answers, of so many bytes; a reason has so many letters.
MOST, LARGEST, WORDS = 1000, 256 * 1024, 200


@dataclass(frozen=True)
class Told:
    """An order as it goes to a device: what of which thing shall be what, and until when that is worth doing."""

    id: UUID
    entity: str
    capability: str
    value: Value
    until: datetime

    def encoded(self, now: datetime) -> bytes:
        """As JSON; `seconds` is for devices without a clock."""
        told: dict[str, Any] = {
            "order": str(self.id),
            "entity": self.entity,
            "capability": self.capability.partition(".")[2],
            "value": self.value,
            "until": self.until.isoformat(timespec="seconds"),
            "seconds": max(0, round((self.until - now).total_seconds())),
        }
        return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


@dataclass(frozen=True)
class Answer:
    """What a device says became of an order, and in its own words why."""

    order: UUID
    state: State
    why: str = ""


@dataclass(frozen=True)
class Acknowledgement:
    """What ChirpStack says of a downlink to a device: whether that has acknowledged it."""

    dev_eui: str
    ticket: str
    heard: bool


def acknowledgement(payload: bytes) -> Acknowledgement:
    """What ingest passed on of it."""
    return Acknowledgement(**json.loads(payload))


class Unreadable(ValueError):
    """What a device said is no answer; the sentence is for whoever builds it."""


def answers(payload: bytes) -> list[Answer]:
    """The answers in a message, one or a list of them; raises Unreadable where any of it makes no sense."""
    if len(payload) > LARGEST:
        raise Unreadable(f"One message of answers has at most {LARGEST} bytes.")
    try:
        told = json.loads(payload)
        return [_answer(one) for one in _each(told)]
    except (ValueError, TypeError, AttributeError, KeyError, RecursionError) as wrong:
        raise Unreadable(
            'An answer is JSON like {"order": "…", "state": "done"}; a state is received, done, refused or failed, '
            f"and one message has at most {MOST} of them."
        ) from wrong


def _each(told: Any) -> list[Any]:
    if isinstance(told, list) and len(told) > MOST:
        raise ValueError(len(told))
    return told if isinstance(told, list) else [told]


def _answer(told: dict[str, Any]) -> Answer:
    state = State(told["state"])
    if state not in ANSWERS:
        raise ValueError(state)
    why = told.get("why", "")
    # PostgreSQL knows no text with a NUL in it, nor half of a surrogate pair.
    words = str(why).replace("\0", "").encode("utf-8", "ignore").decode()
    return Answer(UUID(told["order"]), state, " ".join(words.split())[:WORDS])
