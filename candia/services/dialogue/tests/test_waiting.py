"""What waits at the desk is the first thing that whoever answers or moderates is told."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from candia.core.access import Person
from candia.participation import commands as participation
from candia.participation.inbox import reported, waiting
from candia.participation.models import AnswerDue
from candia.services.dialogue.tests.samples import submitted

pytestmark = pytest.mark.django_db


def test_a_moderator_has_a_report_in_the_inbox_with_the_way_to_it_and_no_alerts_of_others(
    client: Client, moderator: Person, maria: Person, nikos: Person
) -> None:
    proposal = submitted(maria)
    client.force_login(moderator)
    before = client.get("/desk/").content.decode()
    participation.report(by=nikos, entity=proposal, reason="Διαφήμιση.")

    page = client.get("/desk/").content.decode()

    way = reverse("dialogue-desk-handle", args=[proposal.number])
    assert way not in before
    assert way in page
    [item] = reported(moderator)
    assert (item.key, item.title) == (f"{proposal.pk}/reports", proposal.heading)


def test_an_answer_that_is_owed_waits_with_its_day(moderator: Person, maria: Person) -> None:
    proposal = submitted(maria)
    day = timezone.localdate() + timedelta(days=9)
    AnswerDue.objects.create(entity=proposal, since=timezone.now(), due=day)

    [owed] = [item for item in waiting(moderator) if item.key == proposal.pk]

    assert timezone.localdate(owed.due) == day + timedelta(days=1)
    assert owed.url == reverse("dialogue-desk-handle", args=[proposal.number])


def test_what_waits_is_not_told_to_a_resident(maria: Person) -> None:
    submitted(maria)

    assert not list(waiting(maria))
