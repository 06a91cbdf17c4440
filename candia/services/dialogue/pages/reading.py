"""A proposal's own page: what it says, who supports it, what others say, and what the city answered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from candia.core import errors
from candia.core.access import Person, moderator, operator
from candia.services.dialogue import city, commands, pictures, states, story
from candia.services.dialogue.forms import CommentForm, ReasonForm, tell
from candia.services.dialogue.home import by_when
from candia.services.dialogue.models import Comment, Picture, Proposal

at_desk = moderator("dialogue") | operator("dialogue")
PARTS = ("voice", "said")
# What a button without a form of its own asks for, and what is said when it is done.
PRESSED: dict[str, tuple[Any, Any]] = {
    "support": (commands.support_proposal, gettext_lazy("You support this proposal.")),
    "withdraw-support": (commands.withdraw_support, gettext_lazy("Your support is withdrawn.")),
    "follow": (commands.follow, gettext_lazy("You get mail when something happens here.")),
    "unfollow": (commands.unfollow, gettext_lazy("You get no more mail about this proposal.")),
}


def proposal(request: HttpRequest, number: int) -> HttpResponse:
    """One proposal with everything said about it; buttons and forms on it are posted to it."""
    shown = found(request, number)
    if shown.status == states.DRAFT:
        return redirect(f"{reverse('dialogue-new-proposal')}?draft={number}")
    if request.method == "POST":
        return posted(request, shown)
    part = request.GET.get("part")
    return show(request, number, f"parts/{part}" if part in PARTS else "proposal")


def show(
    request: HttpRequest, number: int, name: str = "proposal", status: int = 200, **more: Any
) -> HttpResponse:
    """The page or a part of it, as things are now: of what is hidden, never more than that and why."""
    shown = found(request, number)
    template = f"dialogue/{name}.html" if shown.is_public else "dialogue/hidden.html"
    return render(request, template, context(request, shown, **more), status=status)


def found(request: HttpRequest, number: int) -> Proposal:
    """The proposal of this number; a draft only for its author."""
    shown = Proposal.objects.select_related("author", "picture").filter(number=number).first()
    if shown is None or (shown.status == states.DRAFT and shown.author_id != request.user.pk):
        raise errors.NotFound
    return shown


def posted(request: HttpRequest, shown: Proposal) -> HttpResponse:
    """Do what was pressed on the page, and show the page (or, for htmx, its part) anew."""
    person = request.user
    if not isinstance(person, Person):
        return _to_the_door(request)
    act = request.POST.get("act", "")
    if act in PRESSED:
        return _pressed(request, person, shown, act)
    written: dict[str, Callable[[HttpRequest, Person, Proposal], HttpResponse]] = {
        "comment": _commented,
        "report": _reported,
        "withdraw": _withdrawn,
    }
    if act not in written:
        raise errors.Refused(_("The page asked for something that it can't. Reload it and try again."))
    return written[act](request, person, shown)


def context(request: HttpRequest, shown: Proposal, **more: Any) -> dict[str, Any]:
    """What the page and its parts show."""
    person = request.user
    said = shown.comments.select_related("author").order_by("written")
    by = person if isinstance(person, Person) else None
    return {
        "proposal": shown,
        "goal": city.goal(),
        "by_when": by_when(shown),
        "crumbs": [
            (_("Proposals"), reverse("dialogue-proposals")),
            (_("No. %(number)s") % {"number": shown.number}, ""),
        ],
        "supportable": shown.is_public and shown.status in states.SUPPORTABLE,
        "discussed": shown.is_public and shown.status in states.DISCUSSED,
        "withdrawable": by is not None
        and shown.author_id == by.pk
        and states.WITHDRAWN in states.MOVES[shown.status],
        "supports": by is not None and shown.supports.filter(person=by).exists(),
        "follows": by is not None and shown.follows.filter(person=by).exists(),
        "at_desk": at_desk(by),
        "answer": shown.answers.last(),
        "earlier": list(shown.answers.order_by("-id")[1:]),
        "hiding": shown.hidings.filter(until=None).last(),
        "columns": [
            (stance, title, [comment for comment in said if comment.stance == stance])
            for stance, title in Comment.STANCES
        ],
        "story": story.lines(shown),
        "layers": [_place(shown)] if shown.place else [],
        "comment_form": CommentForm(initial={"stance": "for", "signed": True}),
        "report_form": ReasonForm(auto_id="report_%s"),
        "withdraw_form": ReasonForm(auto_id="withdraw_%s"),
        **more,
    }


def picture(request: HttpRequest, picture: int, size: str) -> HttpResponse:
    """A proposal's picture, as long as its proposal may be seen; nothing in it can act as a page."""
    seen = Q(proposal__public=True) | Q(proposal__author=request.user.pk or 0)
    if isinstance(request.user, Person) and at_desk(request.user):
        # What is hidden must still be judged; a draft is its author's alone.
        seen |= Q(proposal__status__in=states.SUBMITTED)
    kept = Picture.objects.filter(seen, pk=picture).first()
    if kept is None or size not in pictures.SIZES or not pictures.file(kept.file, size).is_file():
        raise errors.NotFound
    answer = HttpResponse(pictures.file(kept.file, size).read_bytes(), content_type="image/webp")
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Disposition"] = f'inline; filename="{picture}.webp"'
    # A browser may keep it, but asks each time whether it may still be seen.
    answer["Cache-Control"] = "private, no-cache"
    answer["ETag"] = f'"{picture}-{size}"'
    return get_conditional_response(request, etag=answer["ETag"], response=answer) or answer


