"""Thirty requests at one moment: what is sent again is done once, what makes no sense twice is refused."""

from __future__ import annotations

import re
import threading
from itertools import cycle
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from candia.core.access import Device, Grant, Person
from candia.core.event import Event
from candia.devices import credentials
from candia.participation.models import Answer, Comment, Report, Support
from candia.services.dialogue.commands import draft_proposal, submit_proposal
from candia.services.dialogue.models import Proposal

TEXT = "Στη στάση δεν υπάρχει σκιά και το καλοκαίρι περιμένουμε στον ήλιο μισή ώρα."
MANY, BUSY = 30, 503


def at_once(
    who: Person | list[Person], address: str, told: dict[str, str], *, keys: bool = False
) -> list[int]:
    """Thirty requests at one moment by one person or by thirty; the status of each answer.

    Whom a slow machine keeps waiting for too long is turned away, and sends the same again as a reader would.
    """
    clients = [Client(raise_request_exception=False) for _ in range(MANY)]
    for client, person in zip(clients, cycle(who if isinstance(who, list) else [who]), strict=False):
        client.force_login(person)
    together, answers = threading.Barrier(MANY), []

    def send(place: int) -> None:
        together.wait()
        form = {"once": f"{address}-{place}" if keys else address, **told}
        try:
            while (status := clients[place].post(address, form).status_code) == BUSY:
                pass
            answers.append(status)
        finally:
            connection.close()

    threads = [threading.Thread(target=send, args=[place]) for place in range(MANY)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


@pytest.fixture
def proposal(transactional_db) -> Proposal:
    author = Person.objects.create_user("author@example.gr", verified_at=timezone.now())
    event = draft_proposal(by=author, heading="Σκιά στη στάση", text=TEXT, theme="transport")
    submit_proposal(by=author, proposal=event.entity)
    return Proposal.objects.get(pk=event.entity)


@pytest.mark.parametrize("keys", [False, True], ids=["one form", "thirty forms"])
def test_thirty_answers_at_once_are_one_answer(keys, proposal) -> None:
    officer = Person.objects.create_user("officer@example.gr")
    Grant.objects.create(person=officer, role=Grant.OPERATOR, service="dialogue")
    address = f"/desk/dialogue/proposals/{proposal.number}/"

    answers = at_once(
        officer, address, {"act": "answer", "status": "accepted", "text": TEXT, "seen": "0"}, keys=keys
    )

    assert Answer.objects.count() == Event.objects.filter(kind="dialogue.proposal_accepted").count() == 1
    # The same form sent thirty times is done; of thirty different ones, all but one hear what has changed.
    assert sorted(answers) == ([302] + [409] * (MANY - 1) if keys else [302] * MANY)


@pytest.mark.parametrize(
    ("told", "rows"),
    [
        ({"act": "comment", "stance": "for", "text": "Συμφωνώ απολύτως."}, Comment),
        ({"act": "report", "reason": "Έχει προσωπικά στοιχεία."}, Report),
    ],
    ids=["comment", "report"],
)
def test_thirty_at_once_say_it_once(told: dict[str, str], rows: Any, proposal) -> None:
    reader = Person.objects.create_user("reader@example.gr")

    answers = at_once(reader, f"/dialogue/proposals/{proposal.number}/", told)

    assert rows.objects.count() == 1
    assert answers == [302] * MANY


def test_thirty_presses_of_one_person_are_one_voice_and_thirty_persons_have_thirty(
    proposal: Proposal,
) -> None:
    address = f"/participation/{proposal.id}/"
    crowd = [
        Person.objects.create_user(f"one-of-{place}@example.gr", verified_at=timezone.now())
        for place in range(MANY)
    ]

    at_once(crowd[0], address, {"act": "support"}, keys=True)
    at_once(crowd, address, {"act": "support"}, keys=True)

    proposal.refresh_from_db()
    assert Support.objects.count() == proposal.support_count == MANY
    assert Event.objects.filter(kind="participation.supported").count() == MANY


def test_a_device_that_is_added_twice_by_one_form_has_the_secret_that_both_answers_show(
    transactional_db,
) -> None:
    keeper = Person.objects.create_user("keeper@example.gr")
    Grant.objects.create(person=keeper, role=Grant.ADMINISTRATOR)
    client = Client()
    client.force_login(keeper)
    told = {"id": "gateway-9", "kinds": "water.meter", "once": "the same"}

    pages = [client.post(reverse("devices-desk-listing"), told).content.decode() for _ in range(2)]

    secrets = {re.findall(r"<code>([\w-]{43})</code>", page)[0] for page in pages}
    assert len(secrets) == 1
    assert Device.objects.get().secret_hash == credentials.fingerprint(secrets.pop())


def test_a_limit_holds_for_those_who_come_at_once(transactional_db) -> None:
    resident = Person.objects.create_user("resident@example.gr")

    answers = at_once(
        resident,
        reverse("people-residency"),
        {"addressee": "Μ.", "address": "Οδός 1"},
        keys=True,
    )

    asked = Event.objects.filter(kind="people.code_requested").count()
    assert asked == answers.count(302) == 3
    assert 500 not in answers
