"""Access: who asks, and what they may do; everything not granted is denied."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar, Protocol

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from candia.core.numbers import number_of


class Actor(Protocol):
    """Whoever asks for a command: a person, a rule, a device or the system itself."""

    @property
    def actor_id(self) -> str:
        """The name that events keep: `person:12`, `rule:water.night_flow`, `system`."""
        ...


@dataclass(frozen=True)
class Machine:
    """An actor that is no person: a rule, a device, the system."""

    actor_id: str


system = Machine("system")


class RoleHolder:
    """Whoever may hold roles at the desk: a person, or a program that an administrator has let in."""

    is_active: Any

    @property
    def actor_id(self) -> str:
        """The name that events keep."""
        raise NotImplementedError

    @property
    def roles(self) -> frozenset[tuple[str, str]]:
        """The granted (role, service) pairs; an empty service stands for all."""
        raise NotImplementedError

    def has_role(self, role: str, service: str = "") -> bool:
        """Whether a role was granted, for this service or for all."""
        return (role, service) in self.roles or (role, "") in self.roles

    def is_staff_of(self, service: str) -> bool:
        """Whether a role that sees its things was granted for this service, or for all; a crew sees its orders."""
        return any(where in {"", service} for role, where in self.roles if role != Grant.CREW)

    @property
    def is_staff(self) -> bool:
        """Whether any role of the desk was granted."""
        return bool(self.roles)


class People(BaseUserManager["Person"]):
    """Makes accounts; e-mail addresses compare without regard to case."""

    def get_by_natural_key(self, username: str | None) -> Person:
        """The account of an e-mail address, however it is written."""
        return self.get(email__iexact=username)

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> Person:
        """A new account; without a password only a passkey or a provider opens it."""
        person = self.model(email=email.strip().lower(), **fields)
        person.set_password(password)
        person.save(using=self._db)
        return person


class Person(RoleHolder, AbstractBaseUser):
    """Somebody with an account: a resident, and perhaps a member of staff."""

    email = models.EmailField(_("e-mail"), unique=True)
    name = models.CharField(_("name"), max_length=120, blank=True)
    language = models.CharField(_("language"), max_length=5, default="el")
    is_active = models.BooleanField(default=True)
    joined = models.DateTimeField(auto_now_add=True)
    verified_at = models.DateTimeField(null=True, blank=True)
    verified_how = models.CharField(max_length=40, blank=True)

    objects: ClassVar[People] = People()
    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def actor_id(self) -> str:
        """The name that events keep; it says nothing about the person once the account is erased."""
        return f"person:{self.pk}"

    @property
    def is_verified(self) -> bool:
        """Whether the city has checked that this is a resident."""
        return self.verified_at is not None

    @property
    def roles(self) -> frozenset[tuple[str, str]]:
        """The granted (role, service) pairs, read once a request."""
        if not hasattr(self, "_roles"):
            self._roles = frozenset(self.grants.values_list("role", "service"))
        return self._roles

    def rest_roles(self) -> None:
        """Take this person for a plain resident, for as long as the request lasts."""
        self._roles = frozenset()

    @property
    def is_crew(self) -> bool:
        """Whether somebody goes out with a crew, of whichever service."""
        return any(role == Grant.CREW for role, _where in self.roles)


class Grant(models.Model):
    """A role that a person holds, in one service or, where `service` is empty, in all."""

    OPERATOR, MODERATOR, CLERK, ADMINISTRATOR = "operator", "moderator", "clerk", "administrator"
    CREW = "crew"
    ROLES = (
        (OPERATOR, _("Operator")),
        (MODERATOR, _("Moderator")),
        (CLERK, _("Clerk")),
        (CREW, _("Crew")),
        (ADMINISTRATOR, _("Administrator")),
    )

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="grants")
    role = models.CharField(_("role"), max_length=20, choices=ROLES)
    service = models.CharField(_("service"), max_length=40, blank=True)
    granted = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "role", "service"], name="grant_once")]

    def __str__(self) -> str:
        return f"{self.role} of {self.service}" if self.service else self.role


class Device(models.Model):
    """A credential of a meter, sensor or gateway, and the entities it may speak for."""

    id = models.SlugField(primary_key=True, max_length=64)
    title = models.CharField(_("title"), max_length=120, blank=True)
    secret_hash = models.CharField(max_length=200)
    entities = ArrayField(models.CharField(max_length=120), default=list)
    # Whole kinds, for a gateway that speaks for thousands: `water.meter`.
    kinds = ArrayField(models.CharField(max_length=60), default=list)
    source = models.CharField(max_length=60, blank=True)
    created = models.DateTimeField(auto_now_add=True)
    revoked = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            GinIndex(fields=["entities"], name="device_entities"),
            models.Index(fields=["id"], name="device_of_kinds", condition=~models.Q(kinds=[])),
        ]

    def __str__(self) -> str:
        return self.title or self.id

    @property
    def actor_id(self) -> str:
        """The name that events keep."""
        return f"device:{self.id}"


@dataclass(frozen=True)
class May:
    """A condition on who asks and what is asked for; `a | b` lets either do it."""

    name: str
    test: Callable[[Any, Any], bool]

    def __call__(self, by: Actor | None, target: object = None) -> bool:
        """Whether this actor may, for this target (an entity, an alert or nothing)."""
        return by is not None and self.test(by, target)

    def __or__(self, other: May) -> May:
        return May(f"{self.name} | {other.name}", lambda by, target: self(by, target) or other(by, target))


def _person(by: object) -> bool:
    return isinstance(by, Person) and by.is_active


def _holder(by: object) -> bool:
    return isinstance(by, RoleHolder) and by.is_active


def _owns(by: object, target: object) -> bool:
    field = getattr(target, "owned_by", "author")
    return _person(by) and target is not None and getattr(target, f"{field}_id", None) == getattr(by, "pk", 0)


def role(name: str, service: str = "") -> May:
    """Staff, and programs, that hold this role, in this service or in all."""
    label = f"{name} of {service}" if service else name
    return May(label, lambda by, _target: _holder(by) and by.has_role(name, service))


def operator(service: str) -> May:
    """The shift operators of a service."""
    return role(Grant.OPERATOR, service)


def moderator(service: str = "") -> May:
    """Those who keep a conversation decent."""
    return role(Grant.MODERATOR, service)


class Public(May):
    """Open to whoever comes, signed in or not."""

    def __call__(self, by: Actor | None, target: object = None) -> bool:  # noqa: ARG002 — everyone may
        """Always."""
        return True


anyone = Public("anyone", lambda _by, _target: True)
resident = May("resident", lambda by, _target: _person(by))
verified = May("verified resident", lambda by, _target: _person(by) and by.is_verified)
#: Whose it is: the person in the field that a kind names by `owned_by`; `author` unless it says otherwise.
author = May("author", _owns)
clerk = role(Grant.CLERK)
administrator = role(Grant.ADMINISTRATOR)
staff = May("staff", lambda by, _target: _holder(by) and by.is_staff)
machine = May("the system", lambda by, _target: isinstance(by, Machine))


@dataclass(frozen=True)
class Limit:
    """How often one actor may do one thing."""

    times: int
    within: timedelta

    def since(self) -> Any:
        """The moment from which doings count."""
        return timezone.now() - self.within


def per_hour(times: int) -> Limit:
    """At most so often in any hour."""
    return Limit(times, timedelta(hours=1))


def per_day(times: int) -> Limit:
    """At most so often in any day."""
    return Limit(times, timedelta(days=1))


def names_of(actors: Iterable[str]) -> dict[str, str]:
    """The names of many colleagues, by the names that events keep; one query."""
    numbers = {actor: number_of(actor.removeprefix("person:")) for actor in actors}
    people = Person.objects.filter(is_active=True).in_bulk([number for number in numbers.values() if number])
    erased = gettext("an account that is erased")
    return {actor: str(people.get(number, erased)) for actor, number in numbers.items()}
