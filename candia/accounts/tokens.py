"""Tokens: how a program proves whose it is. A token is shown once; only a hash of it is kept.

`cnd_`, 43 signs of 256 random bits, of which the first eight name the token's row, and six signs of checksum: so
scanners know one in a leaked file, and a mistyped one costs the records nothing. Nobody can try so many, so a
single SHA-256 keeps it (as a device's secret).
"""

from __future__ import annotations

import hashlib
import re
import zlib
from collections.abc import Iterable
from datetime import timedelta

from django.conf import settings
from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _

from candia.accounts.models import Token
from candia.accounts.second_factor import is_missing
from candia.core.access import Person, RoleHolder, author
from candia.core.command import Command
from candia.core.service import Service, services

PREFIX, READ, COMMANDS = "cnd_", "read", "commands:"
SIGNS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
BODY, HANDLE, CHECKSUM = 43, 8, 6
shape = re.compile(rf"{PREFIX}[0-9A-Za-z]{{{BODY + CHECKSUM}}}")
# When it was used last is written down this often, which is near enough to notice a stranger.
NOTED = timedelta(minutes=1)


def written(bits: bytes) -> str:
    """The token that these 256 bits are."""
    body = _signs(int.from_bytes(bits), BODY)
    return f"{PREFIX}{body}{_checksum(body)}"


def is_whole(text: str) -> bool:
    """Whether this is a token, as far as one can say without looking it up."""
    body = text[len(PREFIX) : -CHECKSUM]
    return bool(shape.fullmatch(text)) and text[-CHECKSUM:] == _checksum(body)


def handle(text: str) -> str:
    """The signs of a token by which its row is found; they prove nothing."""
    return text[len(PREFIX) :][:HANDLE]


def fingerprint(text: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def authenticate(text: str) -> Token | None:
    """The token, with its owner, if it opens anything at this moment; asked of the records each time."""
    if not is_whole(text):
        return None
    found = Token.objects.select_related("person", "integration").filter(handle=handle(text)).first()
    # As long for a handle that nobody has as for a wrong token.
    same = constant_time_compare(fingerprint(text), found.fingerprint if found else fingerprint(""))
    if found is None or not same or not found.is_open:
        return None
    _note(found)
    return found


def acting(token: Token) -> RoleHolder:
    """Who acts by a token; staff without a second factor, then or now, as the plain residents that they are."""
    owner = token.owner
    proved = token.second_factor or not settings.CANDIA_REQUIRE_MFA
    if isinstance(owner, Person) and (not proved or is_missing(owner)):
        owner.rest_roles()
    return owner


def opened() -> dict[str, str]:
    """The scopes that there are, in the reader's words: reading, and acting in each service that opens commands."""
    named = {
        COMMANDS + service.name: _("Act in %(service)s") % {"service": service.title}
        for service in services().values()
        if any(command.api for command in service.commands)
    }
    return {READ: _("Read more often, and no more than everyone sees"), **named}


def opened_to(owner: RoleHolder) -> dict[str, str]:
    """Those of them in which a token of this owner can do anything, by what they are and hold at this moment."""
    useful = {
        COMMANDS + service.name
        for service in services().values()
        if any(command.api and _is_open(command, service, owner) for command in service.commands)
    }
    return {scope: words for scope, words in opened().items() if scope == READ or scope in useful}


def titles(scopes: Iterable[str]) -> list[str]:
    """Scopes in the reader's words; one of a service that is switched off as it stands."""
    known = opened()
    return [known.get(scope, scope) for scope in scopes]


def _is_open(command: Command, service: Service, owner: RoleHolder) -> bool:
    """Whether this owner may ask for it of something: of one's own, as a resident, or by a role in that service."""
    if not isinstance(owner, command.asker):
        return False
    if command.may(owner) or (command.may == author and isinstance(owner, Person)):
        return True
    # What every city has is done to the things of all services.
    everywhere = service.name not in settings.CANDIA_CITY.services
    return owner.is_staff if everywhere else owner.is_staff_of(service.name)


def _note(token: Token) -> None:
    now = timezone.now()
    Token.objects.filter(Q(last_used=None) | Q(last_used__lt=now - NOTED), pk=token.pk).update(last_used=now)


def _checksum(body: str) -> str:
    return _signs(zlib.crc32(body.encode()), CHECKSUM)


def _signs(number: int, length: int) -> str:
    found = ""
    for _place in range(length):
        number, sign = divmod(number, len(SIGNS))
        found = SIGNS[sign] + found
    return found
