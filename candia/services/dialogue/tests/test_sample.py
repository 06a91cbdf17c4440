"""The sample city's proposals are lived through, not written down: each by the commands, once."""

import pytest

from candia.core.event import Event, story
from candia.services.dialogue import seed, states
from candia.services.dialogue.models import Proposal

pytestmark = pytest.mark.django_db


def test_the_sample_is_made_once_and_in_every_state() -> None:
    seed.sample()
    before = Event.objects.count()
    seed.sample()

    assert Event.objects.count() == before
    assert set(Proposal.objects.values_list("status", flat=True)) == set(dict(states.STATUSES))
    assert all(Proposal.objects.values_list("synthetic", flat=True))


def test_its_stories_run_forward_in_time() -> None:
    seed.sample()

    for proposal in Proposal.objects.all():
        kinds = [event.kind for event in story(proposal.id)]
        assert kinds[0] == "dialogue.proposal_drafted"
        steps = story(proposal.id).values_list("time", flat=True)
        assert list(steps) == sorted(steps)
