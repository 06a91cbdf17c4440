"""Once: whoever sends a form again gets what the first sending did, and nothing is done twice."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from candia.core import access, errors, idempotency
from candia.core.access import Person
from candia.core.command import Command, command
from candia.core.event import Happened
from candia.core.idempotency import IdempotencyKey


def declare(*, idempotent: bool = False) -> tuple[Command, list[str]]:
    done: list[str] = []

    @command(event="core.alert_opened", title="Said", may=access.resident, idempotent=idempotent)
    def say(by: object, *, word: str) -> Happened:
        """Say a word."""
        done.append(word)
        if not word:
            raise errors.Refused("A word is needed.")
        return Happened("core.word:1")

    return say, done


@pytest.fixture
def maria(db) -> Person:
    return Person.objects.create_user("maria@example.gr")


def test_the_same_key_is_the_same_deed(maria) -> None:
    say, done = declare()

    first, again = (say(by=maria, key="a", word="yes") for _ in range(2))
    other = say(by=maria, key="b", word="yes")

    assert (first, done) == (again, ["yes", "yes"])
    assert other != first


def test_a_key_is_its_owners_alone(maria) -> None:
    say, done = declare()
    nikos = Person.objects.create_user("nikos@example.gr")

    assert say(by=maria, key="a", word="yes") != say(by=nikos, key="a", word="yes")
    assert len(done) == 2


def test_a_refusal_uses_no_key_up(maria) -> None:
    say, _done = declare()
    with pytest.raises(errors.Refused):
        say(by=maria, key="a", word="")

    assert say(by=maria, key="a", word="better").entity == "core.word:1"


def test_other_words_under_a_used_key_are_neither_done_nor_dropped(maria) -> None:
    say, done = declare()
    say(by=maria, key="a", word="yes")

    with pytest.raises(errors.Conflict):
        say(by=maria, key="a", word="no")

    assert done == ["yes"]


def test_what_only_sets_what_it_is_given_may_be_sent_with_ever_other_words(maria) -> None:
    say, done = declare(idempotent=True)

    for word in ("one", "two", "one"):
        say(by=maria, key="a", word=word)

    assert done == ["one", "two", "one"]
    assert not IdempotencyKey.objects.exists()


def test_a_key_is_forgotten_after_its_term_and_with_its_owner(maria) -> None:
    say, _done = declare()
    say(by=maria, key="old", word="yes")
    IdempotencyKey.objects.update(made=timezone.now() - idempotency.TERM - timedelta(minutes=1))
    say(by=maria, key="young", word="yes")

    idempotency.forget(timestamp=0)

    assert IdempotencyKey.objects.count() == 1
    assert "young" not in repr(IdempotencyKey.objects.values())
