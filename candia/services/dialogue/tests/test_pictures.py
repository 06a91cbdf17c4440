"""Pictures: what may come in, and what must never come out."""

import struct
import zlib
from io import BytesIO

import pytest
from django.urls import reverse
from PIL import Image

from candia.core import errors
from candia.core.pictures import MOST_BYTES
from candia.participation import commands as participation
from candia.services.dialogue import commands, pictures
from candia.services.dialogue.models import Picture
from candia.services.dialogue.tests.samples import copies, draft, photo

pytestmark = pytest.mark.django_db


def located() -> BytesIO:
    """A photograph as a phone makes it: turned, and with the place in its EXIF."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif.get_ifd(0x8825).update({1: "N", 2: (35.0, 20.0, 19.0), 3: "E", 4: (25.0, 8.0, 12.0)})
    return photo(exif=exif, comment=b"taken at home")


def test_the_place_of_a_photograph_is_gone(maria) -> None:
    assert b"Exif" in located().getvalue()
    proposal = draft(maria)
    commands.attach_picture(by=maria, proposal=proposal, picture=pictures.copies(located()))

    kept = Picture.objects.get(proposal=proposal)
    for size in pictures.SIZES:
        with Image.open(pictures.file(kept.file, size)) as image:
            assert not image.getexif()
            assert not {"exif", "xmp", "icc_profile", "comment"} & image.info.keys()
    # Turned upright by the orientation that went away with the rest.
    assert (kept.width, kept.height) == (300, 400)


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
def test_pictures_are_known_by_what_they_are(format, maria) -> None:
    commands.attach_picture(by=maria, proposal=draft(maria), picture=copies(format))

    with Image.open(pictures.file(Picture.objects.get().file, "large")) as image:
        assert image.format == "WEBP"


def bomb() -> BytesIO:
    """A PNG of a few hundred bytes that says it is 60,000 pixels wide and high."""
    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\0" * 1000)
    chunks = [(b"IHDR", head), (b"IDAT", body), (b"IEND", b"")]
    return BytesIO(
        b"\x89PNG\r\n\x1a\n"
        + b"".join(
            struct.pack(">I", len(d)) + n + d + struct.pack(">I", zlib.crc32(n + d)) for n, d in chunks
        )
    )


@pytest.mark.parametrize(
    "file",
    [
        BytesIO(b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"),
        BytesIO(b"<html><script>alert(1)</script></html>"),
        BytesIO(b""),
        BytesIO(photo().getvalue()[:300]),
        BytesIO(b"x" * (MOST_BYTES + 1)),
        bomb(),
        photo("GIF"),
        photo("BMP"),
        photo(size=(20, 20)),
    ],
    ids=["svg", "html", "empty", "half", "heavy", "bomb", "gif", "bmp", "tiny"],
)
def test_what_is_no_fit_picture_is_refused_beside_its_field(file, maria) -> None:
    file.seek(0)
    with pytest.raises(errors.Refused) as refused:
        commands.attach_picture(by=maria, proposal=draft(maria), picture=pictures.copies(file))

    assert "picture" in refused.value.fields
    assert not Picture.objects.exists()


def test_a_picture_is_shown_with_its_proposal_only(maria, nikos, moderator, client) -> None:
    proposal = draft(maria)
    commands.attach_picture(by=maria, proposal=proposal, picture=copies())
    kwargs = {"picture": Picture.objects.get().pk, "size": "large"}
    url = reverse("dialogue-picture", kwargs=kwargs)

    assert client.get(url).status_code == 404
    commands.submit_proposal(by=maria, proposal=proposal)
    shown = client.get(url)
    assert shown.status_code == 200
    assert shown["Content-Type"] == "image/webp"
    assert shown["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in shown["Content-Security-Policy"]
    participation.hide(by=moderator, entity=proposal, reason="Φαίνονται πρόσωπα παιδιών.")
    assert client.get(url).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_a_picture_that_is_replaced_leaves_no_file(maria) -> None:
    proposal = draft(maria)
    commands.attach_picture(by=maria, proposal=proposal, picture=copies())
    first = pictures.file(Picture.objects.get().file, "large")
    commands.attach_picture(by=maria, proposal=proposal, picture=copies("PNG"))

    assert not first.exists()
    assert pictures.file(Picture.objects.get().file, "large").exists()
