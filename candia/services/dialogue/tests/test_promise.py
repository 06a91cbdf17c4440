"""The city promises an answer to what many support: told where it counts, and measured as it was kept."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from candia.core.sample import clock
from candia.participation import commands as participation
from candia.participation import deadlines
from candia.services.dialogue import city, commands, home
from candia.services.dialogue.models import Proposal
from candia.services.dialogue.tests.samples import ANSWER, person, submitted

pytestmark = pytest.mark.django_db
GOAL, DAYS = 2, 60


@pytest.fixture(autouse=True)
def _greek() -> Iterator[None]:
    with override("el"):
        yield


@pytest.fixture(autouse=True)
def own(monkeypatch):
    """Lets a test say what stands in the city's dialogue.toml; at first a goal of two and sixty days."""

    def told(**keys):
        monkeypatch.setattr(city, "_own", lambda: keys)

    told(goal=GOAL, answer_days=DAYS)
    return told


@pytest.fixture
def two(db):
    return [person("first"), person("second")]


def supported(by, author, days_ago: float, heading: str = "Σκιά στη στάση") -> Proposal:
    """A proposal that two residents brought to the goal so many days ago."""
    proposal = submitted(author, heading)
    # By the calendar: with the clocks changed between, so many times 24 hours are another day.
    with clock(timezone.localtime() - timedelta(days=days_ago)):
        for resident in by:
            participation.support(by=resident, entity=proposal)
    proposal.refresh_from_db()
    return proposal


def shown(client: Client, proposal: Proposal, prefix: str = "") -> str:
    return client.get(prefix + reverse("dialogue-proposal", args=[proposal.number])).content.decode()


@pytest.mark.any_hour
def test_the_voice_that_reaches_the_goal_sets_the_day_of_the_answer(maria, two, client) -> None:
    proposal = submitted(maria)
    participation.support(by=two[0], entity=proposal)
    before = shown(client, proposal)
    participation.support(by=two[1], entity=proposal)

    day = (timezone.localdate() + timedelta(days=DAYS)).strftime("%d/%m/%Y")
    assert "Ο δήμος απαντά ως" not in before
    page = shown(client, proposal)
    assert f"Ο δήμος απαντά ως τις {day}." in page
    assert "Την υποστηρίζουν 2 δημότες: ο δήμος οφείλει απάντηση" in page
    assert f"The city answers by {day}." in shown(client, proposal, "/en")


def test_a_promise_given_stands_though_a_voice_is_taken_back(maria, two) -> None:
    proposal = supported(two, maria, 5)
    participation.withdraw_support(by=two[0], entity=proposal)
    participation.support(by=two[0], entity=proposal)

    assert Proposal.objects.get(pk=proposal.pk).answer_due.since == proposal.answer_due.since


def test_what_was_answered_before_many_supported_it_is_owed_nothing(maria, two, officer) -> None:
    proposal = submitted(maria)
    commands.postpone_proposal(by=officer, proposal=proposal, text=ANSWER)
    for resident in two:
        participation.support(by=resident, entity=proposal)

    assert not deadlines.awaiting(Proposal).exists()
    assert deadlines.kept(Proposal) is None


@pytest.mark.any_hour
@pytest.mark.parametrize(("days_ago", "late"), [(DAYS - 1, False), (DAYS, False), (DAYS + 1, True)])
def test_an_answer_counts_as_late_from_the_day_after_the_last(days_ago, late, maria, two, client) -> None:
    proposal = supported(two, maria, days_ago)

    assert proposal.owed.late is late
    kept = deadlines.kept(Proposal)
    assert (kept is None) is not late
    [line] = home.home()["decisions"]
    for told in (shown(client, proposal), line["note"]):
        assert ("Ο δήμος όφειλε να απαντήσει" in told) is late
    assert line["late"] is late


def test_the_first_page_tells_what_was_promised_beside_what_was_kept(maria, two, officer) -> None:
    quick, slow = supported(two, maria, 30), supported(two, maria, 70, "Βρύσες στην πλατεία")
    supported(two, maria, 3, "Ράμπες στις διαβάσεις")
    for proposal, ago in ((quick, 20), (slow, 4)):
        with clock(timezone.now() - timedelta(days=ago)):
            commands.decline_proposal(by=officer, proposal=proposal, text=ANSWER)
    # What is answered a second time was answered at the first.
    commands.accept_proposal(by=officer, proposal=quick, text=ANSWER, seen=quick.answers.get().pk)

    [measure] = home.home()["measures"]

    assert (measure["value"], measure["met"]) == ("50", False)
    assert measure["notes"] == ["1 από 2", "οι μισές μέσα σε 38 ημέρες", "1 περιμένει απάντηση"]
    assert measure["promise"] == "απάντηση μέσα σε 60 ημέρες από τότε που 2 δημότες υποστηρίξουν μια πρόταση"
    assert measure["url"].endswith("?status=awaited")


def test_a_kept_promise_is_met_and_one_that_is_not_due_is_not_judged(maria, two, officer) -> None:
    proposal = supported(two, maria, 30)
    assert home.home()["measures"] == []
    commands.accept_proposal(by=officer, proposal=proposal, text=ANSWER)

    [measure] = home.home()["measures"]

    assert (measure["value"], measure["met"]) == ("100", True)


@pytest.mark.parametrize("keys", [{}, {"goal": GOAL}])
def test_a_city_that_promises_no_time_measures_none(keys, own, maria, two, officer, client) -> None:
    own(**keys)
    proposal = supported(two, maria, 90)
    page = shown(client, proposal)
    commands.accept_proposal(by=officer, proposal=proposal, text=ANSWER)

    assert home.home()["measures"] == []
    assert "ως τις" not in page
    assert "awaited" not in client.get(reverse("dialogue-proposals")).content.decode()


@pytest.mark.any_hour
def test_readers_find_what_waits_and_staff_what_is_late(maria, two, officer, client) -> None:
    late, other = supported(two, maria, 90), submitted(maria, "Κάτι που λίγοι υποστηρίζουν")

    found = client.get(reverse("dialogue-proposals"), {"status": "awaited"}).content.decode()
    client.force_login(officer)
    queue = client.get(reverse("dialogue-desk-queue")).content.decode()

    assert late.heading in found
    assert other.heading not in found
    assert f"{late.owed.due:%d/%m/%Y}: 30 ημέρες καθυστέρηση" in queue
    assert queue.index(late.heading) < queue.index(other.heading)


@pytest.mark.parametrize(
    ("keys", "sentence"),
    [
        ({"goal": "forty"}, "goal = 'forty'"),
        ({"goal": 40, "answer_days": -1}, "answer_days = -1"),
        ({"answer_days": 60}, "no goal"),
        ({"gaol": 40}, "the key 'gaol'"),
        ({"themes": {"streets": "Δρόμοι"}}, "themes without names"),
        ({"themes": {"streets": {}}}, "themes without names"),
    ],
)
def test_a_file_that_makes_no_sense_is_one_sentence_at_the_start(keys, sentence, own) -> None:
    own(**keys)

    [told] = city.check()

    assert told.startswith("dialogue.toml has ")
    assert sentence in told


def test_a_file_that_makes_sense_stops_nobody(own) -> None:
    for keys in ({}, {"goal": 40, "answer_days": 60}, {"themes": city.usual_themes}):
        own(**keys)
        assert list(city.check()) == []
