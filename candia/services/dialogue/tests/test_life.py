"""The life of a proposal, as those tell it who live it: author, residents, moderator, officer."""

import pytest

from candia.core import errors
from candia.core.event import Event, story
from candia.participation import commands as participation
from candia.participation.models import Answer, Comment, Support
from candia.services.dialogue import commands, states
from candia.services.dialogue.models import Proposal
from candia.services.dialogue.tests.samples import ANSWER, TEXT, draft, submitted

pytestmark = pytest.mark.django_db


def kinds(proposal: Proposal) -> list[str]:
    return [event.kind.partition(".")[2] for event in story(proposal.id)]


def test_from_an_idea_to_an_answer_in_one_story(maria, nikos, officer) -> None:
    proposal = submitted(maria)
    participation.support(by=nikos, entity=proposal)
    participation.comment(by=nikos, entity=proposal, stance="for", text="Συμφωνώ.")
    commands.accept_proposal(by=officer, proposal=proposal, text=ANSWER)

    proposal.refresh_from_db()
    assert proposal.status == states.ACCEPTED
    assert kinds(proposal) == [
        "proposal_drafted",
        "proposal_submitted",
        "supported",
        "commented",
        "proposal_accepted",
    ]


def test_a_draft_shows_nothing_of_itself_to_the_rest_of_the_city(maria) -> None:
    proposal = draft(maria)

    assert (proposal.name, proposal.lon, proposal.lat, proposal.zone) == ("", None, None, "")
    commands.submit_proposal(by=maria, proposal=proposal)
    proposal.refresh_from_db()
    assert (proposal.name, proposal.lon, proposal.zone) == ("Σκιά στη στάση", 25.1367, "heraklion")


def test_what_happens_to_a_draft_is_no_line_of_the_public_story(maria) -> None:
    proposal = draft(maria)
    commands.edit_proposal(by=maria, proposal=proposal, heading="Άλλος τίτλος για τη στάση")

    assert kinds(proposal) == ["proposal_drafted"]


def test_an_unfinished_draft_is_kept_and_names_what_is_missing(maria) -> None:
    proposal = draft(maria, heading="Σκιά", text="", theme="")

    with pytest.raises(errors.Refused) as refused:
        commands.submit_proposal(by=maria, proposal=proposal)

    assert set(refused.value.fields) == {"heading", "text", "theme"}
    proposal.refresh_from_db()
    assert (proposal.status, proposal.heading) == (states.DRAFT, "Σκιά")


def test_one_person_has_one_voice(maria, nikos) -> None:
    proposal = submitted(maria)
    participation.support(by=nikos, entity=proposal)

    with pytest.raises(errors.Conflict):
        participation.support(by=nikos, entity=proposal)

    proposal.refresh_from_db()
    assert proposal.support_count == Support.objects.filter(entity=proposal).count() == 1


def test_a_voice_can_be_taken_back_and_given_again(maria, nikos) -> None:
    proposal = submitted(maria)
    for command in (participation.support, participation.withdraw_support, participation.support):
        command(by=nikos, entity=proposal)

    proposal.refresh_from_db()
    assert proposal.support_count == 1


def test_only_verified_residents_support(maria, unverified) -> None:
    with pytest.raises(errors.Forbidden):
        participation.support(by=unverified, entity=submitted(maria))


def test_nobody_supports_what_is_decided(maria, nikos, officer) -> None:
    proposal = submitted(maria)
    commands.decline_proposal(by=officer, proposal=proposal, text=ANSWER)

    with pytest.raises(errors.Conflict):
        participation.support(by=nikos, entity=proposal)


def test_what_is_put_off_stays_open_for_support(maria, nikos, officer) -> None:
    proposal = submitted(maria)
    commands.postpone_proposal(by=officer, proposal=proposal, text=ANSWER)

    participation.support(by=nikos, entity=proposal)


def test_a_second_answer_stands_beside_the_first(maria, officer) -> None:
    proposal = submitted(maria)
    first = commands.postpone_proposal(by=officer, proposal=proposal, text=ANSWER).data["answer"]
    commands.accept_proposal(by=officer, proposal=proposal, text=ANSWER + " Τώρα γίνεται.", seen=first)

    told = list(Answer.objects.filter(entity=proposal).values_list("status", flat=True))
    assert told == [states.NOT_NOW, states.ACCEPTED]


