"""Reason: why something could not be taken, told so that it can be said in any language."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

_place = re.compile(r"\{(\w+)\}")
# What a payload says of itself is quoted so far.
LONGEST = 200


@dataclass(frozen=True)
class Reason:
    """A sentence with places, and what belongs into them.

    The English `words` are also their own name: whoever speaks another language to a reader translates them and
    fills the places afterwards. `row` is that of a table, `more` counts what else of the message was refused.
    """

    words: str
    told: Mapping[str, str | float] = field(default_factory=dict)
    row: int = 0
    more: int = 0

    def __str__(self) -> str:
        before = f"Row {self.row}: " if self.row else ""
        after = f" ({self.more} more of its observations were refused.)" if self.more else ""
        return before + filled(self.words, self.told) + after

    def dump(self) -> str:
        """The reason as text that `load` reads back."""
        return msgspec.json.encode(self).decode()


def load(text: str) -> Reason:
    """The reason that was dumped."""
    return msgspec.json.decode(text, type=Reason)


def filled(words: str, told: Mapping[str, str | float]) -> str:
    """The words with what is told in their places; a place for which nothing is told stays as it is."""

    def fill(place: re.Match[str]) -> str:
        value = told.get(place[1], place[0])
        return f"{value:g}" if isinstance(value, float) else str(value)

    return _place.sub(fill, words)


def printable(text: str) -> str:
    """The text without what steers a terminal or turns the direction of reading."""
    return "".join(letter if letter.isprintable() else " " if letter.isspace() else "·" for letter in text)


def because(words: str, **told: object) -> Reason:
    """A reason that may stand in a header, a log or a page: numbers stay, other things become short, plain text."""
    kept = {name: value if isinstance(value, float) else _short(value) for name, value in told.items()}
    return Reason(printable(words), kept)


def _short(value: object) -> str:
    try:
        return printable(str(value)[:LONGEST])
    except Exception:  # noqa: BLE001 — a number of thousands of digits, or a stranger's class
        return f"({type(value).__name__})"
