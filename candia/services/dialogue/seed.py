"""Seed: the sample city's proposals, made by the same commands that residents and staff press."""

from __future__ import annotations

import tomllib
from datetime import datetime, timedelta
from functools import partial
from operator import itemgetter
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from candia.core.access import Grant, Person
from candia.core.sample import clock
from candia.participation import commands as participation
from candia.services.dialogue import commands, states
from candia.services.dialogue.models import Proposal

# Enough residents that a goal of forty can be reached.
RESIDENTS = 52
ANSWER = {
    states.ACCEPTED: commands.accept_proposal,
    states.NOT_NOW: commands.postpone_proposal,
    states.REJECTED: commands.decline_proposal,
}


def sample() -> None:
    """Make each proposal of the city's `proposals.toml` that is not there yet."""
    path = settings.CANDIA_CITY.folder / "proposals.toml"
    if not path.is_file():
        return
    city = tomllib.loads(path.read_text("utf-8"))
    people = {slug: account(slug, name) for slug, name in city["people"].items()}
    crowd = [account(f"resident{number:02}", "") for number in range(1, RESIDENTS + 1)]
    staff = {
        "officer": account("officer", "", Grant.OPERATOR),
        "moderator": account("moderator", "", Grant.MODERATOR),
    }
    for told in city["proposal"]:
        key = uuid5(NAMESPACE_URL, f"urn:candia:sample:{told['slug']}")
        if not Proposal.objects.filter(form_key=key).exists():
            with transaction.atomic():
                propose(told, key, people, crowd, staff)


def account(slug: str, name: str, role: str = "") -> Person:
    """A sample account; without a password nobody can sign in by it."""
    email = f"{slug}@heraklion.example"
    person = Person.objects.filter(email=email).first()
    if person is None:
        person = Person.objects.create_user(
            email, name=name, verified_at=timezone.now(), verified_how="sample"
        )
    if role:
        Grant.objects.get_or_create(person=person, role=role, service="dialogue")
    return person


def propose(
    told: dict[str, Any],
    key: Any,
    people: dict[str, Person],
    crowd: list[Person],
    staff: dict[str, Person],
) -> None:
    """One proposal and its life so far, each step at the time that the file tells."""
    author = people[told["by"]]
    begun = timezone.now() - timedelta(days=told["days"])
    content = {name: told.get(name) for name in ("heading", "text", "theme", "address", "lon", "lat")}
    with clock(begun):
        event = commands.draft_proposal(by=author, form_key=key, **content)
        proposal = event.entity
        Proposal.objects.filter(pk=proposal).update(synthetic=True)
    if told.get("draft"):
        return
    with clock(begun + timedelta(minutes=18)):
        commands.submit_proposal(by=author, proposal=proposal)
    _voices(told, proposal, begun, people, crowd)
    _ending(told, proposal, author, staff)


def _voices(
    told: dict[str, Any], proposal: str, begun: datetime, people: dict[str, Person], crowd: list[Person]
) -> None:
    """Supports spread over the days, most of them early, and comments between."""
    until = min((told[end]["days"] for end in ("answer", "withdrawn", "hidden") if end in told), default=0)
    span = timedelta(days=told["days"] - until) * 0.92
    supports = int(told["supports"])
    # Another part of the crowd for each proposal, the same on each machine.
    start = int(told["days"]) * 7
    steps: list[tuple[datetime, Any, dict[str, Any]]] = []
    for place in range(supports):
        moment = begun + timedelta(hours=1) + span * (place / max(1, supports)) ** 1.6
        steps.append((moment, participation.support, {"by": crowd[(start + place) % len(crowd)]}))
    written: list[int] = []
    for place, said in enumerate(told["comments"], start=1):
        moment = begun + timedelta(hours=2) + span * place / (len(told["comments"]) + 1)
        steps.append((moment, partial(_say, said, people, written), {}))
    for moment, command, words in sorted(steps, key=itemgetter(0)):
        with clock(moment):
            command(entity=proposal, **words)


def _say(said: dict[str, Any], people: dict[str, Person], written: list[int], *, entity: str) -> None:
    """A comment, or a reply to the one that the file names by its place; and that somebody reported it."""
    answered = written[said["reply_to"] - 1] if "reply_to" in said else None
    told = {name: said[name] for name in ("stance", "text") if name in said}
    made = participation.comment(by=people[said["by"]], entity=entity, reply_to=answered, **told)
    written.append(made.data["comment"])
    if report := said.get("reported"):
        participation.report(
            by=people[report["by"]], entity=entity, comment=written[-1], reason=report["reason"]
        )


def _ending(told: dict[str, Any], proposal: str, author: Person, staff: dict[str, Person]) -> None:
    if answer := told.get("answer"):
        with clock(timezone.now() - timedelta(days=answer["days"])):
            ANSWER[answer["status"]](
                by=staff["officer"], proposal=proposal, text=answer["text"], office=answer["office"]
            )
    if withdrawn := told.get("withdrawn"):
        with clock(timezone.now() - timedelta(days=withdrawn["days"])):
            commands.withdraw_proposal(by=author, proposal=proposal, reason=withdrawn["reason"])
    if hidden := told.get("hidden"):
        with clock(timezone.now() - timedelta(days=hidden["days"])):
            participation.hide(by=staff["moderator"], entity=proposal, reason=hidden["reason"])
