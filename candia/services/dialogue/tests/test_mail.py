"""Mail on what one follows: once, in one's language, with a way out; and what is left after an erasure."""

import json

import pytest
from django.core import mail as outbox
from django.urls import reverse

from candia.core.access import Machine
from candia.core.event import Event
from candia.core.jobs import hear
from candia.services.dialogue import commands, mail, personal
from candia.services.dialogue.models import Comment, Notice, Proposal, Support
from candia.services.dialogue.tests.samples import ANSWER, draft, submitted

pytestmark = pytest.mark.django_db
rule = Machine("rule:dialogue.tell_of_acceptance")


def answered(author, officer) -> Event:
    return commands.accept_proposal(by=officer, proposal=submitted(author), text=ANSWER)


def notices() -> list[int]:
    return list(Notice.objects.order_by("pk").values_list("pk", flat=True))


def test_an_answer_reaches_those_who_follow(maria, nikos, officer) -> None:
    event = answered(maria, officer)
    hear(service="dialogue", rule="tell_of_acceptance", event=event.pk)
    for notice in notices():
        mail.send_notice(notice=notice)

    (letter,) = outbox.outbox
    assert letter.to == [maria.email]
    assert ANSWER in letter.body
    assert "Ο δήμος την έκανε δεκτή" in letter.subject
    told = Event.objects.get(kind="dialogue.followers_notified")
    assert (told.because, told.data) == (event, {"event": event.pk, "notices": 1})


def test_a_job_that_runs_twice_sends_one_letter(maria, officer) -> None:
    event = answered(maria, officer)
    for _twice in range(2):
        hear(service="dialogue", rule="tell_of_acceptance", event=event.pk)
        for notice in notices():
            mail.send_notice(notice=notice)

    assert len(outbox.outbox) == 1


def test_a_letter_speaks_its_readers_language(maria, officer) -> None:
    maria.language = "en"
    maria.save()
    event = answered(maria, officer)
    commands.notify_followers(by=rule, proposal=event.entity, event=event.pk)
    mail.send_notice(notice=notices()[0])

    assert outbox.outbox[0].subject.startswith("Accepted by the city")
    assert "/en/dialogue/" in outbox.outbox[0].body


def test_nobody_is_told_of_their_own_doing(maria) -> None:
    event = commands.comment(by=maria, proposal=submitted(maria), stance="neutral", text="Διόρθωση.")
    commands.notify_followers(by=rule, proposal=event.entity, event=event.pk)

    assert not notices()


def test_the_way_out_works_without_signing_in_and_by_one_click(client, maria, officer) -> None:
    event = answered(maria, officer)
    commands.notify_followers(by=rule, proposal=event.entity, event=event.pk)
    notice = Notice.objects.get()
    token = mail.token(notice)
    path = reverse("dialogue-stop-following", kwargs={"token": token})
    letter = mail.letter(notice)

    assert path in letter.body
    assert letter.extra_headers["List-Unsubscribe"].endswith(f"{path}>")
    assert client.get(path).status_code == 200
    assert Notice.objects.get().proposal.follows.exists(), "looking is not pressing"
    client.handler.enforce_csrf_checks = True
    assert client.post(path, {"List-Unsubscribe": "One-Click"}).status_code == 200
    mail.send_notice(notice=notice.pk)
    assert not outbox.outbox
    assert client.get(path.replace(token, "x:y:z")).status_code == 404


def test_an_account_takes_its_words_along(maria, nikos) -> None:
    draft(maria, "Ένα πρόχειρο για τον Κούλε")
    proposal = submitted(nikos)
    commands.comment(by=maria, proposal=proposal, stance="for", text="Δική μου λέξη.")
    commands.support_proposal(by=maria, proposal=proposal)

    told = json.dumps({record.name: record.export(maria) for record in personal.records}, ensure_ascii=False)

    for word in ("Ένα πρόχειρο για τον Κούλε", "Δική μου λέξη.", proposal.id):
        assert word in told


@pytest.mark.usefixtures("django_capture_on_commit_callbacks")
def test_an_erased_account_leaves_the_record_and_no_name(maria, nikos, officer, client) -> None:
    begun, public = draft(maria), submitted(maria, "Σκιά στη στάση της λεωφόρου")
    open_, decided = submitted(nikos, "Βρύση στην πλατεία"), submitted(nikos, "Ράμπα στη διάβαση")
    for proposal in (open_, decided):
        commands.support_proposal(by=maria, proposal=proposal)
        commands.comment(by=maria, proposal=proposal, stance="for", text="Μια γνώμη.")
    commands.accept_proposal(by=officer, proposal=decided, text=ANSWER)

    for record in personal.records:
        record.erase(maria)
    maria.delete()

    assert not Proposal.objects.filter(pk=begun.pk).exists()
    assert Proposal.objects.get(pk=public.pk).author is None
    assert Proposal.objects.get(pk=open_.pk).support_count == 0
    assert Proposal.objects.get(pk=decided.pk).support_count == Support.objects.count() == 1
    assert Comment.objects.filter(author=None).count() == 2
    page = client.get(reverse("dialogue-proposal", args=[public.number])).content.decode()
    assert "Σκιά στη στάση της λεωφόρου" in page
    assert "Maria" not in page
