"""Pictures: opened, judged by what they are, and written anew so that nothing hidden comes along."""

from __future__ import annotations

import secrets
import warnings
from io import BytesIO
from pathlib import Path
from typing import IO

from django.conf import settings
from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

from candia.core.errors import Refused

SIZES = {"large": 1600, "small": 480}
# As Pillow names them; a name like `cat.jpg` proves nothing.
FORMATS = ("JPEG", "PNG", "WEBP")
MOST_BYTES = 8 * 1024 * 1024
MOST_PIXELS = 50_000_000
LEAST_SIDE = 80


def store(upload: IO[bytes]) -> tuple[str, int, int]:
    """Write a picture in both sizes; answers with its random name and the large one's width and height.

    Turned upright first, then stripped of all metadata: the place of a photograph (EXIF GPS) never
    leaves this function. Raises Refused for what is no picture, too big or too small.
    """
    image = _opened(upload)
    name = secrets.token_urlsafe(24)
    width, height = 0, 0
    for size, side in SIZES.items():
        copy = image.copy()
        copy.thumbnail((side, side), Image.Resampling.LANCZOS)
        path = file(name, size)
        path.parent.mkdir(parents=True, exist_ok=True)
        copy.save(path, "WEBP", quality=82, method=4)
        if size == "large":
            width, height = copy.size
    return name, width, height


def file(name: str, size: str) -> Path:
    """Where a picture lies; its name is random and no address ever tells it."""
    return Path(settings.MEDIA_ROOT) / "dialogue" / f"{name}-{size}.webp"


def remove(name: str) -> None:
    """Delete both sizes; a file that is gone already is fine."""
    for size in SIZES:
        file(name, size).unlink(missing_ok=True)


def _opened(upload: IO[bytes]) -> Image.Image:
    data = upload.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise _refused(_("The picture is larger than 8 MB. Send a smaller one."))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image: Image.Image = Image.open(BytesIO(data), formats=FORMATS)
            # The size stands in the header: a bomb is refused before it is unpacked.
            if image.width * image.height > MOST_PIXELS:
                raise _refused(_("The picture has too many pixels. Send one of at most 50 megapixels."))
            image.load()
            image = ImageOps.exif_transpose(image)
    except (UnidentifiedImageError, Image.DecompressionBombError, Image.DecompressionBombWarning) as unknown:
        raise _refused(_("This is no picture that can be read. Send a JPEG, PNG or WebP file.")) from unknown
    except (OSError, SyntaxError, ValueError) as broken:
        raise _refused(_("The picture is damaged or incomplete. Send it again.")) from broken
    if min(image.size) < LEAST_SIDE:
        raise _refused(_("The picture is too small to see anything. Send one of at least 80 × 80 pixels."))
    return _bare(image)


def _bare(image: Image.Image) -> Image.Image:
    """The pixels alone, on white where the picture was see-through."""
    upright = image.convert("RGBA") if image.has_transparency_data else image.convert("RGB")
    bare = Image.new("RGB", upright.size, "white")
    bare.paste(upright, mask=upright.getchannel("A") if upright.mode == "RGBA" else None)
    return bare


def _refused(sentence: str) -> Refused:
    return Refused(sentence, picture=sentence)
