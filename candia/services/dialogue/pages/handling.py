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
from candia.core.access import moderator, operator
from candia.services.dialogue import city, commands, states, story
from candia.services.dialogue.forms import AnswerForm, ReasonForm, tell
from candia.services.dialogue.models import Comment, Proposal

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
        lambda: Comment.objects.select_related("proposal", "author").order_by("-written"),
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
        Proposal.objects.select_related("author", "picture")
        .filter(number=number)
        .exclude(status=states.DRAFT)
        .first()
    )
    if shown is None:
        raise errors.NotFound
    forms = {
        "answer_form": AnswerForm(initial={"seen": _last(shown)}),
        "hide_form": ReasonForm(auto_id="hide_%s"),
    }
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
    act, reason = request.POST.get("act", ""), request.POST.get("reason", "")
    comment = int(request.POST["comment"]) if request.POST.get("comment", "").isdecimal() else None
    match act, comment:
        case "answer", _none:
            form = AnswerForm(request.POST)
            if not form.is_valid():
                raise errors.Refused(status=_("Choose what the city says."))
            content = dict(form.cleaned_data)
            content["seen"] = content["seen"] or 0
            ANSWER[content.pop("status")](by=by, proposal=shown, **content)
            return _("The answer is public.")
        case "hide", None:
            commands.hide_proposal(by=by, proposal=shown, reason=reason)
            return _("The proposal is hidden; everyone can read why.")
        case "hide", int():
            commands.hide_comment(by=by, proposal=shown, comment=comment, reason=reason)
            return _("The comment is hidden; everyone can read why.")
        case "restore", None:
            commands.restore_proposal(by=by, proposal=shown)
            return _("The proposal is shown again.")
        case "restore", int():
            commands.restore_comment(by=by, proposal=shown, comment=comment)
            return _("The comment is shown again.")
        case "dismiss", _any:
            commands.dismiss_reports(by=by, proposal=shown, comment=comment)
            return _("The reports are settled.")
    raise errors.Refused(_("The page asked for something that it can't. Reload it and try again."))


def _last(shown: Proposal) -> int:
    """The number of its last answer, by which it is told whether an officer saw it."""
    return shown.answers.values_list("pk", flat=True).last() or 0


def _again(request: HttpRequest, refused: errors.Refused, shown: Proposal) -> dict[str, Any]:
    """The form that was sent, with what is wrong beside its fields."""
    if request.POST.get("act") == "answer":
        # With what stands there by now, so that it can be read and the form sent again.
        form = AnswerForm({**request.POST.dict(), "seen": _last(shown)})
        form.is_valid()
        tell(form, refused)
        return {"answer_form": form}
    sent = ReasonForm(request.POST, auto_id="hide_%s")
    tell(sent, refused)
    comment = request.POST.get("comment", "")
    return (
        {"comment_form": sent, "hiding_comment": int(comment)} if comment.isdecimal() else {"hide_form": sent}
    )


def _context(request: HttpRequest, shown: Proposal) -> dict[str, Any]:
    person: Any = request.user
    reports = shown.reports.filter(settled=False).select_related("comment")
    return {
        "proposal": shown,
        "goal": city.goal(),
        "crumbs": [
            (_("Proposals"), reverse("dialogue-desk-queue")),
            (_("No. %(number)s") % {"number": shown.number}, ""),
        ],
        "may_answer": operator("dialogue")(person),
        "may_moderate": moderator("dialogue")(person),
        "answerable": shown.is_public and bool(states.MOVES[shown.status] & states.ANSWERS),
        "answers": shown.answers.order_by("-id"),
        "hiding": shown.hidings.filter(until=None).last(),
        "reports": [report for report in reports if report.comment is None],
        "comments": shown.comments.select_related("author")
        .annotate(open_reports=Count("reports", filter=Q(reports__settled=False)))
        .order_by("-open_reports", "-written"),
        "reported": {report.comment_id: report.reason for report in reports if report.comment},
        "comment_form": ReasonForm(auto_id=False),
        "story": story.lines(shown),
    }
