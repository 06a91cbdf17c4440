"""The sample city's people: a resident for every role, behind one password made at first use."""

from __future__ import annotations

import secrets

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction

from candia.accounts import commands, departments, residency, token_commands
from candia.config import kept_secret
from candia.core.access import Grant, Person, system
from candia.core.sample_people import SamplePerson
from candia.core.service import services

# Nobody real: the names are the commonest of the island.
citizens = (
    SamplePerson("resident@example.gr", "Γιώργος Μανωλάκης"),
    SamplePerson("maria@example.gr", "Μαρία Σταυρουλάκη"),
    SamplePerson("manolis@example.gr", "Μανώλης Περάκης"),
    SamplePerson("nikos@example.gr", "Νίκος Καλλέργης"),
)
officials = (
    SamplePerson("clerk@example.gr", "Ελένη Παπαδάκη", ((Grant.CLERK, ""),)),
    SamplePerson("admin@example.gr", "Σοφία Δασκαλάκη", ((Grant.ADMINISTRATOR, ""),)),
)
residents = ("resident@example.gr", "maria@example.gr", "manolis@example.gr")
waiting = ("nikos@example.gr", "Νίκος Καλλέργης", "Οδός Δειγματική 12\n713 00 Ηράκλειο")


def cast() -> list[SamplePerson]:
    """Everybody of the sample city: citizens, those who work for a service, and the city's own officials."""
    return [*citizens, *(one for service in services().values() for one in service.sample_people), *officials]


def password() -> str:
    """The one password of the sample accounts, made anew for each home and kept beside its other secrets."""
    return kept_secret(settings.CANDIA.home, "sample_password", _easy)


def _easy() -> str:
    """A password that a person can type: 60 random bits, such as `kqwm-x7rd-2hpc`."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(4)) for _ in range(3))


def seed() -> None:
    """Open the sample accounts, once; does nothing in a city that is no sample."""
    if not settings.CANDIA_CITY.sample or Person.objects.filter(email="admin@example.gr").exists():
        return
    with transaction.atomic():
        # Hashed once for all: a good hash takes its time.
        kept = make_password(password())
        people = {one.email: _open(one, kept) for one in cast()}
        for one in cast():
            for role, service in one.roles:
                commands.grant_role(by=system, person=people[one.email], role=role, service=service)
        for email in residents:
            residency.verify_resident(
                by=people["clerk@example.gr"], person=people[email], document="identity_card"
            )
        _administration(people["admin@example.gr"])
        email, addressee, address = waiting
        residency.request_code(by=people[email], addressee=addressee, address=address)


def _administration(admin: Person) -> None:
    """A department, and a program that is let in and has no token yet."""
    departments.make_department(by=admin, name="Τεχνικές υπηρεσίες", names={"en": "Technical services"})
    held = [f"{role}:{at}" for one in cast() for role, at in one.roles if role == Grant.OPERATOR and at]
    if held:
        token_commands.add_integration(by=admin, id="call-centre", title="Τηλεφωνικό κέντρο", held=held[:1])


def welcome() -> str:
    """The sample accounts with their roles and their password, as the first screen of `candia run` shows them."""
    lines = [f"    {one.email:24}{_what(one)}" for one in cast()]
    return "\n".join(
        [
            "  A sample city: its people and the places of its things are made up. Sign in as",
            "",
            *lines,
            "",
            f"  with the password {password()}",
            "",
        ]
    )


def _what(one: SamplePerson) -> str:
    if one.roles:
        return ", ".join(f"{role} of {service}" if service else role for role, service in one.roles)
    return "verified resident" if one.email in residents else "resident, not verified yet"


def _open(one: SamplePerson, kept: str) -> Person:
    person = Person.objects.create_user(one.email, name=one.name)
    person.password = kept
    person.save(update_fields=["password"])
    EmailAddress.objects.create(user=person, email=one.email, verified=True, primary=True)
    return person
