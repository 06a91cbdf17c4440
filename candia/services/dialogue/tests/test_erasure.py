"""What dialogue keeps about an author is theirs to take along; an erasure leaves the record and no name."""

import json

import pytest
from django.urls import reverse

from candia.services.dialogue import personal
from candia.services.dialogue.models import Proposal
from candia.services.dialogue.tests.samples import draft, submitted

pytestmark = pytest.mark.django_db


def test_an_author_takes_their_proposals_along(maria) -> None:
    draft(maria, "Ένα πρόχειρο για τον Κούλε")
    proposal = submitted(maria)

    told = json.dumps({record.name: record.export(maria) for record in personal.records}, ensure_ascii=False)

    for word in ("Ένα πρόχειρο για τον Κούλε", proposal.id):
        assert word in told


@pytest.mark.usefixtures("django_capture_on_commit_callbacks")
def test_an_erased_account_leaves_the_record_and_no_name(maria, client) -> None:
    begun, public = draft(maria), submitted(maria, "Σκιά στη στάση της λεωφόρου")

    for record in personal.records:
        record.erase(maria)
    maria.delete()

    assert not Proposal.objects.filter(pk=begun.pk).exists()
    assert Proposal.objects.get(pk=public.pk).author is None
    page = client.get(reverse("dialogue-proposal", args=[public.number])).content.decode()
    assert "Σκιά στη στάση της λεωφόρου" in page
    assert "Maria" not in page
