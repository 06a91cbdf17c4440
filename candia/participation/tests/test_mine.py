"""Mine: one page with what is somebody's own, followed and owed to them, and what is new since they looked."""

import pytest
from django.test import Client

from candia.core.access import Machine
from candia.participation import commands, notices
from candia.participation.models import NoticeSettings
from candia.participation.tests.samples import answered, proposal

pytestmark = pytest.mark.django_db
MINE = "/participation/mine/"
rule = Machine("rule:participation.tell_followers")


@pytest.fixture
def reader(client: Client, maria) -> Client:
    client.force_login(maria)
    return client


def page(reader: Client, address: str = MINE) -> str:
    return reader.get(address).content.decode()


def test_what_is_mine_stands_on_one_page(reader, maria, nikos) -> None:
    own, theirs = proposal(maria), proposal(nikos, "Βρύσες στην πλατεία")
    other = proposal(nikos, "Ράμπα στη διάβαση")
    commands.support(by=maria, entity=theirs)
    commands.follow(by=maria, entity=other)
    commands.comment(by=maria, entity=other, stance="for", text="Να γίνει και στον Πόρο.")

    shown = page(reader)

    for word in (own.name, theirs.name, other.name, "Να γίνει και στον Πόρο."):
        assert word in shown
    assert shown.index('id="own"') < shown.index('id="supported"') < shown.index('id="followed"')


def test_news_is_new_once_and_the_menu_says_how_much_of_it_there_is(reader, maria, officer) -> None:
    event = answered(proposal(maria), officer)
    commands.notify_followers(by=rule, entity=event.entity, event=event.pk)

    assert notices.unread(maria) == 1
    assert '<span class="count">1' in page(reader, "/people/privacy/")
    first, second = page(reader), page(reader)

    assert "Νέο" in first
    assert "Ο δήμος την έκανε δεκτή" in first
    assert "Νέο" not in second
    assert "Ο δήμος την έκανε δεκτή" in second
    assert notices.unread(maria) == 0


def test_what_the_city_owes_is_told_apart(reader, maria, nikos, monkeypatch) -> None:
    monkeypatch.setattr("candia.services.dialogue.city._own", lambda: {"goal": 1, "answer_days": 60})
    owed = proposal(maria)
    assert 'id="owed"' not in page(reader)
    commands.support(by=nikos, entity=owed)

    shown = page(reader)
    section = shown[shown.index('id="owed"') : shown.index('id="own"')]
    assert owed.name in section
    assert "Ο δήμος απαντά ως" in section


def test_what_was_hidden_is_named_to_nobody_who_follows_it(reader, maria, nikos, moderator) -> None:
    theirs = proposal(nikos, "Μια κρυφή πρόταση")
    commands.follow(by=maria, entity=theirs)
    commands.comment(by=maria, entity=theirs, stance="for", text="Συμφωνώ.")
    event = commands.hide(by=moderator, entity=theirs, reason="Περιέχει προσωπικά στοιχεία.")
    commands.notify_followers(by=rule, entity=theirs, event=event.pk)

    shown = page(reader)
    assert theirs.name not in shown
    assert "Περιέχει προσωπικά στοιχεία." in shown


def test_how_to_be_told_is_chosen_on_the_same_page(reader, maria) -> None:
    reader.post(MINE, {"rhythm": "weekly"})
    wrong = reader.post(MINE, {"rhythm": "hourly"})

    assert 'value="weekly"' in page(reader)
    assert wrong.status_code == 422
    assert NoticeSettings.of(maria).rhythm == "weekly"
