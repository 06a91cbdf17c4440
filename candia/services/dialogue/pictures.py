"""A proposal's picture on the disk: two sizes of what `core.pictures` wrote anew, under a random name."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import IO

from django.conf import settings

from candia.core import pictures
from candia.core.pictures import Copies

SIZES = {"large": 1600, "small": 480}


def copies(upload: IO[bytes]) -> Copies:
    """The picture in both sizes, without the place of a photograph; raises what `core.pictures` refuses."""
    return pictures.copies(upload, SIZES)


def store(picture: Copies) -> str:
    """Write both sizes; answers with their random name."""
    name = secrets.token_urlsafe(24)
    for size, content in picture.files.items():
        path = file(name, size)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return name


def file(name: str, size: str) -> Path:
    """Where a picture lies; its name is random and no address ever tells it."""
    return Path(settings.MEDIA_ROOT) / "dialogue" / f"{name}-{size}.webp"


def remove(name: str) -> None:
    """Delete both sizes; a file that is gone already is fine."""
    for size in SIZES:
        file(name, size).unlink(missing_ok=True)
