"""Being told of what one follows: at once or gathered, once, in one's language, with a way out in each mail."""

from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest
from django.core import mail as outbox

from candia.core.access import Machine, Person
from candia.core.entity import Entity
from candia.core.event import Event
from candia.core.jobs import hear
from candia.participation import commands, mail
from candia.participation.models import Follow, Notice, NoticeSettings
from candia.participation.tests.samples import ANSWER, answered, proposal
from tests.jobs import woken_by

pytestmark = pytest.mark.django_db
rule = Machine("rule:participation.tell_followers")
MONDAY, TUESDAY = (int(datetime(2026, 11, day, 4, 23, tzinfo=UTC).timestamp()) for day in (23, 24))


def told(event: Event) -> None:
    """Let the city do what it does behind an event."""
    hear(service="participation", rule="tell_followers", event=event.pk)
    for notice in Notice.objects.order_by("pk"):
        mail.send_notice(notice=notice.pk)


@pytest.fixture
def thing(maria) -> Entity:
    """A proposal that its author follows, as everyone does who submits one."""
    return proposal(maria)


@pytest.fixture
def sent(monkeypatch) -> list[int]:
    """The persons to whom a digest was queued."""
    persons: list[int] = []
    monkeypatch.setattr(mail.send_digest, "defer", lambda *, person: persons.append(person))
    return persons


def test_an_answer_reaches_those_who_follow(maria, thing, officer) -> None:
    event = answered(thing, officer)
    told(event)

    (letter,) = outbox.outbox
    assert letter.to == [maria.email]
    assert ANSWER in letter.body
    assert "Ο δήμος την έκανε δεκτή" in letter.subject
    done = Event.objects.get(kind="participation.followers_notified")
    assert (done.because, done.data) == (event, {"event": event.pk, "notices": 1})


def test_what_is_declared_as_told_wakes_the_one_rule_and_a_voice_does_not(thing, nikos) -> None:
    assert woken_by(commands.support(by=nikos, entity=thing)) == set()

    said = commands.comment(by=nikos, entity=thing, stance="for", text="Συμφωνώ.")
    assert woken_by(said) == {"tell_followers"}


def test_a_job_that_runs_twice_sends_one_letter(thing, officer) -> None:
    event = answered(thing, officer)
    for _twice in range(2):
        told(event)

    assert len(outbox.outbox) == 1


def test_a_letter_speaks_its_readers_language(maria, thing, officer) -> None:
    maria.language = "en"
    maria.save()
    told(answered(thing, officer))

    assert outbox.outbox[0].subject.startswith("Accepted by the city")
    assert "/en/dialogue/" in outbox.outbox[0].body


def test_nobody_is_told_of_their_own_doing(maria, thing) -> None:
    told(commands.comment(by=maria, entity=thing, stance="neutral", text="Διόρθωση."))

    assert not Notice.objects.exists()


def test_the_way_out_works_without_signing_in_and_by_one_click(client, maria, thing, officer) -> None:
    commands.notify_followers(by=rule, entity=thing, event=answered(thing, officer).pk)
    notice = Notice.objects.get()
    letter = mail.letter(notice)
    path = urlsplit(letter.extra_headers["List-Unsubscribe"].strip("<>")).path
    token = path.split("/")[-2]

    assert path in letter.body
    assert letter.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert client.get(path).status_code == 200
    assert Follow.objects.exists(), "looking is not pressing"
    client.handler.enforce_csrf_checks = True
    assert client.post(path, {"List-Unsubscribe": "One-Click"}).status_code == 200
    mail.send_notice(notice=notice.pk)
    assert not outbox.outbox
    assert client.get(path.replace(token, "x:y:z")).status_code == 404


@pytest.mark.parametrize(
    ("rhythm", "tuesday", "monday"), [("at_once", 0, 0), ("daily", 1, 1), ("weekly", 0, 1), ("no_mail", 0, 0)]
)
def test_each_is_written_to_in_the_rhythm_that_they_chose(
    rhythm, tuesday, monday, maria, thing, officer, sent
) -> None:
    commands.choose_notices(by=maria, rhythm=rhythm)
    told(answered(thing, officer))

    assert len(outbox.outbox) == (rhythm == "at_once")
    mail.digests(TUESDAY)
    assert len(sent) == tuesday
    sent.clear()
    mail.digests(MONDAY)
    assert len(sent) == monday
    assert Notice.objects.filter(person=maria).count() == 1, "the page has it, however mail is sent"


def test_a_digest_tells_everything_once_and_its_way_out_ends_all_mail(
    client, maria, thing, nikos, officer
) -> None:
    commands.choose_notices(by=maria, rhythm="daily")
    other = proposal(maria, "Βρύσες στην πλατεία")
    for place in (thing, other):
        told(commands.comment(by=nikos, entity=place, stance="for", text=f"Για το {place.name}."))
    told(answered(thing, officer))
    for _twice in range(2):
        mail.send_digest(person=maria.pk)

    (letter,) = outbox.outbox
    assert letter.subject == "3 νέα για όσα παρακολουθείτε"
    for words in ("Για το Σκιά στη στάση.", "Για το Βρύσες στην πλατεία.", ANSWER, "/participation/mine/"):
        assert letter.body.count(words) == 1, words
    way_out = letter.extra_headers["List-Unsubscribe"].partition("//")[2].partition("/")[2].rstrip(">")
    assert client.post(f"/{way_out}").status_code == 200
    assert NoticeSettings.of(maria).rhythm == "no_mail"
    assert Follow.objects.filter(person=maria).count() == 2, "it stays on the page"


def test_what_was_hidden_meanwhile_is_carried_into_no_mailbox(maria, thing, nikos, moderator) -> None:
    commands.choose_notices(by=maria, rhythm="weekly")
    told(commands.comment(by=nikos, entity=thing, stance="for", text="Ένα κρυφολόγιο."))
    told(commands.hide(by=moderator, entity=thing, reason="Περιέχει προσωπικά στοιχεία."))
    mail.send_digest(person=maria.pk)

    body = outbox.outbox[0].body
    assert "κρυφολόγιο" not in body
    assert thing.name not in body
    assert "Περιέχει προσωπικά στοιχεία." in body


def test_who_has_erased_the_account_is_written_to_no_more(maria, thing, officer) -> None:
    commands.notify_followers(by=rule, entity=thing, event=answered(thing, officer).pk)
    Person.objects.filter(pk=maria.pk).update(is_active=False)
    later = proposal(officer, "Βρύσες στην πλατεία")
    Follow.objects.create(entity=later, person=maria)
    event = answered(later, officer)
    commands.notify_followers(by=rule, entity=later, event=event.pk)

    assert not Notice.objects.filter(event=event.pk).exists()
