"""What the front end knows of who is signed in, so that words never go out in another's name and none are lost."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from candia.core.errors import Forbidden

#: For whom a page was made; its scripts say so with whatever they send.
PERSON = "X-Person"
#: Why a request of a page's scripts was turned away: `gone`, `other` (person) or `aged` (token of the form).
STATE = "X-Session"
#: Names whoever has just signed out, so that the browser forgets their words; read and removed by the page.
LEFT = "candia-left"
LEFT_FOR_S = 14 * 24 * 3600


class OnePerson:
    """Turns away with 401, before anything is done, what a page sends for somebody who is no longer signed in."""

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on if it is still the same person's, and tell the browser of one who signs out."""
        asked = request.headers.get(PERSON)
        if asked is not None and asked != _person(request):
            return HttpResponse(status=401, headers={STATE: "other" if _person(request) else "gone"})
        mayleave = request.method == "POST" and settings.SESSION_COOKIE_NAME in request.COOKIES
        before = _person(request) if mayleave else ""
        answer = self.get_response(request)
        if before and not _person(request):
            secure = bool(settings.SESSION_COOKIE_SECURE)
            answer.set_cookie(LEFT, before, max_age=LEFT_FOR_S, samesite="Lax", secure=secure)
        return answer


def _person(request: HttpRequest) -> str:
    return str(request.user.pk) if request.user.is_authenticated else ""


@never_cache
def session(request: HttpRequest) -> JsonResponse:
    """Who is signed in (or nobody), and a fresh token for their forms; an answer says that the city is there."""
    return JsonResponse({"person": _person(request), "token": get_token(request)})


@never_cache
def signed_in(request: HttpRequest) -> HttpResponse:
    """Where signing in again ends, in a window of its own: it tells the waiting page and closes."""
    if not request.user.is_authenticated:
        return redirect_to_login(request.path)
    return render(request, "signed_in.html")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 — Django's signature
    """The page for a form whose token has aged; scripts are told so, ask for a fresh one and send again."""
    aged = _("This form has expired for your safety. Go back, reload the page, and send it again.")
    answer = render(request, "error.html", {"error": Forbidden(aged)}, status=403)
    answer[STATE] = "aged"
    return answer
