"""Reasons of refused observations in the reader's language; the pipeline itself speaks English."""

from __future__ import annotations

from django.utils.formats import get_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext

from candia.telemetry.reason import Reason, filled


def sentence(reason: Reason) -> SafeString:
    """The whole reason for a reader; what a library says of its own accord is marked as English."""
    told = {
        name: _number(value) if isinstance(value, float) else value for name, value in reason.told.items()
    }
    before, place, after = gettext(reason.words).partition("{wrong}")
    said = format_html("{}", filled(before, told))
    if place:
        said = format_html('{}<q lang="en">{}</q>{}', said, told.get("wrong", ""), filled(after, told))
    if reason.row:
        said = format_html("{} {}", gettext("Row %(n)d:") % {"n": reason.row}, said)
    if reason.more:
        others = ngettext(
            "%(n)d more of its observations was refused.",
            "%(n)d more of its observations were refused.",
            reason.more,
        )
        said = format_html("{} {}", said, others % {"n": reason.more})
    return said


def _number(value: float) -> str:
    return f"{value:g}".replace(".", str(get_format("DECIMAL_SEPARATOR")))
