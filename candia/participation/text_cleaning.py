"""What people type, made fit to keep: one normal form, nothing invisible, sentences for what is wrong."""

from __future__ import annotations

import re
import unicodedata

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

# Controls, and the marks that turn the direction of text and so let it read as something else.
_unseen = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]"
)
_blank_lines = re.compile(r"\n{3,}")


def line(text: str) -> str:
    """One line of text: NFC, single spaces, nothing invisible."""
    return " ".join(_unseen.sub(" ", unicodedata.normalize("NFC", text)).split())


def prose(text: str) -> str:
    """Paragraphs of text: NFC, a newline for each break, at most one blank line, nothing invisible."""
    text = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n")
    text = "\n".join(part.rstrip() for part in _unseen.sub("", text).split("\n"))
    return _blank_lines.sub("\n\n", text).strip()


def wrong_length(text: str, least: int, most: int) -> str | Promise:
    """A sentence where a text is shorter or longer than it may be (in characters), else nothing."""
    if not text and least:
        return _("Write something here.")
    if len(text) < least:
        return ngettext(
            "Write at least %(count)d character; there are too few to understand.",
            "Write at least %(count)d characters; these are too few to understand.",
            least,
        ) % {"count": least}
    if len(text) > most:
        return _("This is %(length)d characters long and %(most)d fit. Shorten it a little.") % {
            "length": len(text),
            "most": most,
        }
    return ""
