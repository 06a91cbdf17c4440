"""Every command: strangers are refused, one call is one event, a refusal changes nothing."""

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection, transaction
from django.utils import timezone

from candia.contract.declared import declared
from candia.core import access, errors
from candia.core.access import Grant, Person
from candia.core.command import Command
from candia.core.event import Event
from candia.core.service import Service


def records() -> dict[str, tuple[int, int]]:
    """All that the records hold: each table's rows and a number that follows from their content."""
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        cursor.execute(
            " UNION ALL ".join(
                f"SELECT '{table}', count(*), coalesce(sum(hashtextextended(t::text, 0)), 0) FROM \"{table}\" t"
                for table in tables
            )
        )
        return {table: (rows, content) for table, rows, content in cursor.fetchall()}


def strangers(nobody: AnonymousUser) -> dict[str, object]:
    """Whoever has nothing to do with a thing: not signed in, a verified resident, staff of another service."""
    verified = {"verified_at": timezone.now(), "verified_how": "desk"}
    resident = Person.objects.create_user("another.resident@example.gr", **verified)
    elsewhere = Person.objects.create_user("officer.of.elsewhere@example.gr")
    Grant.objects.create(person=elsewhere, role=Grant.OPERATOR, service="elsewhere")
    return {"nobody": nobody, "another resident": resident, "staff of elsewhere": elsewhere}


@pytest.mark.parametrize(("service", "command"), declared("commands"))
def test_strangers_are_refused_and_a_refusal_changes_nothing(
    command: Command, sample: dict[str, Any], nobody: AnonymousUser
) -> None:
    for name, by in strangers(nobody).items():
        before, open_to = records(), command.may(by)
        try:
            with transaction.atomic():
                event = command(**{**sample, "by": by})
                transaction.set_rollback(True)
        except errors.CandiaError as refusal:
            # To whom the verb is not open it is forbidden; what is another's may be refused in other words.
            assert open_to or isinstance(refusal, errors.Forbidden), name
        else:
            assert open_to, f"{name} may do this to what belongs to {sample['by']}"
            assert event.by == by.actor_id
        assert records() == before, name


@pytest.mark.parametrize(("service", "command"), declared("commands"))
def test_one_call_is_one_event(command: Command, sample: dict[str, Any]) -> None:
    before = Event.objects.count()

    event = command(**sample)

    assert Event.objects.count() == before + 1
    assert event.kind == command.event
    assert event.by == sample["by"].actor_id
    assert event.entity


@pytest.mark.parametrize(("service", "command"), declared("commands"))
def test_a_command_says_what_it_does(service: Service, command: Command) -> None:
    assert command.meaning, f"{service.name}.{command.name} has no sentence of meaning"
    assert str(command.title)


@pytest.mark.parametrize(("service", "command"), declared("commands"))
def test_staff_of_elsewhere_are_no_staff_here(service: Service, command: Command) -> None:
    clerk_of_elsewhere = access.Person(pk=999_998, email="elsewhere@example.gr")
    clerk_of_elsewhere._roles = frozenset({(access.Grant.OPERATOR, "elsewhere")})
    plain = access.Person(pk=999_998, email="elsewhere@example.gr")
    plain._roles = frozenset()

    assert command.may(clerk_of_elsewhere, None) == command.may(plain, None)
