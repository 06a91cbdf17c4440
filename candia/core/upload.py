"""Upload: a stranger's file, judged by what it holds; a picture is written anew, a PDF kept as it is."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import PurePath
from typing import IO

from django.utils.text import get_valid_filename
from django.utils.translation import gettext as _

from candia.core import errors, pdf, pictures

PICTURE, PDF = "picture", "pdf"
#: The sizes of a picture, in pixels of its longer side at most; the first is the one that is opened.
SIZES = {"large": 1600, "small": 480}
WHOLE = "whole"
SUFFIX = {PICTURE: ".webp", PDF: ".pdf"}
_picture = re.compile(rb"\xff\xd8\xff|\x89PNG\r\n\x1a\n|RIFF....WEBP", re.DOTALL)


@dataclass(frozen=True)
class Upload:
    """What may be kept: its kind, a name for people, the bytes of each size, and the hash (SHA-256) of what came.

    `width` and `height` are those of a picture's greatest size, pixels; None of a PDF.
    """

    kind: str
    name: str
    files: Mapping[str, bytes] = field(repr=False)
    sha256: str
    width: int | None = None
    height: int | None = None

    @property
    def size(self) -> int:
        """The bytes of what is opened."""
        return len(next(iter(self.files.values())))


def judged(file: IO[bytes], beside: str = "file") -> Upload:
    """The file as it may be kept; what it is called and what it claims to be prove nothing.

    Call it outside a transaction: a picture may take seconds. Raises Refused beside the field `beside`, TooMany
    when others' pictures have been before it for too long.
    """
    data = file.read(max(pdf.MOST_BYTES, pictures.MOST_BYTES) + 1)
    told = str(getattr(file, "name", "") or "")
    sha256 = hashlib.sha256(data).hexdigest()
    if data.startswith(pdf.MARK):
        if wrong := pdf.wrong(data):
            raise errors.Refused(wrong, **{beside: wrong})
        return Upload(PDF, _named(told, PDF, _("Document")), {WHOLE: data}, sha256)
    if not _picture.match(data):
        wrong = _("This is neither a picture nor a PDF that can be read. Send a JPEG, PNG, WebP or PDF file.")
        raise errors.Refused(wrong, **{beside: wrong})
    try:
        made = pictures.copies(BytesIO(data), SIZES)
    except errors.Refused as refused:
        raise type(refused)(refused.sentence, **{beside: refused.sentence}) from refused
    return Upload(PICTURE, _named(told, PICTURE, _("Picture")), made.files, sha256, made.width, made.height)


def _named(told: str, kind: str, otherwise: str) -> str:
    """The name with letters, digits and single spaces alone, and the ending of what it really is."""
    stem = re.sub(r"[_\s]+", " ", get_valid_filename(f"x{PurePath(told).stem}")[1:]).strip(" .-")
    return f"{stem[:100] or otherwise}{SUFFIX[kind]}"
