"""Appeals: whose words were hidden hears why, asks once for another look, and another than the hider decides."""

from datetime import timedelta

import pytest
from django.core import mail as outbox
from django.test import Client
from django.utils import timezone

from candia.core import errors
from candia.core.access import Grant
from candia.core.event import Event
from candia.core.jobs import hear
from candia.core.sample import clock
from candia.participation import commands, inbox, mail, personal
from candia.participation.models import Appeal, Comment, Hiding, Notice
from candia.participation.tests.samples import APPEAL, person, proposal
from tests.jobs import woken_by

pytestmark = pytest.mark.django_db
WHY, AGAIN = "Μοιάζει με διαφήμιση προϊόντος.", "Το είδα ξανά: δεν διαφημίζει τίποτα."


@pytest.fixture
def judge(db):
    return person("judge", Grant.MODERATOR)


@pytest.fixture
def thing(maria):
    return proposal(maria)


@pytest.fixture
def said(thing, nikos) -> int:
    return commands.comment(by=nikos, entity=thing, stance="for", text="Ναι, και παγκάκι.").data["comment"]


@pytest.fixture(params=["a comment", "the thing itself"])
def hidden(request, thing, said, maria, nikos, moderator):
    """What was hidden: the arguments that name it, and whose it is."""
    if request.param == "a comment":
        told = {"entity": thing, "comment": said}
        commands.hide_comment(by=moderator, **told, reason=WHY)
        return told, nikos
    commands.hide(by=moderator, entity=thing, reason=WHY)
    return {"entity": thing}, maria


def browser(person=None) -> Client:
    client = Client()
    if person is not None:
        client.force_login(person)
    return client


def page(hidden) -> str:
    told, _author = hidden
    return f"/participation/{told['entity'].pk}/appeal/" + (
        f"?comment={told['comment']}" if len(told) > 1 else ""
    )


def told_of(event: Event) -> None:
    """Let the city do what it does behind an event."""
    hear(service="participation", rule="tell_concerned", event=event.pk)
    for notice in Notice.objects.filter(event=event.pk):
        mail.send_notice(notice=notice.pk)


def test_whose_words_were_hidden_is_told_why_and_where_to_appeal(hidden) -> None:
    _told, author = hidden
    event = Event.objects.filter(kind__endswith="hidden").latest("pk")
    assert "tell_concerned" in woken_by(event)
    told_of(event)

    letters = [letter for letter in outbox.outbox if letter.to == [author.email]]
    assert len(letters) == 1
    assert WHY in letters[0].body
    assert page(hidden) in letters[0].body
    shown = browser(author).get(page(hidden)).content.decode()
    assert WHY in shown
    assert "<textarea" in shown


def test_it_is_appealed_once_with_words_that_a_refusal_keeps(hidden, judge) -> None:
    told, author = hidden
    reader = browser(author)
    short = reader.post(page(hidden), {"text": "Όχι."})
    assert short.status_code == 422
    assert "Όχι.</textarea>" in short.content.decode()
    assert reader.post(page(hidden), {"text": APPEAL}).status_code == 302
    with pytest.raises(errors.Conflict):
        commands.appeal(by=author, text=APPEAL, **told)

    (item,) = [item for item in inbox.waiting(judge) if "appeals" in item.key]
    assert item.due - item.since == timedelta(days=14)
    public = browser().get(told["entity"].page()).content.decode()
    assert WHY in public
    assert "εκκρεμεί" in public
    assert APPEAL not in public, "for those who decide alone"


def test_nobody_else_appeals_and_nobody_after_the_term(hidden, officer) -> None:
    told, author = hidden
    assert browser(officer).get(page(hidden)).status_code == 404
    with pytest.raises(errors.NotFound):
        commands.appeal(by=officer, text=APPEAL, **told)
    Hiding.objects.update(since=timezone.now() - timedelta(days=182))

    with pytest.raises(errors.Conflict):
        commands.appeal(by=author, text=APPEAL, **told)
    assert "<textarea" not in browser(author).get(page(hidden)).content.decode()


