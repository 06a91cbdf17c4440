"""Severity: how the words of CAP look and in which order they stand."""

from django.db.models import Case, IntegerField, Value, When
from django.utils.translation import gettext as _

TONES = {"extreme": "bad", "severe": "bad", "moderate": "warn", "minor": "info"}
WORST_FIRST = Case(
    *(When(severity=word, then=Value(rank)) for rank, word in enumerate(TONES)),
    default=Value(len(TONES)),
    output_field=IntegerField(),
)


def tone(severity: str) -> str:
    """How a severity looks."""
    return TONES.get(severity, "info")


def words() -> dict[str, str]:
    """What the tones of a map say of an alert."""
    return {"bad": _("severe alert"), "warn": _("moderate alert"), "info": _("minor alert")}
