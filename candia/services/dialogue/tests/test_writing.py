"""Writing a proposal in the street: nothing is lost, and what is wrong stands beside its field."""

from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from candia.core.attachment import Attachment
from candia.core.event import Event
from candia.services.dialogue import states
from candia.services.dialogue.models import Proposal
from candia.services.dialogue.tests.samples import TEXT, photo, submitted

pytestmark = pytest.mark.django_db


@pytest.fixture
def write(client, maria):
    """Send the form as Maria; answers with the response."""
    client.force_login(maria)
    key = uuid4()

    def send(act: str = "submit", *, htmx: bool = False, **content):
        headers = {"HX-Request": "true"} if htmx else {}
        fields = {"form_key": key, "act": act, "signed": "on", **content}
        return client.post(reverse("dialogue-new-proposal"), fields, headers=headers)

    return send


WHOLE = {
    "heading": "Παγκάκια στον Κούλε",
    "text": TEXT,
    "theme": "green",
    "lat": "35,34410",
    "lon": "25.13680",
}


def test_a_whole_proposal_is_published_at_once(write, maria) -> None:
    answer = write(**WHOLE)

    proposal = Proposal.objects.get()
    assert answer.status_code == 302
    assert (proposal.status, proposal.place, proposal.author) == (states.OPEN, [25.1368, 35.3441], maria)
    assert proposal.follows.filter(person=maria).exists()


def test_what_was_written_is_kept_when_something_is_missing(write, client) -> None:
    picture = SimpleUploadedFile("stasi.jpg", photo().read())
    answer = write(heading="Παγκάκια στον Κούλε", text="", theme="", file=picture)

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Παγκάκια στον Κούλε" in page
    assert 'id="id_text_error"' in page
    assert reverse("file", args=[Attachment.objects.get().pk, "small"]) in page
    kept = Proposal.objects.get()
    again = client.get(reverse("dialogue-new-proposal"), {"draft": kept.number}).content.decode()
    assert (kept.status, kept.heading) == (states.DRAFT, "Παγκάκια στον Κούλε")
    assert "Παγκάκια στον Κούλε" in again


def test_a_bad_picture_costs_no_word(write) -> None:
    answer = write(**WHOLE, file=SimpleUploadedFile("evil.jpg", b"<svg onload=alert(1)>"))

    assert answer.status_code == 422
    assert 'id="id_file_error"' in answer.content.decode()
    assert Proposal.objects.get().heading == WHOLE["heading"]
    assert Proposal.objects.get().status == states.DRAFT


def test_typing_keeps_one_draft_and_a_pause_without_a_change_records_nothing(write) -> None:
    for heading in ("Παγκάκ", "Παγκάκια στον", "Παγκάκια στον Κούλε", "Παγκάκια στον Κούλε"):
        assert write("autosave", htmx=True, heading=heading, text="", theme="").status_code == 200

    assert Proposal.objects.get().heading == "Παγκάκια στον Κούλε"
    assert Event.objects.count() == 3


def test_an_empty_form_makes_no_draft(write) -> None:
    write("autosave", htmx=True, heading=" ", text="", theme="")

    assert not Proposal.objects.exists()


def test_a_form_sent_twice_is_one_proposal(write) -> None:
    write(**WHOLE)
    answer = write(**WHOLE)

    assert answer["Location"] == reverse("dialogue-proposal", args=[Proposal.objects.get().number])
    assert Proposal.objects.count() == 1


def test_a_place_in_another_city_is_refused_beside_the_map(write) -> None:
    answer = write(**{**WHOLE, "lat": "37.98", "lon": "23.73"})

    assert answer.status_code == 422
    assert "δεν είναι στην πόλη" in answer.content.decode()


@pytest.mark.parametrize("number", ["nan", "inf", "βόρεια", "1e999", "35.3.3"])
def test_what_is_no_number_is_named_beside_its_field(number, write) -> None:
    answer = write(**{**WHOLE, "lat": number})

    assert answer.status_code == 422
    assert Proposal.objects.get().heading == WHOLE["heading"]


def test_somebody_who_proposed_it_already_is_offered_once(write, nikos) -> None:
    other = submitted(nikos, "Παγκάκια στον Κούλε και στο λιμάνι")

    first = write(**WHOLE)
    assert first.status_code == 200
    assert other.heading in first.content.decode()
    assert Proposal.objects.get(heading=WHOLE["heading"]).status == states.DRAFT
    second = write(**WHOLE, seen=str(other.number))
    assert second.status_code == 302
    assert Proposal.objects.get(heading=WHOLE["heading"]).status == states.OPEN


def test_anothers_draft_is_nowhere(write, client, nikos) -> None:
    write("save", **WHOLE)
    number = Proposal.objects.get().number
    client.force_login(nikos)

    assert client.get(reverse("dialogue-new-proposal"), {"draft": number}).status_code == 404
    assert client.get(reverse("dialogue-proposal", args=[number])).status_code == 404


def test_a_draft_that_is_thrown_away_is_gone(write) -> None:
    write("save", **WHOLE)
    write("discard")

    assert not Proposal.objects.exists()
