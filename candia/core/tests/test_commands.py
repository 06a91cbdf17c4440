"""Commands: who may, how often, one event or nothing at all."""

import pytest

from candia.core import access, errors
from candia.core.access import Grant, Machine, Person
from candia.core.command import Command, command
from candia.core.entity import Entity
from candia.core.event import Event, Happened

pytestmark = pytest.mark.django_db


def declare(may: access.May, limit: access.Limit | None = None) -> Command:
    @command(event="core.alert_opened", title="Renamed", may=may, limit=limit)
    def rename(by: object, *, thing: Entity, name: str) -> Happened:
        """Give a thing another name."""
        thing.name = name
        thing.save()
        if not name:
            raise errors.Refused("A name is needed.", name="Write a name.")
        return Happened(thing, data={"length": len(name)})

    return rename


@pytest.fixture
def thing() -> Entity:
    return Entity.objects.create(id="tests.thing:1", kind_name="tests.thing", name="one")


@pytest.fixture
def maria() -> Person:
    return Person.objects.create_user("maria@example.gr")


def test_a_command_changes_and_tells(thing: Entity, maria: Person) -> None:
    event = declare(access.resident)(by=maria, thing="tests.thing:1", name="two")

    thing.refresh_from_db()
    assert thing.name == "two"
    assert (event.by, event.entity, event.about) == (maria.actor_id, thing.id, thing.id)


def test_a_refusal_leaves_no_trace(thing: Entity, maria: Person) -> None:
    with pytest.raises(errors.Refused) as refused:
        declare(access.resident)(by=maria, thing=thing, name="")

    thing.refresh_from_db()
    assert thing.name == "one"
    assert Event.objects.count() == 0
    assert refused.value.problem()["errors"] == {"name": "Write a name."}


def test_a_thing_that_is_not_there_is_not_found(maria: Person) -> None:
    with pytest.raises(errors.NotFound):
        declare(access.resident)(by=maria, thing="tests.thing:none", name="x")


def test_who_does_it_too_often_waits(thing: Entity, maria: Person) -> None:
    rename = declare(access.resident, access.per_hour(2))
    rename(by=maria, thing=thing, name="a")
    rename(by=maria, thing=thing, name="b")

    with pytest.raises(errors.TooMany):
        rename(by=maria, thing=thing, name="c")

    other = Person.objects.create_user("nikos@example.gr")
    rename(by=other, thing=thing, name="d")


@pytest.mark.parametrize(
    "may", [access.operator("water"), access.moderator(), access.administrator, access.verified]
)
def test_a_role_is_needed_and_enough(may: access.May, thing: Entity, maria: Person) -> None:
    with pytest.raises(errors.Forbidden):
        declare(may)(by=maria, thing=thing, name="x")


def test_a_role_in_one_service_is_none_in_another(thing: Entity, maria: Person) -> None:
    Grant.objects.create(person=maria, role=Grant.OPERATOR, service="water")

    declare(access.operator("water"))(by=maria, thing=thing, name="x")
    with pytest.raises(errors.Forbidden):
        declare(access.operator("lighting"))(by=maria, thing=thing, name="y")


def test_a_closed_account_may_nothing(thing: Entity, maria: Person) -> None:
    maria.is_active = False

    with pytest.raises(errors.Forbidden):
        declare(access.resident)(by=maria, thing=thing, name="x")


def test_a_machine_is_no_resident(thing: Entity) -> None:
    with pytest.raises(errors.Forbidden):
        declare(access.resident)(by=Machine("rule:water.x"), thing=thing, name="x")