def test_a_second_officer_learns_that_another_has_answered(maria, officer) -> None:
    proposal = submitted(maria)
    commands.decline_proposal(by=officer, proposal=proposal, text=ANSWER)

    with pytest.raises(errors.Conflict) as refused:
        commands.accept_proposal(by=officer, proposal=proposal, text=ANSWER)

    assert "Δεν έγινε δεκτή" in str(refused.value)
    assert Answer.objects.filter(entity=proposal).count() == 1


def test_an_answer_says_why(maria, officer) -> None:
    with pytest.raises(errors.Refused) as refused:
        commands.decline_proposal(by=officer, proposal=submitted(maria), text=" όχι ")

    assert "text" in refused.value.fields


@pytest.mark.parametrize("answer", [None, "accept_proposal", "postpone_proposal", "decline_proposal"])
def test_what_was_hidden_comes_back_as_it_was(answer, maria, moderator, officer) -> None:
    proposal = submitted(maria)
    if answer:
        getattr(commands, answer)(by=officer, proposal=proposal, text=ANSWER)
    before = Proposal.objects.get(pk=proposal.pk)
    participation.hide(by=moderator, entity=proposal, reason="Περιέχει προσωπικά στοιχεία.")
    hidden = Proposal.objects.get(pk=proposal.pk)
    participation.restore(by=moderator, entity=proposal)

    after = Proposal.objects.get(pk=proposal.pk)
    assert (hidden.hidden, hidden.is_public, hidden.public, hidden.name, hidden.lon) == (
        True,
        False,
        False,
        "",
        None,
    )
    assert (after.status, after.name, after.lon) == (before.status, before.name, before.lon)


def test_an_author_withdraws_with_a_reason_while_nothing_is_decided(maria, nikos, officer) -> None:
    proposal, decided = submitted(maria), submitted(maria, "Βρύση στην πλατεία")
    commands.accept_proposal(by=officer, proposal=decided, text=ANSWER)
    reason = "Το έφτιαξε ο σύλλογος."

    with pytest.raises(errors.Forbidden):
        commands.withdraw_proposal(by=nikos, proposal=proposal, reason=reason)
    with pytest.raises(errors.Conflict):
        commands.withdraw_proposal(by=maria, proposal=decided, reason=reason)
    commands.withdraw_proposal(by=maria, proposal=proposal, reason=reason)

    proposal.refresh_from_db()
    assert (proposal.status, proposal.withdrawn_because, proposal.is_public) == ("withdrawn", reason, True)


def test_what_is_published_is_edited_no_more(maria) -> None:
    proposal = submitted(maria)

    with pytest.raises(errors.Conflict):
        commands.edit_proposal(by=maria, proposal=proposal, text="Κάτι τελείως άλλο")


def test_a_hidden_comment_is_counted_no_more(maria, nikos, moderator) -> None:
    proposal = submitted(maria)
    said = participation.comment(by=nikos, entity=proposal, stance="against", text="Άχρηστο.").data["comment"]
    participation.hide_comment(by=moderator, entity=proposal, comment=said, reason="Χωρίς επιχείρημα, ύβρις.")

    proposal.refresh_from_db()
    assert proposal.comment_count == 0
    assert Comment.objects.get(pk=said).hidden_because


def test_a_comment_of_another_proposal_is_out_of_reach(maria, nikos, moderator) -> None:
    one, other = submitted(maria), submitted(maria, "Βρύση στην πλατεία")
    said = participation.comment(by=nikos, entity=one, stance="for", text="Ναι.").data["comment"]

    with pytest.raises(errors.NotFound):
        participation.hide_comment(by=moderator, entity=other, comment=said, reason="Είναι εκτός θέματος.")


def test_events_hold_no_word_of_anybody(maria, nikos, officer) -> None:
    proposal = submitted(maria)
    participation.comment(by=nikos, entity=proposal, stance="for", text="Μοναδική λέξη ξυλοπόδαρο.")
    commands.accept_proposal(by=officer, proposal=proposal, text=ANSWER)

    told = repr(list(Event.objects.values_list("data", "entity", "about", "by")))
    for word in ("ξυλοπόδαρο", "Maria", "Nikos", TEXT[:20], ANSWER[:20], "example.gr"):
        assert word not in told


def test_who_proposes_all_day_waits(maria) -> None:
    for place in range(5):
        submitted(maria, f"Πρόταση με αριθμό {place}")

    with pytest.raises(errors.TooMany):
        submitted(maria, "Και μία ακόμη")
