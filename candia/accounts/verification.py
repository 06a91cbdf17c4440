"""Verification: the ways by which the city comes to know that somebody is a resident, as one port."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import Promise


class Way(Protocol):
    """One way to be verified: what `Person.verified_how` says, and what a person reads and does.

    A way of another city is one more class like those below and a command that it calls.
    """

    @property
    def name(self) -> str:
        """What `Person.verified_how` says."""
        ...

    @property
    def title(self) -> str | Promise:
        """Its name for the reader."""
        ...

    @property
    def explanation(self) -> str | Promise:
        """What a person does, and what is kept of it."""
        ...

    def is_open(self) -> bool:
        """Whether this city offers it."""
        ...

    def url(self) -> str:
        """Where a person goes for it; empty where it begins away from the screen."""
        ...


@dataclass(frozen=True)
class Desk:
    """A clerk sees a document across the counter and confirms it."""

    name = "desk"
    title = _("At the citizens' service desk")
    explanation = _(
        "Bring an identity document that shows where you live. A clerk looks at it and confirms your account "
        "by its e-mail address. Neither a copy nor the document's number is kept."
    )

    def is_open(self) -> bool:
        """Every city has a desk."""
        return True

    def url(self) -> str:
        """It begins away from the screen."""
        return ""


@dataclass(frozen=True)
class Post:
    """A letter carries a code to the address."""

    name = "post"
    title = _("By a letter with a code")
    explanation = _(
        "We post a code to your address. Enter it here within 30 days. The address is deleted as soon as the "
        "code is used."
    )

    def is_open(self) -> bool:
        """Every city has post."""
        return True

    def url(self) -> str:
        """The page on which the letter is asked for."""
        return reverse("people-residency")


@dataclass(frozen=True)
class Claim:
    """An identity provider says it, when somebody signs in through it."""

    name = "oidc"
    title = _("By signing in with the city's identity provider")
    explanation = _(
        "If the provider knows you as a resident, your account is confirmed when you sign in there."
    )

    def is_open(self) -> bool:
        """Where a provider and its claim are configured."""
        return bool(settings.CANDIA.oidc_issuer and settings.CANDIA.oidc_verified_claim)

    def url(self) -> str:
        """The list of connected accounts, where the provider's button stands."""
        return reverse("socialaccount_connections")


ways: tuple[Way, ...] = (Desk(), Post(), Claim())


def open_ways() -> list[Way]:
    """The ways that this city offers."""
    return [way for way in ways if way.is_open()]


def titles() -> dict[str, str | Promise]:
    """The words for what `Person.verified_how` says."""
    return {way.name: way.title for way in ways}