def _pressed(request: HttpRequest, person: Person, shown: Proposal, act: str) -> HttpResponse:
    command, done = PRESSED[act]
    htmx = "HX-Request" in request.headers
    try:
        command(by=person, proposal=shown)
    except errors.Conflict as conflict:
        # Pressed twice, or decided meanwhile: the page as it is now says all there is to say.
        if not htmx:
            messages.warning(request, str(conflict))
    else:
        if not htmx:
            messages.success(request, str(done))
    if htmx:
        return show(request, shown.number, "parts/voice")
    return redirect("dialogue-proposal", number=shown.number)


def _commented(request: HttpRequest, person: Person, shown: Proposal) -> HttpResponse:
    form = CommentForm(request.POST)
    htmx = "HX-Request" in request.headers
    try:
        if form.is_valid():
            commands.comment(by=person, proposal=shown, **form.cleaned_data)
    except errors.Refused as refused:
        tell(form, refused)
    if form.is_valid() and not htmx:
        messages.success(request, _("Your comment stands below."))
        return redirect(reverse("dialogue-proposal", kwargs={"number": shown.number}) + "#comments")
    again = {} if form.is_valid() else {"comment_form": form}
    name = "parts/comments" if htmx else "proposal"
    return show(request, shown.number, name, 200 if htmx else 422, **again)


def _reported(request: HttpRequest, person: Person, shown: Proposal) -> HttpResponse:
    form = ReasonForm(request.POST, auto_id="report_%s")
    about = request.POST.get("comment", "")
    try:
        reason = request.POST.get("reason", "")
        number = int(about) if about.isdecimal() else None
        commands.report(by=person, proposal=shown, reason=reason, comment=number)
    except errors.Refused as refused:
        tell(form, refused)
        return show(request, shown.number, status=refused.status, report_form=form, reported=about)
    messages.success(request, _("Thank you. A moderator will look at it."))
    return redirect("dialogue-proposal", number=shown.number)


def _withdrawn(request: HttpRequest, person: Person, shown: Proposal) -> HttpResponse:
    form = ReasonForm(request.POST, auto_id="withdraw_%s")
    try:
        commands.withdraw_proposal(by=person, proposal=shown, reason=request.POST.get("reason", ""))
    except errors.Refused as refused:
        tell(form, refused)
        return show(request, shown.number, status=refused.status, withdraw_form=form)
    messages.success(request, _("Your proposal is withdrawn. It stays readable with your reason."))
    return redirect("dialogue-proposal", number=shown.number)


def _to_the_door(request: HttpRequest) -> HttpResponse:
    door = redirect_to_login(request.path)
    if "HX-Request" in request.headers:
        return HttpResponse(headers={"HX-Redirect": door["Location"]})
    return door


def _place(shown: Proposal) -> dict[str, Any]:
    point = {
        "type": "Feature",
        "geometry": shown.point(),
        "properties": {"name": shown.heading, "tone": shown.tone},
    }
    return {
        "id": "place",
        "title": _("The place of the proposal"),
        "kind": "points",
        "data": {"type": "FeatureCollection", "features": [point]},
    }
