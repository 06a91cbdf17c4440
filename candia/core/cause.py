"""Cause: what may lie behind many alerts at once, so that eighty lamps without power are one thing to decide.

Which alerts belong together follows from those that stand, and from nothing else: in whichever order they open and
close, the same ones are together, each in one place at most.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.utils.functional import Promise

_hour = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class Cause:
    """One cause behind alerts of these `rules`, at things that have the same `by`, a relation or a column of them.

    Where an alert of the rule `root` stands at that very thing, it says so: whatever was opened since, or `within`
    before, is together with it. Else at least `least` are together of which each was opened `within` so long of
    another.
    """

    name: str
    title: str | Promise
    rules: tuple[str, ...]
    by: str
    root: str = ""
    within: timedelta = _hour
    least: int = 3


@dataclass(frozen=True, order=True)
class Standing:
    """An alert that stands: since when, its number, its rule's plain name, its thing, and what that shares."""

    opened: datetime
    alert: int
    rule: str
    entity: str
    of: str = ""


def together(cause: Cause, standing: Iterable[Standing]) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Which of these alerts are together by a cause: what they share, and their numbers, the root's first."""
    ordered = sorted(standing)
    roots = {one.entity: one for one in ordered if cause.root and one.rule == cause.root}
    sharing: dict[str, list[Standing]] = {}
    for one in ordered:
        if one.of and one.rule in cause.rules:
            sharing.setdefault(one.of, []).append(one)
    for of, own in sorted(sharing.items()):
        root = roots.get(of)
        under = [one for one in own if root and one.opened >= root.opened - cause.within]
        if root and under:
            yield of, (root.alert, *(one.alert for one in under))
        for chain in _chains([one for one in own if one not in under], cause.within):
            if len(chain) >= cause.least:
                yield of, tuple(one.alert for one in chain)


def _chains(ordered: Iterable[Standing], within: timedelta) -> Iterator[list[Standing]]:
    """These, cut wherever nothing was opened for longer than that."""
    chain: list[Standing] = []
    for one in ordered:
        if chain and one.opened - chain[-1].opened > within:
            yield chain
            chain = []
        chain.append(one)
    if chain:
        yield chain
