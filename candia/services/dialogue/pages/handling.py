"""Pages of the desk: what waits for an answer or a moderator, and one proposal as staff handle it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, F, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from candia.core import errors
from candia.participation.models import Comment
from candia.participation.pages import moderation
from candia.services.dialogue import city, commands, states, story
from candia.services.dialogue.models import Proposal

REPORTED = Q(reports__settled=False)
ANSWER = {
    states.ACCEPTED: commands.accept_proposal,
    states.NOT_NOW: commands.postpone_proposal,
    states.REJECTED: commands.decline_proposal,
}
TABS: dict[str, tuple[Any, Callable[[], QuerySet[Any]]]] = {
    "answer": (
        gettext_lazy("To answer"),
        # What has been promised an answer comes first, the longest waiting before the others.
        lambda: (
            Proposal.published()
            .filter(status=states.OPEN)
            .select_related("answer_due")
            .order_by(F("answer_due__since").asc(nulls_last=True), "-support_count", "submitted")
        ),
    ),
    "reported": (
        gettext_lazy("Reported"),
        lambda: Proposal.objects.filter(REPORTED).distinct().order_by("number"),
    ),
    "comments": (
        gettext_lazy("Latest comments"),
        lambda: (
            Comment.objects.filter(entity__kind_name=Proposal.kind)
            .select_related("entity", "author")
            .order_by("-written")
        ),
    ),
    "answered": (
        gettext_lazy("Answered"),
        lambda: Proposal.published().filter(status__in=states.ANSWERS).order_by("-answered"),
    ),
    "hidden": (
        gettext_lazy("Hidden"),
        lambda: (
            Proposal.objects.filter(Q(hidden=True) | Q(comments__hidden_because__gt=""))
            .distinct()
            .order_by("-number")
        ),
    ),
}


def queue(request: HttpRequest) -> HttpResponse:
    """What waits at the desk, in tabs; what was promised an answer comes first, then the most supported."""
    name = request.GET.get("tab", "answer")
    name = name if name in TABS else "answer"
    rows = TABS[name][1]()
    if name != "comments":
        rows = rows.annotate(open_reports=Count("reports", filter=REPORTED, distinct=True))
    tabs = [
        {
            "label": title,
            "url": f"?tab={tab}",
            "current": tab == name,
            "count": find().count() if tab in {"answer", "reported", "hidden"} else None,
        }
        for tab, (title, find) in TABS.items()
    ]
    context = {
        "tabs": tabs,
        "tab": name,
        "page_obj": Paginator(rows, 25).get_page(request.GET.get("page")),
        "goal": city.goal(),
    }
    return render(request, "dialogue/queue.html", context)


def handle(request: HttpRequest, number: int) -> HttpResponse:
    """One proposal as staff handle it: answer, hide and restore, settle reports."""
    shown = _found(number)
    forms: dict[str, Any] = {}
    status = 200
    if request.method == "POST":
        try:
            messages.success(request, str(_done(request, shown)))
            return redirect("dialogue-desk-handle", number=number)
        except errors.Refused as refused:
            if isinstance(refused, errors.Forbidden | errors.NotFound):
                raise
            shown = _found(number)
            forms = moderation.again(request, refused, shown)
            status = refused.status
    return render(
        request,
        "dialogue/handle.html",
        _context(request, shown) | forms,
        status=status,
    )


def _found(number: int) -> Proposal:
    known = Proposal.objects.select_related("author", "answer_due").prefetch_related("answers", story.HIDINGS)
    shown = known.filter(number=number).exclude(status=states.DRAFT).first()
    if shown is None:
        raise errors.NotFound
    return shown


def _done(request: HttpRequest, shown: Proposal) -> str:
    """Ask for what was pressed, and say that it is done."""
    by: Any = request.user
    if request.POST.get("act") != "answer":
        return moderation.done(request, shown)
    content = moderation.asked_answer(request, shown)
    ANSWER[content.pop("status")](by=by, proposal=shown, **content)
    return _("The answer is public.")


def _context(request: HttpRequest, shown: Proposal) -> dict[str, Any]:
    person: Any = request.user
    answering = moderation.answering(shown, person)
    may_answer = answering["may_answer"] and bool(states.MOVES[shown.status] & states.ANSWERS)
    return (
        moderation.context(shown, person)
        | answering
        | {
            "proposal": shown,
            "goal": city.goal(),
            "crumbs": [
                (_("Proposals"), reverse("dialogue-desk-queue")),
                (_("No. %(number)s") % {"number": shown.number}, ""),
            ],
            "may_answer": may_answer,
            "story": story.lines(shown),
        }
    )
