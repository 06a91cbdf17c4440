"""Push: what a person's own browser shows them, also while no page of the city is open."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from candia.core.access import May, Person, resident

if TYPE_CHECKING:
    from django.utils.functional import Promise


@dataclass(frozen=True)
class Brief:
    """A title, one line, and the path of the page that tells the rest: a locked phone shows them to anybody."""

    title: str
    line: str
    url: str


@dataclass(frozen=True, kw_only=True)
class Push:
    """A kind of brief, declared by the service that tells it; its `title` says it to whoever may do without.

    `told` answers with one by its number, for this person and in the language that is active, as it stands by now;
    None where there is nothing to tell any more. `concerns` are those who are asked whether they want it. One that
    is `urgent` wakes a phone that saves its battery.
    """

    name: str
    title: str | Promise
    told: Callable[[int, Person], Brief | None]
    concerns: May = resident
    urgent: bool = False
