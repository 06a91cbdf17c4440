"""My neighbourhood: a zone that a reader chose once, kept on their device alone, and what that brings nearer.

It is a cookie and not a column: it serves whoever has no account, and the city does not learn where they live. A
page that is made once for all visitors is made once for each zone (`shared(…, by=zone_of)`).
"""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from candia.core.zones import zones

COOKIE = "candia_zone"
A_YEAR = 365 * 24 * 3600


def zone_of(request: HttpRequest) -> str:
    """The zone that this reader chose; empty where they chose none, or one that the city no longer has."""
    chosen = request.COOKIES.get(COOKIE, "")
    return chosen if chosen in zones() else ""


def choose(request: HttpRequest) -> HttpResponse:
    """Keep `?zone=` on the reader's device, none to forget it, and go back to `next`.

    Asked for with GET: a form with a secret of its own can't stand on a page that is the same for all, and the
    worst that somebody else can do by it is to show a reader another part of the city first.
    """
    back = request.GET.get("next", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts=None) or not back.startswith("/"):
        back = reverse("home")
    answer = HttpResponseRedirect(back)
    zone = request.GET.get("zone", "")
    if zone in zones():
        answer.set_cookie(
            COOKIE,
            zone,
            max_age=A_YEAR,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
    else:
        answer.delete_cookie(COOKIE, samesite="Lax")
    return answer
