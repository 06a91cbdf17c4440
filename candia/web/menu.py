"""The menu: the pages that ask for a place in it, grouped by what somebody wants, calm with eighteen services.

As long as a few pages are all there is, each stands for itself; from then on groups do, and one of a single page is
shown as that page.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from candia.core.page import Menu, Page
from candia.core.service import Service, services

#: So many stand side by side, before a phone's menu is long and a wide one crowded.
FEW = 5


@dataclass(frozen=True)
class Entry:
    """A page in the menu."""

    title: str | Promise
    url: str


@dataclass(frozen=True)
class Group:
    """What stands together, under a title where it is more than one."""

    title: str | Promise
    entries: tuple[Entry, ...]

    @property
    def alone(self) -> Entry | None:
        """Its page, where it has but one."""
        return self.entries[0] if len(self.entries) == 1 else None


def portal(by: Any) -> list[Group]:
    """The portal's menu as this person, or nobody in particular, may use it."""
    grouped = _grouped(by, desk=False)
    every = sum(map(len, grouped.values()))
    # The map is everybody's; where nothing is to be seen on it, it would be an empty page.
    if any(service.home for service in services().values()):
        grouped.setdefault(Menu.SEE, []).append(Entry(_("Map"), reverse("city-map")))
    if every < FEW:
        return [Group(entry.title, (entry,)) for group in Menu for entry in grouped.get(group, ())]
    return _groups(grouped)


def desk(by: Any) -> list[Group]:
    """The desk's, by what people do there and not by whose it is."""
    return _groups(_grouped(by, desk=True))


def _groups(grouped: dict[Menu, list[Entry]]) -> list[Group]:
    return [Group(group.label, tuple(grouped[group])) for group in Menu if group in grouped]


def _grouped(by: Any, *, desk: bool) -> dict[Menu, list[Entry]]:
    found: dict[Menu, list[Entry]] = {}
    for service, page in _pages():
        if page.menu is not None and page.desk is desk and page.may(by):
            entry = Entry(page.title or service.title, reverse(f"{service.name}-{page.name}"))
            found.setdefault(page.menu, []).append(entry)
    return found


def _pages() -> list[tuple[Service, Page]]:
    return [(service, page) for service in services().values() for page in service.pages]
