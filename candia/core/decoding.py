"""Decoding: reads a stranger's picture in a process of its own and writes it anew; run by `core/pictures.py` alone.

Standard input is the picture, the one argument the sizes wanted and the limits, as JSON; standard output a line of
JSON, then the files. It knows nothing of the city, and the kernel ends it where it wants more than it may have.
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Mapping
from io import BytesIO
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL import Image


class Wrong(Exception):
    """What is wrong with the picture, for `core/pictures.py` to say in a sentence."""


def main() -> None:
    """Answer with `{"wrong": …}`, or with width, height and the length of each file that follows."""
    asked = json.loads(sys.argv[1])
    for name, limit in asked["limits"].items():
        resource.setrlimit(getattr(resource, name), (limit, limit))
    files: list[bytes] = []
    try:
        result, files = _copies(
            _opened(sys.stdin.buffer.read(), asked["pixels"], asked["least"]), asked["sizes"]
        )
    except Wrong as wrong:
        result = {"wrong": wrong.args[0], "most": wrong.args[-1]}
    except MemoryError:
        result = {"wrong": "heavy"}
    except Exception:  # noqa: BLE001 — a decoder may raise anything over what a stranger made
        result = {"wrong": "broken"}
    sys.stdout.buffer.write(json.dumps(result).encode() + b"\n" + b"".join(files))


def _opened(data: bytes, pixels: Mapping[str, int], least: int) -> Image.Image:
    """The picture by its header alone: nothing is unpacked yet."""
    from PIL import Image, UnidentifiedImageError

    # The limits by format say it better.
    Image.MAX_IMAGE_PIXELS = None
    try:
        image = Image.open(BytesIO(data), formats=tuple(pixels))
    except UnidentifiedImageError:
        raise Wrong("unknown") from None
    # A JPEG that holds several pictures is known as MPO; the first is taken.
    most = pixels.get(image.format or "", pixels["JPEG"])
    if image.width * image.height > most:
        raise Wrong("pixels", most // 1_000_000)
    if min(image.size) < least:
        raise Wrong("small")
    return image


def _copies(image: Image.Image, sizes: Mapping[str, int]) -> tuple[dict[str, Any], list[bytes]]:
    from PIL import Image, ImageOps

    if image.mode in {"P", "PA", "1"}:
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    # The greatest first: a JPEG is decoded straight to a fraction of its size, and all else follows from it.
    side = max(sizes.values())
    image.thumbnail((side, side), Image.Resampling.LANCZOS, reducing_gap=2.0)
    image = _bare(ImageOps.exif_transpose(image))
    width, height = image.size
    files = []
    for wanted in sizes.values():
        copy = image.copy()
        copy.thumbnail((wanted, wanted), Image.Resampling.LANCZOS)
        written = BytesIO()
        copy.save(written, "WEBP", quality=82, method=4)
        files.append(written.getvalue())
    result = {"width": width, "height": height, "lengths": dict(zip(sizes, map(len, files), strict=True))}
    return result, files


def _bare(image: Image.Image) -> Image.Image:
    """The pixels alone, on white where the picture was see-through: no place, no time, no maker."""
    from PIL import Image

    upright = image.convert("RGBA") if image.has_transparency_data else image.convert("RGB")
    bare = Image.new("RGB", upright.size, "white")
    bare.paste(upright, mask=upright.getchannel("A") if upright.mode == "RGBA" else None)
    return bare


if __name__ == "__main__":
    main()
