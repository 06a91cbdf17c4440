"""Every command that is open to programs: who is refused, who is answered, and that a request sent again is one."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.test import Client

from candia.accounts.tests.samples import program, token
from candia.contract.declared import declared
from candia.contract.test_commands import strangers
from candia.core.access import Person, RoleHolder
from candia.core.command import Command
from candia.core.event import Event
from candia.core.service import Service

OPENED = [item for item in declared("commands") if item.values[1].api]


def told(value: Any) -> Any:
    """An argument of a sample as a program writes it."""
    if isinstance(value, models.Model):
        return value.pk
    return value.isoformat() if isinstance(value, datetime) else value


class Asking:
    """One command, as programs ask for it."""

    def __init__(self, client: Client, service: Service, command: Command, sample: dict[str, Any]) -> None:
        self._client, self._scope = client, f"commands:{service.name}"
        self._path = f"/api/v1/commands/{service.name}/{command.name}"
        self._body = json.dumps(
            {name: told(value) for name, value in sample.items() if name != "by"}, default=str
        )

    def by(self, owner: RoleHolder | None, *scopes: str, key: str = "the first") -> Any:
        headers = {"Idempotency-Key": key}
        if owner is not None:
            headers["Authorization"] = f"Bearer {token(owner, *(scopes or (self._scope,)))}"
        return self._client.post(self._path, self._body, content_type="application/json", headers=headers)


@pytest.mark.parametrize(("service", "command"), OPENED)
def test_a_program_is_answered_as_its_owner_would_be(
    service: Service, command: Command, sample: dict[str, Any], client: Client, nobody: AnonymousUser
) -> None:
    asking, owner = Asking(client, service, command, sample), sample["by"]
    others = {name: one for name, one in strangers(nobody).items() if isinstance(one, Person)}
    before = Event.objects.count()

    assert asking.by(None).status_code == 401
    assert asking.by(owner, "read", "commands:elsewhere").status_code == 403
    assert asking.by(program(f"idle-{command.name.replace('_', '-')}")).status_code == 403
    for name, other in others.items():
        answer = asking.by(other)
        if not command.may(other):
            # By whose thing it is, or by which role: a thing that they may not even know of is not there.
            assert answer.status_code in {403, 404}, name
            assert answer["Content-Type"] == "application/problem+json"
    made = list(Event.objects.order_by("id")[before:])
    assert {event.by for event in made} <= {other.actor_id for other in others.values() if command.may(other)}

    before = Event.objects.count()
    first = asking.by(owner, key="the owner's")
    again = asking.by(owner, key="the owner's")

    assert first.status_code == again.status_code == 200, first.content.decode()
    assert Event.objects.count() == before + (2 if command.idempotent else 1)
    event = first.json()
    assert (event["type"], event["data"]["by"]) == (command.event, owner.actor_id)
    assert event["data"]["about"]
    assert command.idempotent or event == again.json()
    # A cookie opens nothing here, so no page of another site asks for anything in somebody's name.
    if isinstance(owner, Person):
        client.force_login(owner)
        assert asking.by(None, key="by cookie").status_code == 401


@pytest.mark.django_db
def test_what_is_not_opened_is_not_there(client: Client) -> None:
    closed = [item.values for item in declared("commands") if not item.values[1].api]
    scopes = [f"commands:{service.name}" for service, _command in closed]
    shown = token(Person.objects.create_user("keeper.of.all@example.gr"), *scopes)

    for service, command in closed:
        answer = client.post(
            f"/api/v1/commands/{service.name}/{command.name}",
            "{}",
            content_type="application/json",
            headers={"Authorization": f"Bearer {shown}", "Idempotency-Key": "one"},
        )
        assert answer.status_code == 404, command.name
