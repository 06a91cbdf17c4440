"""Every command: strangers are refused, one call is one event, a refusal changes nothing."""

import pytest
from django.contrib.auth.models import AnonymousUser

from candia.core import access, errors
from candia.core.command import Command
from candia.core.event import Event
from candia.core.service import Service
from tests.contract.conftest import declared, samples

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("service", "command"), declared("commands"))
def test_a_stranger_is_refused(service: Service, command: Command, nobody: AnonymousUser) -> None:
    sample = samples(service).commands()[command.name]
    before = Event.objects.count()

    with pytest.raises(errors.Forbidden):
        command(**{**sample, "by": nobody})

    assert Event.objects.count() == before


@pytest.mark.parametrize(("service", "command"), declared("commands"))
def test_one_call_is_one_event(service: Service, command: Command) -> None:
    sample = samples(service).commands()[command.name]
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
