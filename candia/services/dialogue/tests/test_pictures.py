"""Pictures of proposals: written into the draft with words for who can't see them, and kept through versions."""

import re
from importlib import import_module
from pathlib import Path
from uuid import uuid4

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.urls import reverse

from candia.core import attachment_sweep, errors
from candia.core.attachment import Attachment
from candia.participation import commands as participation
from candia.services.dialogue import commands
from candia.services.dialogue.models import Proposal
from candia.services.dialogue.tests.samples import TEXT, draft, photo, picture, submitted

NEW = "/dialogue/proposals/new/"
moved = import_module("candia.services.dialogue.migrations.0008_pictures_to_attachments")
THEN = """
CREATE TABLE dialogue_picture (id bigint PRIMARY KEY, proposal_id text, file text, width int, height int, alt text)
"""


def sent(client: Client, key, act: str, **content):
    whole = {"heading": "Παγκάκια στον Κούλε", "text": TEXT, "theme": "green", "signed": "on"}
    return client.post(NEW, {**whole, "form_key": key, "act": act, **content}, follow=True)


def jpeg(colour: str = "teal") -> SimpleUploadedFile:
    return SimpleUploadedFile("stasi.jpg", photo(comment=colour.encode()).read())


@pytest.mark.django_db
def test_a_picture_is_added_described_and_published_with_its_words(client, maria) -> None:
    client.force_login(maria)
    key = uuid4()
    again = sent(client, key, "add-file", file=jpeg()).content.decode()
    kept = Attachment.objects.get()
    assert f'name="alt:{kept.pk}"' in again
    assert client.get(reverse("dialogue-proposals")).content.decode().count(kept.pk) == 0

    sent(client, key, "autosave", **{f"alt:{kept.pk}": "Ο Κούλες από τη θάλασσα"})
    page = sent(client, key, "submit").content.decode()

    shown = re.search(rf"<img[^>]*{reverse('file', args=[kept.pk, 'small'])}[^>]*>", page)
    assert shown
    assert 'alt="Ο Κούλες από τη θάλασσα"' in shown[0]
    assert re.search(rf'og:image" content="[^"]*{reverse("file", args=[kept.pk, "large"])}"', page), (
        "shared with it"
    )
    assert kept.pk in Client().get(reverse("dialogue-proposals")).content.decode(), "and in the list"


@pytest.mark.django_db
def test_the_picture_of_a_draft_is_its_authors_alone(maria, nikos, officer, client) -> None:
    proposal = draft(maria)
    participation.attach_file(by=maria, entity=proposal, file=picture())
    address = reverse("file", args=[Attachment.objects.get().pk])
    seen = {}
    for reader in (None, maria, nikos, officer):
        browser = Client()
        if reader:
            browser.force_login(reader)
        seen[reader] = browser.get(address).status_code

    assert seen == {None: 404, maria: 200, nikos: 404, officer: 404}
    commands.submit_proposal(by=maria, proposal=proposal)
    assert client.get(address).status_code == 200


@pytest.mark.django_db
def test_once_it_is_public_nothing_is_added_or_taken_away(maria, nikos, client) -> None:
    proposal = draft(maria)
    participation.attach_file(by=maria, entity=proposal, file=picture())
    commands.submit_proposal(by=maria, proposal=proposal)
    kept = Attachment.objects.get()

    for by in (maria, nikos):
        for command, told in (
            (participation.attach_file, {"file": picture("PNG")}),
            (participation.remove_file, {"file": kept.pk}),
            (participation.describe_file, {"file": kept.pk, "alt": "Άλλο"}),
        ):
            with pytest.raises((errors.Forbidden, errors.NotFound, errors.Conflict)):
                command(by=by, entity=proposal, **told)
    assert Attachment.objects.get() == kept


@pytest.mark.django_db(transaction=True)
def test_a_draft_that_is_thrown_away_takes_its_files_along(maria, settings) -> None:
    proposal = draft(maria)
    participation.attach_file(by=maria, entity=proposal, file=picture())
    commands.discard_draft(by=maria, proposal=proposal)

    assert not Attachment.objects.exists()
    assert not [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]


@pytest.mark.django_db(transaction=True)
def test_pictures_of_the_version_before_hang_on_their_proposals_now(maria, nikos, settings) -> None:
    public, hidden, lost = submitted(maria), draft(nikos), submitted(nikos, "Βρύσες στην πλατεία")
    folder = Path(settings.MEDIA_ROOT) / "dialogue"
    folder.mkdir()
    for name, sizes in {"one": ("large", "small"), "two": ("large",)}.items():
        for size in sizes:
            (folder / f"{name}-{size}.webp").write_bytes(f"{name} {size}".encode())
    with connection.cursor() as cursor:
        cursor.execute(THEN)
        for number, (proposal, name, alt) in enumerate(
            ((public, "one", "Η στάση"), (hidden, "two", ""), (lost, "three", ""))
        ):
            cursor.execute(
                "INSERT INTO dialogue_picture VALUES (%s, %s, %s, 1600, 1200, %s)",
                [number, proposal.pk, name, alt],
            )
    try:
        with connection.schema_editor(atomic=True) as editor:
            moved.move(apps, editor)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE dialogue_picture")

    one, two = Attachment.objects.order_by("-alt")
    assert [(one.of, one.alt, one.by, one.stays), (two.of, two.by)] == [
        (public.pk, "Η στάση", maria, True),
        (hidden.pk, nikos),
    ]
    assert (one.width, one.size, one.created) == (
        1600,
        len(b"one large"),
        Proposal.objects.get(pk=public.pk).created,
    )
    assert Client().get(reverse("file", args=[one.pk, "small"])).content == b"one small"
    browser = Client()
    assert browser.get(reverse("file", args=[two.pk])).status_code == 404, "a draft's stays its author's"
    browser.force_login(nikos)
    assert browser.get(reverse("file", args=[two.pk, "small"])).content == b"two large"
    assert not list(folder.iterdir())
    attachment_sweep.sweep(timestamp=0)
    assert Attachment.objects.count() == 2
