"""A proposal's own page: what it says, who supports it, what others say, and what the city answered."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from candia.core import attachment, errors
from candia.core.access import Person, moderator, operator
from candia.participation.forms import ReasonForm
from candia.participation.pages import thing as take_part
from candia.services.dialogue import commands, states, story
from candia.services.dialogue.home import map_tone, tone_words
from candia.services.dialogue.models import Proposal
from candia.ui.forms import show_refusal
from candia.ui.map_layers import one_place

at_desk = moderator("dialogue") | operator("dialogue")


def proposal(request: HttpRequest, number: int) -> HttpResponse:
    """One proposal with everything said about it; buttons and forms on it are posted to it."""
    shown = found(request, number)
    if shown.status == states.DRAFT:
        return redirect(f"{reverse('dialogue-new-proposal')}?draft={number}")
    if request.method != "POST":
        return show(request, shown)
    if request.POST.get("act") == "withdraw":
        return _withdrawn(request, shown)
    # What was written here before such forms were sent to participation's own address may still be on its way.
    return take_part(request, shown.pk)


def show(request: HttpRequest, shown: Proposal, status: int = 200, **more: Any) -> HttpResponse:
    """The page as things are now: of what is hidden, never more than that and why."""
    template = "dialogue/proposal.html" if shown.is_public else "dialogue/hidden.html"
    return render(request, template, context(request, shown, **more), status=status)


def found(request: HttpRequest, number: int) -> Proposal:
    """The proposal of this number; a draft only for its author."""
    known = Proposal.objects.select_related("author").prefetch_related("answers", "hidings")
    shown = known.filter(number=number).first()
    if shown is None or (shown.status == states.DRAFT and shown.author_id != request.user.pk):
        raise errors.NotFound
    return shown


def context(request: HttpRequest, shown: Proposal, **more: Any) -> dict[str, Any]:
    """What the page and its parts show."""
    person = request.user
    by = person if isinstance(person, Person) else None
    files = attachment.by_kind(attachment.of(shown)[shown.pk])
    answers = sorted(shown.answers.all(), key=lambda answer: answer.pk, reverse=True)
    return {
        "proposal": shown,
        "crumbs": [
            (_("Proposals"), reverse("dialogue-proposals")),
            (_("No. %(number)s") % {"number": shown.number}, ""),
        ],
        "withdrawable": by is not None
        and shown.author_id == by.pk
        and states.WITHDRAWN in states.MOVES[shown.status],
        "at_desk": at_desk(by),
        "answer": next(iter(answers), None),
        "earlier": answers[1:],
        "hiding": next((one for one in shown.hidings.all() if one.until is None), None),
        "story": story.lines(shown),
        "layers": one_place(
            _("The place of the proposal"),
            shown.point(),
            words=tone_words(),
            name=shown.heading,
            tone=map_tone(shown),
        ),
        **files,
        "single": len(files["pictures"]) == 1,
        "withdraw_form": ReasonForm(auto_id="withdraw_%s"),
        **more,
    }


def _withdrawn(request: HttpRequest, shown: Proposal) -> HttpResponse:
    person = request.user
    if not isinstance(person, Person):
        return redirect_to_login(request.path)
    form = ReasonForm(request.POST, auto_id="withdraw_%s")
    try:
        commands.withdraw_proposal(by=person, proposal=shown, reason=request.POST.get("reason", ""))
    except errors.Refused as refused:
        show_refusal(form, refused)
        return show(request, found(request, shown.number), status=refused.status, withdraw_form=form)
    messages.success(request, _("Your proposal is withdrawn. It stays readable with your reason."))
    return redirect("dialogue-proposal", number=shown.number)
