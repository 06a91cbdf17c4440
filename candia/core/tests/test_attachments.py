"""Attachments: read by whoever may read what they hang on, harmless to all, and never half there."""

from __future__ import annotations

import os
import re
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from candia.contract.dummy import installed
from candia.contract.dummy.service import Lamp
from candia.core import attachment, attachment_sweep, errors, file_store, pdf
from candia.core.access import Grant, Person, system
from candia.core.attachment import Attachment, attach
from candia.core.upload import judged

pytestmark = pytest.mark.django_db
OPEN, CLOSED = "dummy.note:1", "dummy.note:2"
PDF = b"%PDF-1.7\n1 0 obj <</Type/Catalog>> endobj\ntrailer <</Root 1 0 R>>\nstartxref\n9\n%%EOF\n"


@pytest.fixture(autouse=True)
def _dummy():
    with installed():
        yield


@pytest.fixture
def lamp():
    return Lamp.objects.create(id="dummy.lamp:1", name="Λάμπα")


def person(name: str, *services: str) -> Person:
    made = Person.objects.create_user(f"{name}@example.gr")
    for service in services:
        Grant.objects.create(person=made, role=Grant.OPERATOR, service=service)
    return made


def sent(content: bytes, name: str = "") -> BytesIO:
    file = BytesIO(content)
    file.name = name
    return file


def photo(colour: str = "teal", name: str = "IMG_0042.jpg"):
    exif = Image.Exif()
    exif.get_ifd(0x8825).update({1: "N", 2: (35.0, 20.0, 19.0), 3: "E", 4: (25.0, 8.0, 12.0)})
    file = BytesIO()
    Image.new("RGB", (900, 600), colour).save(file, "JPEG", exif=exif)
    return judged(sent(file.getvalue(), name))


def document(content: bytes = PDF, name: str = "Μελέτη φωτισμού.pdf"):
    return judged(sent(content, name))


def opened(one: Attachment, by: Person | None = None, size: str = ""):
    client = Client()
    if by is not None:
        client.force_login(by)
    return client.get(reverse("file", args=[one.pk, size] if size else [one.pk]))


def on_disk(settings) -> list[Path]:
    return [path for path in (Path(settings.MEDIA_ROOT) / file_store.FOLDER).rglob("*") if path.is_file()]


def test_a_file_is_read_by_whoever_may_read_its_thing_and_by_nobody_else(lamp) -> None:
    crew, elsewhere, resident = person("crew", "dummy"), person("else", "elsewhere"), person("resident")
    hung = attach(crew, lamp, photo(), alt="Σπασμένο γυαλί")

    assert opened(hung, crew).status_code == 200
    for other in (None, elsewhere, resident):
        assert opened(hung, other).status_code == 404
        assert opened(hung, other, "small").status_code == 404
    assert [opened(attach(crew, id, document()), None).status_code for id in (OPEN, CLOSED)] == [200, 404]
    assert opened(Attachment.objects.get(of=CLOSED), resident).status_code == 200
    Grant.objects.filter(person=crew).delete()
    assert opened(hung, crew).status_code == 404


def test_a_picture_comes_back_as_a_picture_alone(lamp) -> None:
    crew = person("crew", "dummy")
    hung = attach(crew, lamp, photo())

    for size, side in {"": 900, "large": 900, "small": 480}.items():
        answer = opened(hung, crew, size)
        with Image.open(BytesIO(answer.content)) as image:
            assert (image.format, max(image.size), dict(image.getexif())) == ("WEBP", side, {})
        assert answer["Content-Type"] == "image/webp"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer["Content-Security-Policy"]
        assert answer["Cache-Control"] == "private, no-cache"
        assert answer["Content-Disposition"] == 'inline; filename="IMG 0042.webp"'
    assert opened(hung, crew, "whole").status_code == 404
    client = Client(headers={"if-none-match": answer["ETag"]})
    client.force_login(crew)
    assert client.get(reverse("file", args=[hung.pk, "small"])).status_code == 304
    assert (
        Client(headers={"if-none-match": answer["ETag"]})
        .get(reverse("file", args=[hung.pk, "small"]))
        .status_code
        == 404
    )


def test_a_pdf_is_taken_along_and_never_opened_as_a_page() -> None:
    answer = opened(attach(person("maria"), OPEN, document()))

    assert answer.content == PDF
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"].startswith("attachment; filename*=utf-8''")
    assert "sandbox" in answer["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"<html><script>alert(1)</script></html>", "JPEG"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "JPEG"),
        (b"PK\x03\x04" + b"x" * 900, "JPEG"),
        (b"GIF89a" + b"x" * 900, "JPEG"),
        (b"", "JPEG"),
        (b"\xff\xd8\xff\xe0" + b"x" * 900, "εικόνα"),
        (PDF[:60], "ελλιπές"),
        (PDF.replace(b"%PDF-1.7", b"%PDF-<script>"), "ελλιπές"),
        (PDF.replace(b"/Root", b"/Encrypt 5 0 R /Root"), "κωδικό"),
        (PDF.replace(b"/Type", b"/OpenAction<</S/JavaScript/JS(app.alert(1))>>/Type"), "πρόγραμμα"),
        (PDF.replace(b"/Type", b"/OpenAction<</S/Launch/F(cmd.exe)>>/Type"), "πρόγραμμα"),
        (PDF + b" " * pdf.MOST_BYTES, "10 MB"),
    ],
    ids=[
        "html",
        "svg",
        "zip",
        "gif",
        "nothing",
        "jpeg",
        "cut",
        "version",
        "locked",
        "script",
        "launch",
        "big",
    ],
)
def test_what_is_no_harmless_file_is_refused_beside_its_field(content: bytes, told: str) -> None:
    with pytest.raises(errors.Refused) as refused:
        judged(sent(content, "plan.pdf"), beside="plan")

    assert told in str(refused.value.fields["plan"])


