"""The city's answer has a day, for whatever kind declares one: told in public, at the desk, and reminded of."""

from datetime import timedelta

import pytest
from django.core import mail as outbox
from django.test import Client
from django.utils import timezone

from candia.core import errors
from candia.core.access import Grant, Machine
from candia.core.event import Event
from candia.core.jobs import hear, run_rule
from candia.core.sample import clock
from candia.core.service import services
from candia.participation import commands, deadlines, inbox, mail
from candia.participation.models import AnswerDue, Follow, Notice
from candia.participation.tests.samples import ANSWER, person
from candia.participation.tests.seat import Seat, installed

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _dummy(settings):
    settings.CANDIA_REQUIRE_MFA = False
    with installed():
        yield


@pytest.fixture
def clerk(db):
    return person("clerk", Grant.OPERATOR, service="dummy")


@pytest.fixture
def bench(nikos):
    """A bench about which Nikos has asked something: from now on the city has fifteen days."""
    made = Seat.objects.create(id="dummy.seat:1", name="Παγκάκι στον Κούλε")
    commands.comment(by=nikos, entity=made, text="Πότε θα βαφτεί;")
    return made


def public(bench, prefix: str = "") -> str:
    return Client().get(f"{prefix}/participation/{bench.pk}/").content.decode()


def looked_after(now) -> None:
    """Let the hourly rule look, and what hears of it tell whom it concerns."""
    service = services()["participation"]
    run_rule(service, service.rule("remind_of_answer"), now)
    for event in Event.objects.filter(kind="participation.answer_reminded"):
        hear(service="participation", rule="tell_who_answers", event=event.pk)
    for notice in Notice.objects.filter(sent=None):
        mail.send_notice(notice=notice.pk)


@pytest.mark.any_hour
def test_what_asks_for_an_answer_sets_its_day_for_everyone_and_the_desk(bench, clerk, maria) -> None:
    day = timezone.localdate() + timedelta(days=15)

    assert f"Ο δήμος απαντά ως τις {day:%d/%m/%Y}." in public(bench)
    assert f"The city answers by {day:%d/%m/%Y}." in public(bench, "/en")
    (item,) = inbox.owed(clerk)
    assert item.key == bench.pk
    assert item.url.endswith(f"/desk/participation/{bench.pk}/")
    assert timezone.localdate(item.due) == day + timedelta(days=1)
    assert not list(inbox.owed(maria))
    since = AnswerDue.objects.get().since
    commands.comment(by=maria, entity=bench, text="Κι εγώ το ρωτώ.")
    assert AnswerDue.objects.get().since == since, "it counts from the first who asked"


@pytest.mark.any_hour
@pytest.mark.parametrize(
    ("ago", "late"), [(15, ""), (16, "1 ημέρα καθυστέρηση"), (18, "3 ημέρες καθυστέρηση")]
)
def test_how_late_it_is_stands_on_the_public_page(ago, late, bench) -> None:
    AnswerDue.objects.update(due=timezone.localdate() + timedelta(days=15 - ago))

    assert ("καθυστέρηση" in public(bench)) is bool(late)
    assert late in public(bench)


def test_an_operator_answers_at_the_desk_and_the_day_is_settled(bench, clerk, maria) -> None:
    Follow.objects.create(entity=bench, person=maria)
    desk, browser = f"/desk/participation/{bench.pk}/", Client()
    browser.force_login(clerk)
    told = {"act": "answer", "status": "answered", "text": ANSWER, "office": "Τεχνική υπηρεσία"}
    short = browser.post(desk, {**told, "text": "Ναι."})
    assert short.status_code == 422
    assert "Ναι.</textarea>" in short.content.decode()
    assert browser.post(desk, told).status_code == 302

    shown = public(bench)
    assert ANSWER in shown
    assert "Ο δήμος απαντά ως" not in shown
    assert not list(inbox.owed(clerk))
    kept = deadlines.kept(Seat)
    assert (kept.judged, kept.in_time, kept.days) == (1, 1, (0,))
    hear(service="participation", rule="tell_followers", event=Event.objects.latest("pk").pk)
    assert Notice.objects.filter(person=maria).exists()
    commands.comment(by=maria, entity=bench, text="Και το άλλο παγκάκι;")
    assert AnswerDue.objects.get().waits, "what is asked later has a day of its own"


def test_a_second_officer_sees_what_the_first_has_said(bench, clerk) -> None:
    commands.answer(by=clerk, entity=bench, status="answered", text=ANSWER)
    with pytest.raises(errors.Conflict):
        commands.answer(by=clerk, entity=bench, status="answered", text=f"{ANSWER} Και πάλι.")
    with pytest.raises(errors.Refused):
        commands.answer(by=clerk, entity=bench, status="accepted", text=ANSWER)


@pytest.mark.any_hour
def test_the_desk_is_reminded_before_the_day_and_after_it_once_each(bench, clerk, maria, officer) -> None:
    now = timezone.localtime()
    heard = []
    for day in (0, 11, 12, 14, 15, 16, 20):
        with clock(now + timedelta(days=day)):
            for _twice in range(2):
                looked_after(now + timedelta(days=day))
        heard.append(len(outbox.outbox))

    assert heard == [0, 0, 1, 1, 1, 2, 2]
    assert {letter.to[0] for letter in outbox.outbox} == {clerk.email}, "and no officer of elsewhere"
    assert f"/desk/participation/{bench.pk}/" in outbox.outbox[0].body
    assert "καθυστέρηση" in outbox.outbox[1].body


def test_where_nobody_asks_or_the_answer_came_nobody_is_reminded(bench, clerk) -> None:
    Seat.objects.create(id="dummy.seat:2", name="Ένα άλλο")
    commands.answer(by=clerk, entity=bench, status="answered", text=ANSWER)
    looked_after(timezone.now() + timedelta(days=40))

    assert not outbox.outbox
    with pytest.raises(errors.Conflict):
        commands.remind_of_answer(by=Machine("rule:participation.remind_of_answer"), entity=bench)
