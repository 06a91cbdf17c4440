"""Field: a value that anyone may know, of a thing or in a row of open data, by name, type, meaning and unit."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from django.utils.formats import number_format
from django.utils.translation import get_language

if TYPE_CHECKING:
    from django.utils.functional import Promise

FieldType = Literal["string", "integer", "number", "money", "boolean", "date", "datetime", "geometry"]
CENT = Decimal("0.01")
SIGNS = {"EUR": "€", "USD": "$", "GBP": "£"}


@dataclass(frozen=True)
class Field:
    """An attribute or a column: its name, type, meaning and, for numbers, its unit.

    `money` is a Decimal, and its unit the currency (ISO 4217: EUR).
    """

    name: str
    type: FieldType
    title: str | Promise
    unit: str = ""


def money(amount: Decimal, currency: str) -> str:
    """An amount as the reader's language writes it: 1.234,50 € in Greek, €1,234.50 in English."""
    number = number_format(abs(amount).quantize(CENT), decimal_pos=2, force_grouping=True)
    sign, minus = SIGNS.get(currency, currency), "−" if amount < 0 else ""
    if get_language() == "en" and currency in SIGNS:
        return f"{minus}{sign}{number}"
    return f"{minus}{number}\N{NO-BREAK SPACE}{sign}"
