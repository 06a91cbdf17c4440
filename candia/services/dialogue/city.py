"""What differs from city to city: themes, and how many supports ask for an answer, and by when."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from typing import Any

from django.conf import settings

from candia.core.names import Named

# What a city gets that keeps no `dialogue.toml` beside its `city.toml`.
usual_themes = {
    "streets": {"el": "Δρόμοι και πεζοδρόμια", "en": "Streets and pavements"},
    "green": {"el": "Πράσινο και πλατείες", "en": "Green and squares"},
    "transport": {"el": "Μετακινήσεις", "en": "Getting around"},
    "water": {"el": "Νερό", "en": "Water"},
    "waste": {"el": "Καθαριότητα και ανακύκλωση", "en": "Cleaning and recycling"},
    "culture": {"el": "Πολιτισμός και αθλητισμός", "en": "Culture and sports"},
    "solidarity": {"el": "Κοινωνική φροντίδα", "en": "Social care"},
    "digital": {"el": "Ψηφιακή πόλη", "en": "Digital city"},
}


KEYS = ("goal", "answer_days", "themes")


@cache
def _own() -> dict[str, Any]:
    told: dict[str, Any] = settings.CANDIA_CITY.beside("dialogue.toml")
    return told


def check() -> Iterator[str]:
    """What is wrong with the city's `dialogue.toml`, a sentence each."""
    try:
        told = _own()
    except (OSError, ValueError) as wrong:
        yield f"dialogue.toml can't be read: {wrong}."
        return
    for key in sorted(told.keys() - set(KEYS)):
        yield f"dialogue.toml has the key {key!r}. The keys known are: {', '.join(KEYS)}."
    for key in ("goal", "answer_days"):
        value = told.get(key, 0)
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            yield f"dialogue.toml has {key} = {value!r}: write a whole number, or 0 for none."
    if told.get("answer_days") and not told.get("goal"):
        yield "dialogue.toml has answer_days, which count from the goal, but no goal: add one."
    themes = told.get("themes", usual_themes)
    if not isinstance(themes, dict) or not all(_is_named(names) for names in themes.values()):
        yield 'dialogue.toml has themes without names: write for each slug = { el = "…", en = "…" }.'


def _is_named(names: object) -> bool:
    return isinstance(names, dict) and bool(names) and all(isinstance(name, str) for name in names.values())


@cache
def themes() -> dict[str, Named]:
    """The themes under which proposals stand, by slug, in the city's order."""
    table: dict[str, dict[str, str]] = _own().get("themes", usual_themes)
    return {slug: Named(slug, names) for slug, names in table.items()}


def goal() -> int:
    """How many supports ask for an answer; 0 where the city sets no such number."""
    return int(_own().get("goal", 0))


def answer_time() -> timedelta | None:
    """The same as a term; None where the city promises none."""
    return timedelta(days=answer_days()) if answer_days() else None


def answer_days() -> int:
    """Within how many days the city answers what has reached the goal; 0 where it promises no such time."""
    return int(_own().get("answer_days", 0))
