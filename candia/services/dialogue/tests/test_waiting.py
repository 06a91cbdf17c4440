"""What waits at the desk is the first thing that whoever answers or moderates is told."""

import pytest
from django.test import Client

from candia.core.access import Person
from candia.participation import commands as participation
from candia.services.dialogue import waiting
from candia.services.dialogue.tests.samples import submitted

pytestmark = pytest.mark.django_db


def test_a_moderator_sees_first_what_waits_and_no_alerts_of_others(
    client: Client, moderator: Person, maria: Person, nikos: Person
) -> None:
    proposal = submitted(maria)
    client.force_login(moderator)
    before = client.get("/desk/").content.decode()
    participation.report(by=nikos, entity=proposal, reason="Διαφήμιση.")

    page = client.get("/desk/").content.decode()

    assert "Προς απάντηση" in before
    assert "προς έλεγχο" not in before
    assert "?tab=reported" in page
    assert "προς έλεγχο" in page
    assert "Ανοιχτές ειδοποιήσεις" not in page
    assert [figure["value"] for figure in waiting.waiting(moderator)] == [1, 0, 1]


def test_what_waits_is_not_told_to_a_resident(maria: Person) -> None:
    submitted(maria)

    assert not list(waiting.waiting(maria))
