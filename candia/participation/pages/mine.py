"""Mine: what is somebody's own in the city, what they follow and are owed, and what is new since they looked."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from candia.accounts.push import choice
from candia.accounts.push.commands import unsubscribe
from candia.core.access import Person
from candia.core.service import services
from candia.participation import commands, notices
from candia.participation.forms import NoticesForm
from candia.participation.models import Comment, Follow, Notice, NoticeSettings, Support

log = logging.getLogger(__name__)
# So many of each; who has more finds them on the things' own pages.
MOST = 50


@never_cache
def mine(request: HttpRequest) -> HttpResponse:
    """What is this person's own, owed to them and new to them; and how they want to be told."""
    person: Any = request.user
    chosen = NoticeSettings.of(person)
    if "remove" in request.POST:
        return _removed(request, person)
    devices = list(person.subscriptions.all())
    form = _form(request, person, chosen, asks=bool(devices))
    if request.method == "POST" and form.is_valid():
        commands.choose_notices(by=person, **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("participation-mine")
    rows = list(Notice.objects.filter(person=person).order_by("-id")[:MOST])
    context = {
        "form": form,
        "devices": devices,
        "news": notices.told(rows),
        "read": chosen.read,
        **_of(person),
    }
    answer = render(request, "participation/mine.html", context, status=422 if form.errors else 200)
    if rows and rows[0].pk > chosen.read:
        NoticeSettings.objects.update_or_create(person=person, defaults={"read": rows[0].pk})
    return answer


def _form(request: HttpRequest, person: Person, chosen: NoticeSettings, *, asks: bool) -> NoticesForm:
    """How to tell them; where it `asks` for what devices tell of as well, a page that did not ask leaves that."""
    asks = asks and (request.method != "POST" or "devices" in request.POST)
    given = {"rhythm": chosen.rhythm, **({"push": choice.wanted(person)} if asks else {})}
    return NoticesForm(request.POST or None, kinds=choice.offered(person) if asks else {}, initial=given)


def _of(person: Person) -> dict[str, Any]:
    own = list(_own(person))
    return {
        "owed": [line for line in own if line.get("owed")],
        "own": own,
        "supported": _lines(Support.objects.filter(person=person).order_by("-id")),
        "followed": _lines(Follow.objects.filter(person=person).order_by("-id")),
        "said": _said(person),
    }


def _removed(request: HttpRequest, person: Person) -> HttpResponse:
    unsubscribe(by=person, subscription=request.POST["remove"])
    messages.success(request, _("The device is told no more."))
    return redirect("participation-mine")


def _own(person: Person) -> Iterable[Mapping[str, Any]]:
    for service in services().values():
        if service.mine is not None:
            try:
                yield from [{"kind": service.title, **line} for line in service.mine(person)]
            except Exception:  # the page stands, whatever happens to one service
                log.exception("%s could not say what is somebody's own", service.name)


def _lines(rows: Any) -> list[dict[str, Any]]:
    """The things of these rows, newest first; of what is hidden, no word."""
    ids = list(rows.values_list("entity", flat=True)[:MOST])
    known = notices.concrete(ids)
    return [
        {"title": str(thing), "url": notices.page_of(thing), "kind": thing.title}
        for thing, public in (known[id] for id in ids)
        if public
    ]


def _said(person: Person) -> list[dict[str, Any]]:
    comments = list(Comment.objects.filter(author=person).order_by("-id")[:MOST])
    known = notices.concrete(comment.entity_id for comment in comments)
    return [
        {
            "title": str(known[comment.entity_id][0]),
            "url": f"{notices.page_of(known[comment.entity_id][0])}#comment-{comment.pk}",
            "text": comment.text,
            "hidden_because": comment.hidden_because,
            "time": comment.written,
        }
        for comment in comments
        if known[comment.entity_id][1]
    ]
