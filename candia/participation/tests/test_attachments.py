"""Pictures and PDFs on comments: there with the words or not at all, as visible as they are, and their author's."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from candia.accounts.commands import erase_account
from candia.core import errors
from candia.core.attachment import Attachment
from candia.participation import attachments, commands
from candia.participation.models import Comment
from candia.participation.tests.samples import attached, picture, proposal

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7\n1 0 obj <</Type/Catalog>> endobj\ntrailer <</Root 1 0 R>>\nstartxref\n9\n%%EOF\n"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def thing(maria):
    return proposal(maria)


def browser(person=None) -> Client:
    client = Client()
    if person is not None:
        client.force_login(person)
    return client


def said(client: Client, thing, content: bytes, name: str, *, text: str = "Έτσι είναι σήμερα.", **more):
    told = {
        "act": "comment",
        "stance": "for",
        "text": text,
        "file": SimpleUploadedFile(name, content),
        **more,
    }
    return client.post(f"/participation/{thing.pk}/", told, headers=HTMX)


def jpeg() -> bytes:
    from io import BytesIO

    from PIL import Image

    file = BytesIO()
    Image.new("RGB", (300, 200), "teal").save(file, "JPEG")
    return file.getvalue()


def test_a_picture_comes_with_its_comment_and_is_heard_as_what_it_shows(thing, nikos) -> None:
    part = said(browser(nikos), thing, jpeg(), "IMG.jpg", alt="Λακκούβα μπροστά στη στάση").content.decode()

    kept = Attachment.objects.get()
    image = re.search(rf"<img[^>]*{reverse('file', args=[kept.pk, 'small'])}[^>]*>", part)
    assert image
    assert 'alt="Λακκούβα μπροστά στη στάση"' in image[0]
    assert kept.of == f"participation.comment:{Comment.objects.get().pk}"
    assert browser().get(reverse("file", args=[kept.pk])).status_code == 200


def test_a_pdf_too_and_what_is_neither_is_refused_with_the_words_kept(thing, nikos) -> None:
    assert "Meleti.pdf" in said(browser(nikos), thing, PDF, "Meleti.pdf").content.decode()
    refused = said(browser(nikos), thing, b"<svg onload=alert(1)>", "a.svg", text="Και κάτι ακόμη.")

    assert refused["HX-Retarget"] == "#comment-form"
    assert "Και κάτι ακόμη.</textarea>" in refused.content.decode()
    assert 'id="id_file_error"' in refused.content.decode()
    assert Comment.objects.count() == 1, "neither the one nor the other"


def test_what_goes_with_a_hidden_comment_is_hidden_but_from_those_who_judge_it(
    thing, maria, nikos, moderator
) -> None:
    number = commands.comment(by=nikos, entity=thing, stance="for", text="Ναι.").data["comment"]
    address = reverse("file", args=[attached(nikos, thing, number).pk])
    commands.hide_comment(by=moderator, entity=thing, comment=number, reason="Δείχνει πρόσωπα παιδιών.")

    seen = {reader: browser(reader).get(address).status_code for reader in (None, maria, nikos, moderator)}
    assert seen == {None: 404, maria: 404, nikos: 200, moderator: 200}
    assert address not in browser().get(thing.page()).content.decode()
    assert address in browser(moderator).get(f"/desk/dialogue/proposals/{thing.local_id}/").content.decode()
    commands.restore_comment(by=moderator, entity=thing, comment=number)
    assert browser().get(address).status_code == 200
    commands.hide(by=moderator, entity=thing, reason="Δεν είναι πρόταση προς την πόλη.")
    assert browser().get(address).status_code == 404, "nor under a thing that is hidden"


def test_only_its_author_adds_to_a_comment_or_takes_away(thing, maria, nikos) -> None:
    number = commands.comment(by=nikos, entity=thing, stance="for", text="Ναι.").data["comment"]
    kept = attached(nikos, thing, number)
    with pytest.raises(errors.Forbidden):
        commands.attach_file(by=maria, entity=thing, file=picture("navy"), comment=number)
    with pytest.raises(errors.NotFound):
        commands.remove_file(by=maria, entity=thing, file=kept.pk)
    Comment.objects.update(written="2026-01-01T00:00Z")
    with pytest.raises(errors.Conflict):
        commands.attach_file(by=nikos, entity=thing, file=picture("navy"), comment=number)

    page = browser(nikos).get(thing.page()).content.decode()
    assert 'value="remove-file"' in page
    browser(nikos).post(f"/participation/{thing.pk}/", {"act": "remove-file", "file": kept.pk})
    assert not Attachment.objects.exists()
    assert Comment.objects.exists()


def test_a_thing_and_a_comment_hold_so_many(thing, nikos, monkeypatch) -> None:
    monkeypatch.setattr("candia.participation.commands.attaching.MOST", 1)
    number = commands.comment(by=nikos, entity=thing, stance="for", text="Ναι.").data["comment"]
    attached(nikos, thing, number)
    with pytest.raises(errors.Refused, match="1"):
        commands.attach_file(by=nikos, entity=thing, file=picture("navy"), comment=number)
    commands.attach_file(by=nikos, entity=thing, file=picture(), comment=number, alt="Η στάση")
    assert Attachment.objects.get().alt == "Η στάση", "the same again brings its words"


def test_an_account_takes_its_pictures_away_and_its_words_stay(thing, nikos) -> None:
    number = commands.comment(by=nikos, entity=thing, stance="for", text="Ναι.").data["comment"]
    attached(nikos, thing, number)
    erase_account(by=nikos)

    assert not Attachment.objects.exists()
    assert Comment.objects.get().author is None


def test_what_hung_on_a_comment_that_is_gone_is_swept(thing, maria, nikos) -> None:
    numbers = [
        commands.comment(by=nikos, entity=thing, stance="for", text=f"Ναι {time}.").data["comment"]
        for time in range(2)
    ]
    kept = [attached(nikos, thing, number) for number in numbers]
    Comment.objects.filter(pk=numbers[0]).delete()
    attachments.sweep(timestamp=0)

    assert list(Attachment.objects.all()) == [kept[1]]
