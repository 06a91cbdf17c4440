"""Being told on one's own devices: of what one follows, in one's language, once, and in nobody else's words."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.test import Client
from django.utils import timezone

from candia.accounts.models import Pushed, Subscription
from candia.accounts.tests.push_service import Browser, running, sent
from candia.accounts.tests.receiver import Receiver
from candia.core import errors
from candia.core.access import Grant
from candia.core.event import Event
from candia.core.jobs import hear
from candia.participation import commands
from candia.participation.models import Follow, Notice, NoticeSettings
from candia.participation.tests.samples import answered, person, proposal

pytestmark = pytest.mark.django_db
MINE = "/participation/mine/"
KIND = "participation.notice"


@pytest.fixture
def push_service(monkeypatch) -> Iterator[Receiver]:
    yield from running(monkeypatch)


@pytest.fixture
def phone(push_service, maria) -> Browser:
    """Maria's."""
    browser = Browser(push_service)
    browser.subscribe(maria)
    return browser


def told(event: Event) -> None:
    """Let the city do what it does behind an event, twice, as after a crash."""
    for _twice in range(2):
        hear(service="participation", rule="tell_followers", event=event.pk)
        sent()


def chosen(client: Client) -> bool:
    """Whether the page says that devices tell of what one follows."""
    [box] = re.findall(rf'<input[^>]*value="{KIND}"[^>]*>', client.get(MINE).content.decode())
    return "checked" in box


@pytest.mark.parametrize(
    ("language", "title", "page"),
    [("el", "Ο δήμος την έκανε δεκτή", "/dialogue/"), ("en", "Accepted by the city", "/en/dialogue/")],
)
def test_what_becomes_of_a_proposal_arrives_once_in_ones_language(
    phone, maria, officer, language: str, title: str, page: str
) -> None:
    maria.language = language
    maria.save()
    thing = proposal(maria)

    told(answered(thing, officer))

    [shown] = phone.shown
    assert (shown["title"], shown["body"]) == (title, thing.name)
    assert shown["url"].startswith(page)


def test_of_somebody_elses_words_a_locked_phone_shows_none(phone, maria, nikos) -> None:
    told(commands.comment(by=nikos, entity=proposal(maria), stance="for", text="Μένω απέναντι, στο 17."))

    assert "Μένω" not in str(phone.shown)
    assert nikos.name not in str(phone.shown)
    assert len(phone.shown) == 1


def test_what_was_hidden_meanwhile_is_named_on_no_device(phone, maria, nikos, moderator) -> None:
    thing = proposal(maria)
    event = commands.comment(by=nikos, entity=thing, stance="for", text="Συμφωνώ.")
    hear(service="participation", rule="tell_followers", event=event.pk)
    commands.hide(by=moderator, entity=thing, reason="Περιέχει προσωπικά στοιχεία.")

    sent()

    assert thing.name not in str(phone.shown)
    assert len(phone.shown) == 1


@pytest.mark.parametrize("meanwhile", ["read", "unfollowed"])
def test_what_one_knows_or_follows_no_more_is_not_told_late(phone, maria, officer, meanwhile: str) -> None:
    thing = proposal(maria)
    event = answered(thing, officer)
    hear(service="participation", rule="tell_followers", event=event.pk)
    if meanwhile == "read":
        NoticeSettings.objects.update_or_create(person=maria, defaults={"read": Notice.objects.get().pk})
    else:
        Follow.objects.all().delete()

    sent()

    assert phone.shown == []
    assert not Pushed.objects.exists()


def test_a_device_may_be_told_without_mail_and_mail_written_without_a_device(
    client: Client, phone, maria, officer
) -> None:
    client.force_login(maria)
    assert chosen(client)
    client.post(MINE, {"rhythm": "no_mail", "push": [KIND], "devices": "1"})
    # By a page that was made before there was a device.
    client.post(MINE, {"rhythm": "no_mail"})
    assert chosen(client)
    told(answered(proposal(maria), officer))
    assert len(phone.shown) == 1

    client.post(MINE, {"rhythm": "at_once", "devices": "1"})
    told(answered(proposal(maria, "Βρύσες στην πλατεία"), officer))

    assert len(phone.shown) == 1
    assert NoticeSettings.of(maria).rhythm == "at_once"
    assert not chosen(client)


def test_everyone_is_asked_of_what_concerns_them(client: Client, phone, maria, push_service) -> None:
    client.force_login(maria)
    assert "operations.work_order" not in client.get(MINE).content.decode()
    with pytest.raises(errors.Refused):
        commands.choose_notices(by=maria, rhythm="daily", push=["operations.work_order"])

    plumber = person("plumber", Grant.CREW, service="water")
    Browser(push_service).subscribe(plumber)
    client.force_login(plumber)
    shown = client.get(MINE).content.decode()
    assert 'value="operations.work_order"' in shown
    assert "operations.alert" not in shown


def test_ending_mail_from_the_mail_leaves_the_devices_as_they_are(phone, maria, officer) -> None:
    commands.choose_notices(by=maria, rhythm="no_mail")
    Subscription.objects.update(made=timezone.now())

    told(answered(proposal(maria), officer))

    assert len(phone.shown) == 1
