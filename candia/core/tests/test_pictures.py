"""Pictures from outside: what takes too much is refused before it takes it, and only a picture comes out."""

from __future__ import annotations

import fcntl
import struct
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from candia.core import errors, pictures
from candia.core.pictures import MEGABYTE

SIZES = {"large": 1600, "small": 480}


def picture(format: str, size: tuple[int, int] = (400, 300), **how: object) -> bytes:
    file = BytesIO()
    Image.new("RGB", size, "teal").save(file, format, **how)
    return file.getvalue()


def chunks(*parts: tuple[bytes, bytes]) -> bytes:
    """A PNG of these chunks."""
    told = (struct.pack(">I", len(d)) + n + d + struct.pack(">I", zlib.crc32(n + d)) for n, d in parts)
    return b"\x89PNG\r\n\x1a\n" + b"".join(told)


def header(width: int, height: int) -> tuple[bytes, bytes]:
    return b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)


def frames(format: str) -> bytes:
    each = [Image.new("RGB", (300, 300), (number, 0, 0)) for number in range(200)]
    file = BytesIO()
    each[0].save(file, format, save_all=True, append_images=each[1:])
    return file.getvalue()


PIXELS = chunks(header(400, 300), (b"IDAT", zlib.compress(b"\0" * (300 * 1201))), (b"IEND", b""))
BOMBS = {
    "a header that says 60,000 × 60,000": lambda: chunks(
        header(60_000, 60_000), (b"IDAT", zlib.compress(b"\0"))
    ),
    "50 megapixels in one colour, PNG": lambda: picture("PNG", (7100, 7100)),
    "49 megapixels in one colour, WebP": lambda: picture("WEBP", (7000, 7000), quality=1, method=0),
    "a header that promises more than there is": lambda: chunks(
        header(4000, 4000), (b"IDAT", zlib.compress(b"\0" * 9))
    ),
    "a text of 300 MB in a chunk": lambda: chunks(
        header(400, 300), (b"zTXt", b"a\0\0" + zlib.compress(b"a" * 300 * MEGABYTE, 1)), (b"IEND", b"")
    ),
    "200 frames, renamed": lambda: frames("GIF"),
    "half of a picture": lambda: picture("JPEG")[:400],
    "nothing": lambda: b"",
    "a page": lambda: b"<html><script>alert(1)</script></html>",
    "TIFF": lambda: picture("TIFF"),
}


def peak() -> int:
    """The most memory that this process has held since it was last asked, bytes."""
    told = Path("/proc/self/status").read_text()
    kilobytes = next(line.split()[1] for line in told.splitlines() if line.startswith("VmHWM"))
    Path("/proc/self/clear_refs").write_text("5")
    return int(kilobytes) * 1024


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS.keys())
def test_a_bomb_is_a_sentence_and_costs_the_city_no_memory(bomb: Callable[[], bytes]) -> None:
    made = bomb()
    peak()
    before = peak()

    with pytest.raises(errors.Refused) as refused:
        pictures.copies(BytesIO(made), SIZES)

    assert str(refused.value.fields["picture"])
    assert peak() - before < 32 * MEGABYTE


@pytest.mark.parametrize(
    ("content", "size"),
    [
        (lambda: picture("JPEG", (8000, 6000), progressive=True), (1600, 1200)),
        (lambda: picture("PNG", (5000, 5000)), (1600, 1600)),
        (lambda: frames("WEBP"), (300, 300)),
        (lambda: PIXELS, (400, 300)),
        (lambda: picture("JPEG") + b"<script>alert(1)</script>PK\x03\x04", (400, 300)),
    ],
    ids=["48 megapixels", "25 megapixels", "frames", "as it is", "a page behind it"],
)
def test_what_can_be_read_comes_out_as_a_picture_and_nothing_else(
    content: Callable[[], bytes], size: tuple[int, int]
) -> None:
    given = BytesIO(content())
    peak()
    before = peak()

    made = pictures.copies(given, SIZES)

    assert (made.width, made.height) == size
    for name, side in SIZES.items():
        with Image.open(BytesIO(made.files[name])) as image:
            assert (image.format, getattr(image, "n_frames", 1)) == ("WEBP", 1)
            assert max(image.size) == min(side, max(size))
        assert b"script" not in made.files[name]
    assert peak() - before < 32 * MEGABYTE


@pytest.mark.parametrize(
    ("what", "value"),
    [
        ("LIMITS", {**pictures.LIMITS, "RLIMIT_AS": 48 * MEGABYTE}),
        ("LIMITS", {"RLIMIT_FSIZE": 9}),
        ("PATIENCE", 0.01),
    ],
    ids=["memory", "what it writes", "time"],
)
def test_a_decoder_that_is_ended_is_a_sentence(what: str, value: object, monkeypatch) -> None:
    monkeypatch.setattr(pictures, what, value)

    with pytest.raises(errors.Refused) as refused:
        pictures.copies(BytesIO(picture("PNG", (3000, 3000))), SIZES)

    assert "JPEG" in str(refused.value)


def test_no_more_than_two_are_read_at_once_on_a_machine(monkeypatch, settings) -> None:
    monkeypatch.setattr(pictures, "QUEUE", 0.0)
    folder = Path(settings.CANDIA.home) / "run"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "picture-0.lock").open("w") as one, (folder / "picture-1.lock").open("w") as two:
        fcntl.flock(one, fcntl.LOCK_EX)
        assert pictures.copies(BytesIO(PIXELS), SIZES).width == 400
        fcntl.flock(two, fcntl.LOCK_EX)
        with pytest.raises(errors.TooMany):
            pictures.copies(BytesIO(PIXELS), SIZES)
