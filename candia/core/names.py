"""Names: what the city calls something in each of its languages, and which of them a reader gets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import get_language


def translated(names: Mapping[str, str], otherwise: str = "") -> str:
    """The name in the reader's language; `otherwise`, or else the first there is, where it has none."""
    return names.get(get_language() or "") or otherwise or next(iter(names.values()), "")


def translations(columns: Mapping[str, object]) -> dict[str, str]:
    """The names in other languages that a table's columns or a map's properties give: `name_en` → en."""
    return {
        key.removeprefix("name_"): str(value)
        for key, value in columns.items()
        if isinstance(key, str) and key.startswith("name_") and value
    }


@dataclass(frozen=True)
class Named:
    """Something that the city named in its languages: a theme, a zone."""

    id: str
    names: Mapping[str, str]

    def __str__(self) -> str:
        return translated(self.names) or self.id
