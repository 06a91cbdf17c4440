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

from candia.core import errors
from candia.core.access import Grant, May, Person, moderator
from candia.core.entity import Entity
from candia.core.service import services
from candia.participation import commands, notices
from candia.participation.declaration import is_public, of
from candia.participation.forms import ReasonForm
from candia.participation.models import Comment, Hiding, Report
from candia.participation.pages import parts
from candia.participation.pages.thing import found, number_of
from candia.ui.forms import show_refusal

any_moderator = May(
    "moderator of any service",
    lambda by, _target: (
        isinstance(by, Person) and any(role == Grant.MODERATOR for role, _service in by.roles)
    ),
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
    if not moderator(thing.service_name)(person):
        raise errors.Forbidden
    more: dict[str, Any] = {}
    if request.method == "POST":
        try:
            messages.success(request, done(request, thing))
            return redirect("participation-desk-moderate", entity=entity)
        except errors.Refused as refused:
            if isinstance(refused, errors.Forbidden | errors.NotFound):
                raise
            thing, more = found(entity), again(request, refused)
    shown = {
        "thing": thing,
        "crumbs": [(_("Reported"), reverse("participation-desk-reports")), (str(thing), "")],
        "public_url": notices.page_of(thing) if is_public(thing) else "",
        **context(thing, person),
    }
    return render(request, "participation/desk/moderate.html", shown | more, status=422 if more else 200)


def done(request: HttpRequest, thing: Entity) -> str:
    """Ask for what a moderator pressed, and say that it is done."""
    told: dict[str, Any] = {"by": request.user, "entity": thing}
    number = number_of(request.POST.get("comment"))
    reason = request.POST.get("reason", "")
    match request.POST.get("act", ""), bool(number):
        case "hide", False:
            commands.hide(**told, reason=reason)
            return _("It is hidden; everyone can read why.")
        case "hide", True:
            commands.hide_comment(**told, comment=number, reason=reason)
            return _("The comment is hidden; everyone can read why.")
        case "restore", False:
            commands.restore(**told)
            return _("It is shown again.")
        case "restore", True:
            commands.restore_comment(**told, comment=number)
            return _("The comment is shown again.")
        case "dismiss", _any:
            commands.dismiss_reports(**told, comment=number or None)
            return _("The reports are settled.")
    raise errors.Refused(_("The page asked for something that it can't. Reload it and try again."))


def again(request: HttpRequest, refused: errors.Refused) -> dict[str, Any]:
    """The form that was sent, with what is wrong beside its fields."""
    sent = ReasonForm(request.POST, auto_id="hide_%s")
    show_refusal(sent, refused)
    number = number_of(request.POST.get("comment"))
    return {"comment_form": sent, "hiding_comment": number} if number else {"hide_form": sent}


def context(thing: Entity, by: Person) -> dict[str, Any]:
    """What the parts `comments` and `hide` of the desk show of a thing."""
    waiting = Report.objects.filter(settled=False)
    return {
        "declared": of(thing),
        "may_moderate": moderator(thing.service_name)(by),
        "hiding": Hiding.objects.filter(entity=thing.pk, until=None).last(),
        "reports": list(waiting.filter(entity=thing.pk, comment=None)),
        "comments": parts.with_files(
            thing,
            Comment.objects.filter(entity=thing.pk)
            .select_related("author")
            .prefetch_related(Prefetch("reports", waiting, to_attr="waiting"))
            .annotate(open_reports=Count("reports", filter=Q(reports__settled=False)))
            .order_by("-open_reports", "-written"),
        ),
        "comment_form": ReasonForm(auto_id=False),
        "hide_form": ReasonForm(auto_id="hide_%s"),
    }
