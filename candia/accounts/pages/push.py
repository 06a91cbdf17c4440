"""On this device too: a page's script learns by what key the city is known, and says that this browser is told."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache

from candia.accounts.models import Subscription
from candia.accounts.push import browser, message
from candia.accounts.push.commands import subscribe, unsubscribe
from candia.core import errors
from candia.core.access import Person
from candia.ui.reader import member
from candia.ui.templatetags.ui_tags import browser as name_of


@never_cache
def push(request: HttpRequest) -> HttpResponse:
    """The city's key, and whether this browser is told: it is once keys are posted, and no more with `end`."""
    by, here = member(request), browser.of(request)
    if here is not None and here.person_id != by.pk:
        here = None
    try:
        if "end" in request.POST:
            if here is not None:
                unsubscribe(by=by, subscription=here)
            here = None
        elif request.method == "POST":
            here = _subscribed(request, by)
    except errors.CandiaError as no:
        return JsonResponse(no.problem(), status=no.status)
    answer = JsonResponse({"key": message.public_key(), "here": here is not None})
    if here is not None and request.method == "POST":
        browser.remember(answer, here)
    return answer


def _subscribed(request: HttpRequest, by: Person) -> Subscription:
    said: dict[str, Any] = {name: request.POST.get(name, "") for name in ("endpoint", "p256dh", "auth")}
    subscribe(by=by, browser=str(name_of(request.headers.get("User-Agent", ""))), **said)
    return Subscription.objects.get(endpoint=said["endpoint"])
