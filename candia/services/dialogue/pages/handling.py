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
from candia.core.access import operator
from candia.participation.models import Comment
from candia.participation.pages import moderation
from candia.services.dialogue import city, commands, states, story
from candia.services.dialogue.forms import AnswerForm
from candia.services.dialogue.models import Proposal
from candia.ui.forms import show_refusal

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
            .order_by(F("reached").asc(nulls_last=True), "-support_count", "submitted")
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
    shown = (
        Proposal.objects.select_related("author").filter(number=number).exclude(status=states.DRAFT).first()
    )
    if shown is None:
        raise errors.NotFound
    forms: dict[str, Any] = {"answer_form": AnswerForm(initial={"seen": _last(shown)})}
    status = 200
    if request.method == "POST":
        try:
            messages.success(request, str(_done(request, shown)))
            return redirect("dialogue-desk-handle", number=number)
        except errors.Refused as refused:
            if isinstance(refused, errors.Forbidden | errors.NotFound):
                raise
            shown.refresh_from_db()
            forms |= _again(request, refused, shown)
            status = refused.status
    return render(
        request,
        "dialogue/handle.html",
        _context(request, shown) | forms,
        status=status,
    )


def _done(request: HttpRequest, shown: Proposal) -> str:
    """Ask for what was pressed, and say that it is done."""
    by: Any = request.user
    if request.POST.get("act") != "answer":
        return moderation.done(request, shown)
    form = AnswerForm(request.POST)
    if not form.is_valid():
        raise errors.Refused(status=_("Choose what the city says."))
    content = dict(form.cleaned_data)
    content["seen"] = content["seen"] or 0
    ANSWER[content.pop("status")](by=by, proposal=shown, **content)
    return _("The answer is public.")


def _last(shown: Proposal) -> int:
    """The number of its last answer, by which it is told whether an officer saw it."""
    return shown.answers.values_list("pk", flat=True).last() or 0


def _again(request: HttpRequest, refused: errors.Refused, shown: Proposal) -> dict[str, Any]:
    """The form that was sent, with what is wrong beside its fields."""
    if request.POST.get("act") == "answer":
        # With what stands there by now, so that it can be read and the form sent again.
        form = AnswerForm({**request.POST.dict(), "seen": _last(shown)})
        form.is_valid()
        show_refusal(form, refused)
        return {"answer_form": form}
    return moderation.again(request, refused)


def _context(request: HttpRequest, shown: Proposal) -> dict[str, Any]:
    person: Any = request.user
    return moderation.context(shown, person) | {
        "proposal": shown,
        "goal": city.goal(),
        "crumbs": [
            (_("Proposals"), reverse("dialogue-desk-queue")),
            (_("No. %(number)s") % {"number": shown.number}, ""),
        ],
        "may_answer": operator("dialogue")(person),
        "answerable": shown.is_public and bool(states.MOVES[shown.status] & states.ANSWERS),
        "answers": shown.answers.order_by("-id"),
        "story": story.lines(shown),
    }
