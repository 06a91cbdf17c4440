"""Which of a person's browsers a request comes from: a signed number in a cookie, for as long as it is told.

Whoever signs out of a browser is told nothing there any more, nor is whoever had it before somebody else signs in.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from candia.accounts.push.commands import unsubscribe
from candia.accounts.push.models import Subscription
from candia.core.access import Person, system

COOKIE = "candia-push"
YEAR_S = 365 * 24 * 3600
salt = "people.push"


def remember(answer: HttpResponse, subscription: Subscription) -> None:
    """Let the browser say with each request which one it is."""
    answer.set_cookie(
        COOKIE,
        signing.dumps(subscription.pk, salt=salt),
        max_age=YEAR_S,
        httponly=True,
        samesite="Lax",
        secure=bool(settings.SESSION_COOKIE_SECURE),
    )


def of(request: HttpRequest) -> Subscription | None:
    """The one that the request comes from, whoever's it is; None where it is not told."""
    try:
        number = signing.loads(request.COOKIES[COOKIE], salt=salt)
    except (KeyError, signing.BadSignature):
        return None
    return Subscription.objects.filter(pk=number).first()


def left(request: HttpRequest, **_told: Any) -> None:
    """Somebody signs out of this browser."""
    if found := of(request):
        unsubscribe(by=system, subscription=found)


def came(request: HttpRequest, user: Person, **_told: Any) -> None:
    """Somebody signs in: whoever else had this browser is told nothing there any more."""
    if (found := of(request)) and found.person_id != user.pk:
        unsubscribe(by=system, subscription=found)


def others_left(request: HttpRequest, user: Person, **_told: Any) -> None:
    """Somebody changed their password or signed out everywhere else: none but this browser is told."""
    here = of(request)
    for one in Subscription.objects.filter(person=user):
        if one != here:
            unsubscribe(by=system, subscription=one)
