"""Field events: what a crew's phone says of a work order, and what follows from it; pure, in any order of arrival.

A phone may send the same twice, in any order, with a clock that is an hour wrong. Each event has an id that the
phone made and a number in that phone's own count, so that within one phone the later word counts. Between two
phones no clock decides: what both did is kept and added up; where they differ on how it ended, the desk decides.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from candia.operations.work.states import Act

KINDS = (
    "start",
    "tick",
    "untick",
    "note",
    "hours",
    "material",
    "photo",
    "done",
    "not_possible",
    "withdraw",
)
ENDS = ("done", "not_possible")
#: Why it could not be done.
REASONS = {
    "no_access": _("No access"),
    "not_found": _("Nothing found"),
    "parts": _("Parts are missing"),
    "unsafe": _("Not safe"),
    "other_crew": _("Needs another crew"),
    "other": _("Another reason"),
}
MOMENTS = {"before": _("Before"), "after": _("After")}


@dataclass(frozen=True)
class Told:
    """One field event, as a phone told it.

    `sequence` counts on its phone, `at` is what the phone's clock said, `base` the version of the order that the
    crew saw.
    """

    id: UUID
    phone: UUID
    sequence: int
    base: int
    kind: str
    at: datetime
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Work:
    """What follows from all that was told of one order."""

    begun: bool
    ticked: frozenset[int]
    minutes: int
    notes: tuple[Told, ...]
    materials: tuple[Told, ...]
    photos: tuple[Told, ...]
    #: How it ended, in the last word of each phone that said so.
    last_words: tuple[Told, ...]

    @property
    def ends(self) -> frozenset[tuple[str, str]]:
        """The different ways in which it ended: (done, "") or (not_possible, its reason)."""
        return frozenset((one.kind, one.data.get("reason", "")) for one in self.last_words)

    @property
    def contradicted(self) -> bool:
        """Whether two crews say different things of how it ended."""
        return len(self.ends) > 1

    @property
    def act(self) -> Act | None:
        """What the crews' word does to the order; None where they said nothing that counts."""
        if len(self.ends) == 1:
            [(kind, _reason)] = self.ends
            return Act.FINISH if kind == "done" else Act.GIVE_UP
        return Act.BEGIN if self.begun else None

    @property
    def reason(self) -> str:
        """Why it was not possible; empty where it was, or where nobody agrees."""
        return next(iter(self.ends))[1] if len(self.ends) == 1 else ""


def derive(told: Iterable[Told]) -> Work:
    """What follows from these events, in whichever order and however often each is among them."""
    known = {one.id: one for one in told}
    taken_back = _taken_back(known)
    phones: dict[UUID, list[Told]] = defaultdict(list)
    for one in known.values():
        if one.id not in taken_back and one.kind != "withdraw":
            phones[one.phone].append(one)
    ticked: set[int] = set()
    last_words: list[Told] = []
    for phone in sorted(phones):
        own = phones[phone] = sorted(phones[phone], key=_in_turn)
        last = {one.data["item"]: one.kind for one in own if one.kind in {"tick", "untick"}}
        ticked |= {item for item, kind in last.items() if kind == "tick"}
        last_words += [one for one in own if one.kind in ENDS][-1:]
    standing = [one for phone in sorted(phones) for one in phones[phone]]

    def of(kind: str) -> tuple[Told, ...]:
        return tuple(one for one in standing if one.kind == kind)

    return Work(
        begun=bool(known),
        ticked=frozenset(ticked),
        minutes=sum(one.data["minutes"] for one in of("hours")),
        notes=of("note"),
        materials=of("material"),
        photos=of("photo"),
        last_words=tuple(last_words),
    )


def _taken_back(known: dict[UUID, Told]) -> set[UUID]:
    """What a phone said and took back; nobody takes back what another said."""
    return {
        earlier.id
        for one in known.values()
        if one.kind == "withdraw"
        if (earlier := known.get(UUID(one.data["of"]))) is not None
        if earlier.phone == one.phone and earlier.kind != "withdraw"
    }


def _in_turn(one: Told) -> tuple[int, UUID]:
    # A phone that lost its count may have begun it anew; the id keeps the order the same for all.
    return one.sequence, one.id
