"""The second factor of staff: without one a role rests, and the desk shows the way to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from allauth.account.authentication import get_authentication_records
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from candia.core import errors
from candia.core.access import Person


def is_missing(person: object) -> bool:
    """Whether this is a member of staff who must add a second factor before a role counts."""
    if not (settings.CANDIA_REQUIRE_MFA and isinstance(person, Person)):
        return False
    return person.grants.exists() and not is_mfa_enabled(person)


def was_shown(request: HttpRequest, person: Person) -> bool:
    """Whether whoever is signed in here has shown a second factor."""
    return any(record["method"] == "mfa" for record in get_authentication_records(request, person))


def must_be_shown(request: HttpRequest, person: Person) -> None:
    """Refuse staff who have not shown the second factor that their role needs; the sentence says what to do."""
    if not (settings.CANDIA_REQUIRE_MFA and person.grants.exists()):
        return
    if is_missing(person):
        raise errors.Refused(
            _("Your role needs a second factor. Add one in your account, then make the token.")
        )
    if not was_shown(request, person):
        raise errors.Refused(_("Sign out and in again with your second factor, then make the token."))


class SecondFactor:
    """Takes staff for plain residents, on pages and in the API alike, until they add a second factor."""

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on, or answer a request for the desk with the way to a second factor."""
        user: Any = request.user if settings.SESSION_COOKIE_NAME in request.COOKIES else None
        if user is not None and _may_be_missing(user) and is_missing(user):
            user.rest_roles()
            if request.path.startswith(reverse("desk")):
                return render(request, "people/second_factor.html", status=403)
        return self.get_response(request)


def _may_be_missing(user: Any) -> bool:
    """Whether the records must be asked: not for who holds no role, nor where the session says of a factor."""
    return bool(getattr(user, "roles", ())) and not getattr(user, "has_factor", False)


def accounts(request: HttpRequest) -> dict[str, Any]:  # noqa: ARG001 — a context processor's signature
    """What templates say of the rule: whether staff need a second factor."""
    return {"require_second_factor": settings.CANDIA_REQUIRE_MFA}
