"""Bearer: programs that show a token, and how often they and everybody else may ask.

A token is asked of the records with each request, so one that is revoked opens nothing from that moment on. Whoever
shows a wrong one is slowed by address; whoever shows a right one never is, whoever else guesses from there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import DatabaseError
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext_lazy as _

from candia.accounts import tokens
from candia.accounts.models import Token
from candia.core.errors import Forbidden, Unavailable
from candia.doors.limits import Limiter, address
from candia.doors.problems import TooOften, Unknown

#: Open to everyone: ten requests a second in the long run, two hundred at once.
open_to_all = Limiter(rate=10, burst=200, name="everyone")
#: A program with a token, of which somebody answers for each request.
per_token = Limiter(rate=25, burst=500, name="tokens")
#: Wrong tokens from one address.
guesses = Limiter(rate=0.5, burst=20, name="guesses")


class Tokenless(Unknown):
    """No token was shown, or none that opens anything."""

    title = _("Show a token that is valid: Authorization: Bearer cnd_…. You make one in your account.")
    challenge = 'Bearer realm="Candia"'


class OutOfScope(Forbidden):
    """The token was not made for this."""

    code = "out-of-scope"

    def __init__(self, scope: str) -> None:
        super().__init__(_("This token does not open that: it lacks the scope %(scope)s.") % {"scope": scope})


@dataclass(frozen=True)
class Program:
    """Who asks, as far as is known, and by which limit they are counted."""

    token: Token | None
    limiter: Limiter
    counted_as: str

    def count(self) -> None:
        """Count a request; raises TooOften."""
        if wait := self.limiter.wait(self.counted_as):
            raise TooOften(wait)

    def say_what_is_left(self, answer: HttpResponseBase) -> None:
        """The headers of IETF's draft: `RateLimit` and the policy that it tells of."""
        left, seconds = self.limiter.left(self.counted_as)
        name, most = self.limiter.name, self.limiter.burst
        answer["RateLimit-Policy"] = f'"{name}";q={most};w={round(most / self.limiter.rate)}'
        answer["RateLimit"] = f'"{name}";r={left};t={seconds}'


def asking(request: HttpRequest) -> Program:
    """Who asks by this request; raises Tokenless or TooOften where a token is shown that opens nothing.

    To read, a token is counted by itself if it was made for that, and otherwise as whoever comes.
    """
    peer = address(request.META.get("REMOTE_ADDR", ""))
    everyone = Program(None, open_to_all, peer)
    scheme, _space, text = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        return everyone
    token = _known(text.strip())
    if token is None:
        wait = guesses.wait(peer)
        raise TooOften(wait) if wait else Tokenless()
    if request.method in {"GET", "HEAD"} and tokens.READ not in token.scopes:
        return everyone
    return Program(token, per_token, f"token:{token.pk}")


def token_of(request: Any) -> Token:
    """The token that was shown; raises Tokenless where there was none."""
    program: Program | None = getattr(request, "program", None)
    if program is None or program.token is None:
        raise Tokenless
    return program.token


def _known(text: str) -> Token | None:
    try:
        return tokens.authenticate(text)
    except DatabaseError as away:
        raise Unavailable from away
