"""Pages of the desk: what was reported, and one thing as a moderator keeps its conversation decent."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from candia.core import errors
from candia.core.access import Grant, May, Person, moderator, operator
from candia.core.entity import Entity
from candia.core.numbers import number_of
from candia.core.service import services
from candia.participation import appeals, commands, deadlines, notices
from candia.participation.declaration import is_public, of
from candia.participation.forms import AnswerForm, ReasonForm
from candia.participation.models import Comment, Report
from candia.participation.pages import parts
from candia.participation.pages.thing import found
from candia.ui.forms import show_refusal

any_moderator = May(
    "moderator of any service",
    lambda by, _target: (
        isinstance(by, Person) and any(role == Grant.MODERATOR for role, _service in by.roles)
    ),
)


# What a button of a moderator asks for, and what is said when it is done.
ACTS: dict[str, tuple[Any, Any]] = {
    "hide": (commands.hide, gettext_lazy("It is hidden; everyone can read why.")),
    "restore": (commands.restore, gettext_lazy("It is shown again.")),
    "uphold": (commands.uphold_hiding, gettext_lazy("It stays hidden; everyone can read why.")),
    "lift": (commands.lift_hiding, gettext_lazy("It is shown again; everyone can read why.")),
    "dismiss": (commands.dismiss_reports, gettext_lazy("The reports are settled.")),
}
ON_COMMENTS: dict[str, tuple[Any, Any]] = {
    "hide": (commands.hide_comment, gettext_lazy("The comment is hidden; everyone can read why.")),
    "restore": (commands.restore_comment, gettext_lazy("The comment is shown again.")),
}


JUDGES = {Grant.MODERATOR, Grant.OPERATOR, Grant.ADMINISTRATOR}
#: Whoever keeps a conversation decent, answers for the city, or decides where no other moderator is.
any_judge = May(
    "moderator or operator of any service, or an administrator",
    lambda by, _target: isinstance(by, Person) and any(role in JUDGES for role, _service in by.roles),
)


def open_reports(by: Person) -> QuerySet[Report]:
    """What waits to be looked at in the services whose conversations this person moderates."""
    mine = Q(pk=None)
    for name in services():
        if moderator(name)(by):
            mine |= Q(entity__kind_name__startswith=f"{name}.")
    return Report.objects.filter(mine, settled=False)


def reports(request: HttpRequest) -> HttpResponse:
    """What was reported and is not settled yet, the oldest first."""
    person: Any = request.user
    rows = open_reports(person).select_related("comment", "entity").order_by("made")
    page = Paginator(rows, 25).get_page(request.GET.get("page"))
    return render(request, "participation/desk/reports.html", {"page_obj": page})


def moderate(request: HttpRequest, entity: str) -> HttpResponse:
    """One thing with the comments on it: to hide and restore, and to settle reports."""
    thing = found(entity)
    person: Any = request.user
    if not (
        moderator(thing.service_name)(person)
        or (of(thing).answers and operator(thing.service_name)(person))
        or appeals.has_waiting(thing, person)
    ):
        raise errors.Forbidden
    more: dict[str, Any] = {}
    if request.method == "POST":
        try:
            messages.success(request, done(request, thing))
            return redirect("participation-desk-moderate", entity=entity)
        except errors.Refused as refused:
            if isinstance(refused, errors.Forbidden | errors.NotFound):
                raise
            thing = found(entity)
            more = again(request, refused, thing)
    shown = {
        "thing": thing,
        "crumbs": [(_("Reported"), reverse("participation-desk-reports")), (str(thing), "")],
        "public_url": notices.page_of(thing) if is_public(thing) else "",
        **context(thing, person),
        **answering(thing, person),
    }
    return render(request, "participation/desk/moderate.html", shown | more, status=422 if more else 200)


def done(request: HttpRequest, thing: Entity) -> str:
    """Ask for what a moderator pressed, and say that it is done."""
    if request.POST.get("act") == "answer":
        return _answered(request, thing)
    number, act = number_of(request.POST.get("comment")) or None, request.POST.get("act", "")
    known = ON_COMMENTS if number and act in ON_COMMENTS else ACTS
    if act not in known:
        raise errors.Refused(_("The page asked for something that it can't. Reload it and try again."))
    command, said = known[act]
    offered = {"comment": number, "reason": request.POST.get("reason", "")}
    told = {name: value for name, value in offered.items() if name in command.parameters}
    command(by=request.user, entity=thing, **told)
    return str(said)


def _answered(request: HttpRequest, thing: Entity) -> str:
    by: Any = request.user
    commands.answer(by=by, entity=thing, **asked_answer(request, thing))
    return _("The answer is public.")


def asked_answer(request: HttpRequest, thing: Entity) -> dict[str, Any]:
    """What an officer wrote as an answer, by the names of a command's arguments; raises Refused."""
    form = AnswerForm(request.POST, titles=_titles(thing))
    if not form.is_valid():
        raise errors.Refused(status=_("Choose what the city says."))
    return {**form.cleaned_data, "seen": form.cleaned_data["seen"] or 0}


def _titles(thing: Entity) -> dict[str, Any]:
    declared = of(thing).answers
    return dict(declared.titles) if declared else {}


def again(request: HttpRequest, refused: errors.Refused, thing: Entity) -> dict[str, Any]:
    """The form that was sent, with what is wrong beside its fields."""
    if request.POST.get("act") == "answer":
        # With what stands there by now, so that it can be read and the form sent again.
        told = {**request.POST.dict(), "seen": newest_answer(thing)}
        form = AnswerForm(told, titles=_titles(thing))
        form.is_valid()
        show_refusal(form, refused)
        return {"answer_form": form}
    sent = ReasonForm(request.POST, auto_id="hide_%s")
    show_refusal(sent, refused)
    if request.POST.get("act") in {"uphold", "lift"}:
        return {"appeal_form": sent, "deciding": number_of(request.POST.get("hiding"))}
    number = number_of(request.POST.get("comment"))
    return {"comment_form": sent, "hiding_comment": number} if number else {"hide_form": sent}


def newest_answer(thing: Entity) -> int:
    """The number of a thing's last answer, by which it is told whether an officer saw it; 0 before the first."""
    return max((answer.pk for answer in thing.answers.all()), default=0)


def answering(thing: Entity, by: Person) -> dict[str, Any]:
    """What the part `answer` of the desk shows of a thing."""
    if of(thing).answers is None:
        return {}
    return {
        "owed": deadlines.owed(thing),
        "answers": sorted(thing.answers.all(), key=lambda answer: -answer.pk),
        "may_answer": operator(thing.service_name)(by) and is_public(thing),
        "answer_form": AnswerForm(titles=_titles(thing), initial={"seen": newest_answer(thing)}),
    }


def context(thing: Entity, by: Person) -> dict[str, Any]:
    """What the parts `comments` and `hide` of the desk show of a thing."""
    waiting = Report.objects.filter(settled=False)
    hidings = appeals.all_standing(thing)
    return {
        "declared": of(thing),
        "may_moderate": moderator(thing.service_name)(by),
        "hiding": hidings.get(None),
        "reports": list(waiting.filter(entity=thing.pk, comment=None)),
        "comments": parts.with_files(
            thing,
            Comment.objects.filter(entity=thing.pk)
            .select_related("author")
            .prefetch_related(Prefetch("reports", waiting, to_attr="waiting"))
            .annotate(open_reports=Count("reports", filter=Q(reports__settled=False)))
            .order_by("-open_reports", "-written"),
            hidings,
        ),
        "comment_form": ReasonForm(auto_id=False),
        "hide_form": ReasonForm(auto_id="hide_%s"),
    }
