"""Throttle of sign-ins: wrong passwords and codes are slowed by who sends them, so that nobody locks an owner out.

A count for the account alone would let anybody close it with five wrong words. So three things are counted: tries
from an address, tries at an account from an address, and tries at an account from all addresses together, which is
what slows a guesser with many. The last two do not touch a device on which the owner has signed in before: it holds
a signed cookie, and has a count of its own (OWASP's "device cookies"). An owner with a new device, while somebody
guesses from everywhere, sets a new password with the code from the mail; that makes it a known one.
"""

from __future__ import annotations

from typing import Any

from allauth.core.internal import ratelimit
from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import get_random_string, salted_hmac
from django.utils.translation import gettext as _

COOKIE, YEAR = "known_device", 365 * 24 * 3600
PROVED = "people.proved"
# Accounts that one browser knows; the oldest is forgotten.
MOST = 5
# Each costs four questions to the database, so there is one of a kind.
LIMITS = {
    "address": "20/10m/ip",
    "account_from_address": "5/5m/key",
    "account": "20/h/key",
    "known_device": "10/5m/key",
}


def take(request: HttpRequest, what: str) -> ratelimit.RateLimitUsage | None:
    """Count one try at `what`, such as an e-mail address; None where it is one too many.

    Whoever turns out to be right rolls it back.
    """
    if device := _device(request, what):
        asked = {"known_device": f"{device}:{what}"}
    else:
        who = ratelimit.get_ip(request)
        # In this order: what one address may not does not count against the account.
        asked = {"address": "", "account_from_address": f"{who}:{what}", "account": what}
    usage = ratelimit.RateLimitUsage(usage=[])
    for action, key in asked.items():
        one = ratelimit.consume(request, app="people", action=action, config=LIMITS, key=key)
        if one is None:
            return None
        usage.usage += one.usage
    return usage


def prove(request: HttpRequest, email: str) -> None:
    """Note in the session that this person reads the mail of this address, and begin its counts anew."""
    request.session[PROVED] = [*request.session.get(PROVED, []), _mark(email)][-MOST:]
    ratelimit.clear(request, app="people", action="account", config=LIMITS, key=email)


def remember(request: HttpRequest, answer: HttpResponse, *what: str) -> None:
    """Let the browser know that somebody has signed in to these here."""
    state = _told(request)
    id = state.get("id") or get_random_string(16)
    marks = [*(mark for mark in state.get("marks", []) if mark not in map(_mark, what)), *map(_mark, what)]
    answer.set_cookie(
        COOKIE,
        signing.dumps({"id": id, "marks": marks[-2 * MOST :]}, salt=COOKIE),
        max_age=YEAR,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def too_many() -> str:
    """What who guessed too often is told; the same whether there is such an account or not."""
    return _(
        "Too many wrong tries. Wait a few minutes, use a device on which you have signed in before, "
        "or set a new password."
    )


def _device(request: HttpRequest, what: str) -> str:
    state = _told(request)
    if _mark(what) in state.get("marks", []):
        return str(state["id"])
    if _mark(what) in request.session.get(PROVED, []):
        return f"proved {_mark(what)}"
    return ""


def _told(request: HttpRequest) -> dict[str, Any]:
    try:
        state: dict[str, Any] = signing.loads(request.COOKIES.get(COOKIE, ""), salt=COOKIE, max_age=YEAR)
    except signing.BadSignature:
        return {}
    return state


def _mark(what: str) -> str:
    # No address stands in the browser of a machine that others use too.
    return salted_hmac("people.known_device", what.lower()).hexdigest()[:20]