@given(st.sampled_from(["JavaScript", "Launch", "EmbeddedFile", "RichMedia", "Encrypt"]), st.randoms())
def test_a_name_is_known_however_it_is_spelled(name: str, chance) -> None:
    spelled = "".join(f"#{ord(letter):02x}" if chance.random() < 0.5 else letter for letter in name)

    assert pdf.wrong(PDF.replace(b"/Type", f"/{spelled}/Type".encode()))
    assert not pdf.wrong(PDF.replace(b"/Type", f"/{spelled}er/Type".encode()))


@given(st.text(max_size=40), st.sampled_from(["", ".exe", ".pdf", ".html", "/"]))
def test_a_name_says_what_the_file_is_and_hides_nothing(stem: str, ending: str) -> None:
    name = document(name=stem + ending).name

    assert name.endswith(".pdf")
    assert len(name) <= 120
    assert re.fullmatch(r"[\w .-]+", name)


def test_the_same_file_of_the_same_person_is_there_once(lamp, settings) -> None:
    crew, other = person("crew", "dummy"), person("other", "dummy")
    before = len(on_disk(settings))
    first = attach(crew, lamp, photo())

    assert attach(crew, lamp, photo()) == first
    assert len(on_disk(settings)) == before + 2
    assert attach(other, lamp, photo()) != first
    assert attach(crew, lamp, photo("navy")) != first
    assert [one.by_id for one in attachment.of(lamp, OPEN)[lamp.pk]] == [crew.pk, other.pk, crew.pk]


def test_neither_a_thing_nor_a_person_is_filled_without_end(lamp, monkeypatch) -> None:
    crew, other = person("crew", "dummy"), person("other", "dummy")
    monkeypatch.setattr(attachment, "OF_A_THING", (2, attachment.MEGABYTE))
    for number in range(2):
        attach(crew, lamp, document(PDF + b"%" * number))
    with pytest.raises(errors.Refused, match="2"):
        attach(other, lamp, document())
    with pytest.raises(errors.Refused):
        attach(crew, OPEN, document(PDF.replace(b"\n", b"\n" * attachment.MEGABYTE, 1)))
    monkeypatch.setattr(attachment, "IN_AN_HOUR", 3)
    attach(crew, OPEN, document())
    with pytest.raises(errors.TooMany):
        attach(crew, OPEN, document(PDF + b"%"))
    attach(other, OPEN, document(PDF + b"%"))
    with pytest.raises(ValueError, match="no declared kind"):
        attach(system, "nobody.knows:1", document())


def written(path: Path, days_ago: int) -> None:
    """As if it had been written then, by our clock: the kernel keeps its own when a test is of another day."""
    then = (timezone.now() - timedelta(days=days_ago)).timestamp()
    os.utime(path, (then, then))


def test_after_a_command_that_was_given_up_the_sweep_leaves_rows_and_files_that_agree(
    lamp, settings, tmp_path
) -> None:
    settings.MEDIA_ROOT = tmp_path
    crew = person("crew", "dummy")
    kept = attach(crew, lamp, photo("navy"))
    before = set(on_disk(settings))
    with transaction.atomic():
        attach(crew, lamp, photo())
        transaction.set_rollback(True)
    left = set(on_disk(settings)) - before
    assert len(left) == 2

    # What is young may belong to a transaction that is at work.
    for path in on_disk(settings):
        written(path, days_ago=0)
    assert attachment_sweep.leftovers() == 0
    for path in on_disk(settings):
        written(path, days_ago=2)
    attachment_sweep.sweep(timestamp=0)
    assert {path for path in before | left if path.exists()} >= {
        Path(settings.MEDIA_ROOT) / path for path in kept.paths()
    }
    assert not any(path.exists() for path in left)
    assert all(path.stat().st_mode & 0o077 == 0 for path in on_disk(settings))


def test_without_its_bytes_there_is_no_row(lamp, monkeypatch) -> None:
    def away(*_arguments, **_words):
        raise ConnectionError

    monkeypatch.setattr(file_store.Folder, "save", away)
    with pytest.raises(errors.Unavailable):
        attach(person("crew", "dummy"), lamp, photo())
    assert not Attachment.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_what_is_taken_away_leaves_no_file(settings) -> None:
    lamp = Lamp.objects.create(id="dummy.lamp:2", name="Λάμπα")
    crew = person("crew", "dummy")
    before = len(on_disk(settings))
    hung = attach(crew, lamp, photo())
    attachment.remove([hung])
    assert len(on_disk(settings)) == before
    # What hangs on a thing that is gone is read by nobody at once, and swept at night.
    left = attach(crew, lamp, photo())
    attach(crew, OPEN, document())
    lamp.delete()
    assert opened(left, crew).status_code == 404
    assert attachment_sweep.orphans() == 1
    assert list(Attachment.objects.values_list("of", flat=True)) == [OPEN]
    assert len(on_disk(settings)) == before + 1


def test_what_hangs_on_a_kind_that_is_switched_off_is_nobodys_and_stays(lamp) -> None:
    crew = person("crew", "dummy")
    hung, noted = attach(crew, lamp, photo()), attach(crew, OPEN, document())
    from candia.core.service import entity_kinds, subjects

    kind, note = entity_kinds().pop("dummy.lamp"), subjects().pop("dummy.note")
    try:
        assert [opened(one, crew).status_code for one in (hung, noted)] == [404, 404]
        assert attachment_sweep.orphans() == 0
    finally:
        entity_kinds()["dummy.lamp"], subjects()["dummy.note"] = kind, note
    assert opened(hung, crew).status_code == 200
