"""The feeds, for whoever answers for a service: which of them bring something, which do not, and why.

They come because an alert, or a curve that ends, made them doubt a feed; they must see at a glance whose fault it
is, and try again once it is mended.
"""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from candia.core import errors
from candia.devices.commands import operates
from candia.operations.feeds.commands import ask_feed
from candia.operations.feeds.health import healths
from candia.operations.pages.inbox import at_desk


def feeds(request: HttpRequest) -> HttpResponse:
    """All feeds of this person's services with how they do, the troubled first; one may be fetched now."""
    by = at_desk(request)
    if request.method == "POST":
        try:
            ask_feed(by=by, feed=request.POST.get("feed", ""))
            messages.success(request, _("It is being fetched. The page shows in a moment what came of it."))
        except errors.CandiaError as refused:
            messages.error(request, str(refused))
        return redirect("operations-desk-feeds")
    order = ["bad", "warn", "info", "good", "quiet"]
    shown = sorted(healths(operates(by)), key=lambda one: (order.index(one.badge[1]), one.title))
    return render(request, "operations/feeds/list.html", {"feeds": shown})