@pytest.mark.parametrize("lift", [True, False])
def test_another_moderator_decides_in_public_and_both_hear_of_it(
    lift, hidden, moderator, judge, settings
) -> None:
    settings.CANDIA_REQUIRE_MFA = False
    told, author = hidden
    commands.appeal(by=author, text=APPEAL, **told)
    number = Hiding.objects.get().pk
    desk = f"/desk/participation/{told['entity'].pk}/"
    sent = {
        "act": "lift" if lift else "uphold",
        "reason": AGAIN,
        "comment": told.get("comment", ""),
        "hiding": number,
    }

    assert APPEAL in browser(moderator).get(desk).content.decode()
    assert browser(moderator).post(desk, sent).status_code == 403
    refused = browser(judge).post(desk, {**sent, "reason": "Ναι"})
    assert refused.status_code == 422
    assert "Ναι</textarea>" in refused.content.decode()
    assert browser(judge).post(desk, sent).status_code == 302

    event = Event.objects.filter(kind__startswith="participation.hiding_").latest("pk")
    assert (event.by, event.data["hiding"]) == (judge.actor_id, number)
    told_of(event)
    assert {letter.to[0] for letter in outbox.outbox} == {author.email, moderator.email}
    assert all(AGAIN in letter.body for letter in outbox.outbox)
    public = browser().get(told["entity"].page()).content.decode()
    assert (("Ναι, και παγκάκι." if "comment" in told else "Σκιά στη στάση") in public) is lift
    assert AGAIN in public or "comment" in told
    assert ("ξανά μετά από ένσταση" in public) is lift
    assert not [item for item in inbox.waiting(judge) if "appeals" in item.key]
    with pytest.raises(errors.Conflict):
        commands.uphold_hiding(by=judge, reason=AGAIN, **told)


def test_where_there_is_one_moderator_an_administrator_decides(hidden, moderator, settings) -> None:
    settings.CANDIA_REQUIRE_MFA = False
    told, author = hidden
    commands.appeal(by=author, text=APPEAL, **told)
    administrator = person("admin")
    Grant.objects.create(person=administrator, role=Grant.ADMINISTRATOR)
    desk = f"/desk/participation/{told['entity'].pk}/"

    assert "διαχειριστής" in browser(moderator).get(desk).content.decode()
    assert [item.url for item in inbox.waiting(administrator)] == [desk]
    assert 'value="lift"' in browser(administrator).get(desk).content.decode()
    other = person("other", Grant.MODERATOR)
    assert not list(inbox.waiting(administrator)), "with another moderator it is theirs"
    assert browser(administrator).get(desk).status_code == 403
    other.is_active = False
    other.save()
    commands.lift_hiding(by=administrator, reason=AGAIN, **told)
    assert not Hiding.objects.filter(until=None).exists()


def test_whoever_wrote_it_does_not_decide_though_they_moderate(thing, moderator, judge) -> None:
    own = commands.comment(by=judge, entity=thing, stance="for", text="Ναι.").data["comment"]
    commands.hide_comment(by=moderator, entity=thing, comment=own, reason=WHY)
    commands.appeal(by=judge, entity=thing, comment=own, text=APPEAL)

    with pytest.raises(errors.Forbidden):
        commands.lift_hiding(by=judge, entity=thing, comment=own, reason=AGAIN)


def test_what_was_appealed_is_not_shown_again_past_the_decision(hidden, moderator, judge) -> None:
    told, author = hidden
    commands.appeal(by=author, text=APPEAL, **told)
    restore = commands.restore_comment if "comment" in told else commands.restore
    with pytest.raises(errors.Conflict):
        restore(by=moderator, **told)
    commands.uphold_hiding(by=judge, reason=AGAIN, **told)
    restore(by=moderator, **told)

    hide = commands.hide_comment if "comment" in told else commands.hide
    hide(by=moderator, **told, reason=WHY)
    commands.appeal(by=author, text=APPEAL, **told)
    assert Appeal.objects.count() == 2, "each hiding has an appeal of its own"


@pytest.mark.any_hour
def test_the_term_ends_with_a_day_of_the_city(hidden) -> None:
    told, author = hidden
    last = timezone.localtime() + timedelta(days=180)
    Hiding.objects.update(since=timezone.now())
    with clock(last.replace(hour=23, minute=30)):
        commands.appeal(by=author, text=APPEAL, **told)
    assert Appeal.objects.exists()


def test_an_erased_account_waits_for_nothing_and_leaves_the_decision(hidden, judge) -> None:
    told, author = hidden
    commands.appeal(by=author, text=APPEAL, **told)
    (kept,) = personal.export_appeals(author)
    assert kept["text"] == APPEAL
    commands.uphold_hiding(by=judge, reason=AGAIN, **told)
    personal.erase_appeals(author)

    left = Appeal.objects.get()
    assert (left.text, left.person, left.reason) == ("", None, AGAIN)
    assert Comment.objects.exists()
