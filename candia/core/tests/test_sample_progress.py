"""A sample city that is being filled is open already, says how far it is, and judges nothing by halves."""

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from candia.core import jobs, sample_progress
from candia.core.sample_progress import Filling
from tests.engines_once import wait_for
from tests.html import tight

pytestmark = pytest.mark.django_db


@pytest.fixture
def half():
    sample_progress.note(Filling("water", 1, 3))
    yield
    sample_progress.over()


def test_the_first_page_says_how_far_the_sample_is(half, client):
    told = "Η δοκιμαστική πόλη γεμίζει: Νερό, μετά από 1 από τις 3 υπηρεσίες."
    wait_for(lambda: told in tight(client.get("/")), 10)
    assert "every 3s" in tight(client.get("/"))


def test_no_rule_judges_half_a_city(half):
    before = ProcrastinateJob.objects.count()
    jobs.tick(timestamp=0)
    assert ProcrastinateJob.objects.count() == before
    sample_progress.over()
    jobs.tick(timestamp=0)
    assert ProcrastinateJob.objects.count() > before


def test_a_city_that_is_filled_says_nothing_of_it_a_moment_later(client):
    # The first page is gathered once a second for all who look.
    wait_for(lambda: "γεμίζει" not in tight(client.get("/")), 10)
