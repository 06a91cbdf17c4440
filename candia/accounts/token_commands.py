"""What may be asked for about programs: let one in, change its roles, stop it; make a token, revoke one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as __

from candia.accounts import tokens
from candia.accounts.commands import story_of
from candia.accounts.models import Integration, Token
from candia.core import errors, idempotency
from candia.core.access import Grant, May, Person, administrator, per_day, resident
from candia.core.command import command
from candia.core.event import Happened
from candia.core.service import services

#: So many tokens of one owner are open at a time.
MOST = 20
#: The roles of people that a program may have: it judges and answers, and never lets anybody in.
ROLES = (Grant.OPERATOR, Grant.MODERATOR)
name_pattern = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")

its_owner = May(
    "its owner",
    lambda by, token: isinstance(by, Person) and by.is_active and getattr(token, "person_id", None) == by.pk,
)


def story_of_integration(integration: Integration) -> str:
    """The id under which events speak of an integration."""
    return f"people.integration:{integration.pk}"


@command(event="people.integration_added", title=__("Integration added"), may=administrator, staff=True)
def add_integration(_by: Person, *, id: str, title: str, held: Sequence[str]) -> Happened:
    """Let a program in under a name of its own, with roles such as `operator:water`."""
    if not name_pattern.fullmatch(id):
        wrong = _("A program is named with small Latin letters, digits and hyphens, at most 64.")
        raise errors.Refused(wrong, id=wrong)
    made = Integration(id=id, title=_titled(title), held=_roles(held))
    try:
        # Of two who take a name at once, the database lets one have it.
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError as known:
        taken = _("There was a program of this name before. Choose another.")
        raise errors.Conflict(taken, id=taken) from known
    return Happened(story_of_integration(made), data={"roles": made.held})


@command(
    event="people.integration_changed",
    title=__("Roles of the integration changed"),
    may=administrator,
    staff=True,
)
def change_integration(_by: Person, *, integration: Integration, held: Sequence[str]) -> Happened:
    """Give a program other roles; what it may do changes with its next request."""
    _let_in(integration)
    integration.held = _roles(held)
    integration.save(update_fields=["held"])
    return Happened(story_of_integration(integration), data={"roles": integration.held})


@command(event="people.integration_stopped", title=__("Integration stopped"), may=administrator, staff=True)
def stop_integration(_by: Person, *, integration: Integration) -> Happened:
    """Shut a program out for good; none of its tokens opens anything any more."""
    _let_in(integration)
    integration.stopped = timezone.now()
    integration.save(update_fields=["stopped"])
    return Happened(story_of_integration(integration))


@command(event="people.token_made", title=__("Token made"), may=resident, limit=per_day(20), staff=True)
def make_token(
    by: Person,
    *,
    title: str,
    scopes: Sequence[str],
    days: int,
    handle: str,
    fingerprint: str,
    second_factor: bool = False,
) -> Happened:
    """Make a token by which a program acts as oneself, within these scopes and for so many days."""
    return _made(Token(person=by), story_of(by), title, scopes, days, handle, fingerprint, second_factor)


@command(
    event="people.integration_token_made",
    title=__("Token of an integration made"),
    may=administrator,
    staff=True,
)
def make_integration_token(
    _by: Person,
    *,
    integration: Integration,
    title: str,
    scopes: Sequence[str],
    days: int,
    handle: str,
    fingerprint: str,
) -> Happened:
    """Make a token by which a program acts under its own name, within these scopes and for so many days."""
    _let_in(integration)
    token = Token(integration=integration)
    return _made(token, story_of_integration(integration), title, scopes, days, handle, fingerprint, True)


@command(event="people.token_revoked", title=__("Token revoked"), may=its_owner | administrator, staff=True)
def revoke_token(_by: Person, *, token: Token) -> Happened:
    """Let a token open nothing from this moment on."""
    if token.revoked is not None:
        raise errors.Conflict(_("The token is revoked already."))
    token.revoked = timezone.now()
    token.save(update_fields=["revoked"])
    about = (
        story_of_integration(token.integration) if token.integration else f"people.person:{token.person_id}"
    )
    return Happened(about, data={"token": token.pk})


def issue(
    by: Person,
    *,
    title: str,
    scopes: Sequence[str],
    days: int,
    integration: Integration | None = None,
    second_factor: bool = False,
) -> tuple[Token, str]:
    """Make a token by its command, for oneself or for a program; the row, and the token this one time."""
    owner = integration.actor_id if integration else by.actor_id
    # A form that is sent again gets the token that it made the first time: that answer may have been lost.
    text = tokens.written(idempotency.derived("token", by.actor_id, owner))
    kept = {"handle": tokens.handle(text), "fingerprint": tokens.fingerprint(text)}
    asked: dict[str, Any] = {"by": by, "title": title, "scopes": list(scopes), "days": days, **kept}
    if integration is None:
        make_token(second_factor=second_factor, **asked)
    else:
        make_integration_token(integration=integration, **asked)
    return Token.objects.get(handle=kept["handle"]), text


def _made(
    token: Token,
    about: str,
    title: str,
    scopes: Sequence[str],
    days: int,
    handle: str,
    fingerprint: str,
    second_factor: bool,
) -> Happened:
    wrong: dict[str, Any] = {}
    if not scopes or set(scopes) - tokens.opened().keys():
        wrong["scopes"] = _("Choose from the list what the token opens.")
    if not 1 <= days <= Token.LONGEST.days:
        wrong["days"] = _("A token lives for a day at least, and for a year at most.")
    if wrong:
        raise errors.Refused(**wrong)
    now = timezone.now()
    siblings = Token.objects.filter(person=token.person, integration=token.integration)
    if siblings.filter(revoked=None, expires__gt=now).count() >= MOST:
        raise errors.Conflict(_("There are %(most)d tokens already. Revoke one first.") % {"most": MOST})
    token.title, token.scopes = _titled(title), sorted(set(scopes))
    token.handle, token.fingerprint, token.second_factor = handle, fingerprint, second_factor
    token.expires = now + timedelta(days=days)
    token.save(force_insert=True)
    return Happened(about, data={"token": token.pk, "scopes": token.scopes, "expires": token.expires})


def _titled(title: str) -> str:
    said = " ".join(title.split())[:80]
    if not said:
        wrong = _("Say in a few words what it is for.")
        raise errors.Refused(wrong, title=wrong)
    return said


def _roles(held: Sequence[str]) -> list[str]:
    known = {f"{role}:{name}" for role in ROLES for name in services()}
    if not held or set(held) - known:
        wrong = _("Choose the roles from the list, one at least.")
        raise errors.Refused(wrong, held=wrong)
    return sorted(set(held))


def _let_in(integration: Integration) -> None:
    if not integration.is_active:
        raise errors.Conflict(_("The program is stopped. Let another one in."))
