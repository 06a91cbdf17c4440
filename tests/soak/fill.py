"""Fills a city for a bad day: districts, a device for each, meters, people of every role and a proposal.

Run as `python -m tests.soak.fill '{"devices": 50, "gateways": 4}'` in the settings of that city; it says what it
made as JSON: devices [(id, secret, [entities])], gateways the same, sessions {role: [cookie]}.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from candia.core.startup import start_django

EACH = 100  # districts of a gateway


def main(devices: int = 0, gateways: int = 0, talkers: int = 0, sessions: int = 0) -> dict[str, Any]:
    """Make them; the city must have none of them."""
    made: dict[str, Any] = {
        "devices": [device(f"soak-{number}", [f"s{number}"]) for number in range(devices)],
        "gateways": [
            device(f"pack-{number}", [f"p{number}-{at}" for at in range(EACH)]) for number in range(gateways)
        ],
    }
    made["talkers"] = talk(talkers) if talkers else []
    made["sessions"] = people(sessions) if sessions else {}
    return made


def device(name: str, places: list[str]) -> tuple[str, str, list[str]]:
    """A device that may speak for a district of its own, or several."""
    from candia.core.access import system
    from candia.devices import credentials
    from candia.services.water.models import District

    found = [
        District.objects.create(id=f"water.district:{place}", kind_name=District.kind, name=place).pk
        for place in places
    ]
    _, secret = credentials.issue(system, name, entities=found)
    return name, secret, found


def talk(count: int) -> list[tuple[str, str, list[str]]]:
    """Devices that may say anything of all meters and districts; every fifth sends the frames of a W1."""
    from candia.core.access import system
    from candia.core.entity import Entity
    from candia.devices import credentials
    from candia.services.water.models import District, Meter
    from tests.soak.nonsense import EUI, PLACES

    for model in (District, Meter):
        for id in PLACES:
            if id.startswith(f"{model.kind}:"):
                model.objects.create(id=id, kind_name=model.kind, name=id)
    Entity.objects.filter(id=PLACES[0]).update(alias=EUI)
    made = []
    for number in range(count):
        name = f"talk-{number}"
        if number % 5:
            _, secret = credentials.issue(system, name, kinds=["water.meter", "water.district"])
        else:
            _, secret = credentials.issue(system, name, entities=[PLACES[0]], source="axioma_w1")
        made.append((name, secret, []))
    return made


def people(count: int) -> dict[str, list[str]]:
    """For each role so many people who are signed in: the value of their session's cookie."""
    from django.utils import timezone

    from candia.core.access import Grant, Person

    roles = {
        "resident": [],
        "operator": [(Grant.OPERATOR, "water")],
        "moderator": [(Grant.MODERATOR, "dialogue"), (Grant.OPERATOR, "dialogue")],
        "clerk": [(Grant.CLERK, "")],
        "administrator": [(Grant.ADMINISTRATOR, "")],
    }
    found: dict[str, list[str]] = {}
    for role, grants in roles.items():
        for number in range(count):
            person = Person.objects.create_user(f"{role}-{number}@example.gr", name=f"{role} {number}")
            person.verified_at = timezone.now()
            person.save()
            for name, service in grants:
                Grant.objects.create(person=person, role=name, service=service)
            found.setdefault(role, []).append(_session(person))
    _propose(Person.objects.filter(email="resident-0@example.gr").first())
    return found


def _session(person: Any) -> str:
    from django.conf import settings
    from django.test import Client

    client = Client()
    client.force_login(person, backend=settings.AUTHENTICATION_BACKENDS[0])
    return str(client.cookies[settings.SESSION_COOKIE_NAME].value)


def _propose(person: Any) -> None:
    from candia.services.dialogue import city
    from candia.services.dialogue.commands import writing
    from candia.services.dialogue.models import Proposal

    for number in range(3):
        writing.draft_proposal(
            by=person,
            heading=f"Δέντρα στην οδό {number}",
            text="Σκιά για όλους, όλο το καλοκαίρι. " * 3,
            theme=next(iter(city.themes())),
        )
    for proposal in Proposal.objects.all():
        writing.submit_proposal(by=person, proposal=proposal)


if __name__ == "__main__":
    start_django()
    json.dump(main(**json.loads(sys.argv[1])), sys.stdout)
