"""PDF from outside: known by its beginning and its end, and refused where it says that it does something by itself.

Nothing here parses or runs one. What a PDF does is up to the program that opens it, so the city hands it over as a
file and never shows it itself. The check keeps out what is no PDF, what was cut off on its way, what nobody without
a password can open, and what says in clear that it runs a script or brings another file. A script inside a packed
object stream is not seen: docs/decisions/0022-attachments.md argues it.
"""

from __future__ import annotations

import re

from django.utils.translation import gettext as _

MEGABYTE = 1024 * 1024
MOST_BYTES = 10 * MEGABYTE
MARK = b"%PDF-"
# The end of a file may be followed by a little; readers look so far back.
TAIL = 2048
_header = re.compile(rb"%PDF-[12]\.\d[\r\n ]")
# A name may be written with any of its letters as a number: /J#61vaScript.
_numbered = re.compile(rb"#([0-9A-Fa-f]{2})")
_acts = re.compile(rb"/(?:JavaScript|Launch|EmbeddedFile|RichMedia)(?![A-Za-z0-9])")
# It stands in the trailer, which is never packed.
_sealed = re.compile(rb"/Encrypt(?![A-Za-z0-9])")


def wrong(data: bytes) -> str:
    """A sentence for what is wrong with this file as a PDF; empty where nothing is."""
    if len(data) > MOST_BYTES:
        return _("The PDF is larger than 10 MB. Send a smaller one, or send it in parts.")
    end = data[-TAIL:]
    if not _header.match(data) or b"%%EOF" not in end or b"startxref" not in end:
        return _("The PDF is damaged or incomplete. Save it once more, then send it.")
    told = _numbered.sub(lambda found: bytes([int(found[1], 16)]), data)
    if _sealed.search(told):
        return _("The PDF is locked with a password. Save it without one, then send it.")
    if _acts.search(told):
        return _("The PDF holds a script or another file. Print it to a new PDF, then send that one.")
    return ""
