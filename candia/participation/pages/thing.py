"""A thing's page and the acts on it: whatever page shows it, its buttons and forms are posted to this one."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from candia.core import errors, upload
from candia.core.access import Person
from candia.core.entity import Entity
from candia.core.event import Event
from candia.core.numbers import number_of
from candia.participation import commands
from candia.participation.declaration import NOTHING, is_public, of
from candia.participation.forms import CommentForm, ReasonForm
from candia.participation.models import Comment
from candia.participation.notices import page_of
from candia.participation.pages import parts
from candia.ui.forms import show_refusal

# What a button asks for, and what is said when it is done.
PRESSED: dict[str, tuple[Any, Any]] = {
    "support": (commands.support, gettext_lazy("Your support is counted.")),
    "withdraw-support": (commands.withdraw_support, gettext_lazy("Your support is withdrawn.")),
    "follow": (commands.follow, gettext_lazy("You will hear when something happens here.")),
    "unfollow": (commands.unfollow, gettext_lazy("You no longer follow this.")),
}
FOLLOWING = (commands.follow, commands.unfollow)
VOTED: dict[str, tuple[Any, Any]] = {
    "vote": (commands.vote_comment, gettext_lazy("You agree with this comment.")),
    "withdraw-vote": (commands.withdraw_vote, gettext_lazy("You no longer agree with this comment.")),
}
PARTS = ("voice_now", "said", "reply_to")


def thing(request: HttpRequest, entity: str) -> HttpResponse:
    """Everything that citizens do to one thing; buttons and forms about it, on whichever page, are posted here."""
    shown = found(entity)
    if not is_public(shown):
        return _out_of_sight(request, shown)
    if request.method == "POST":
        return posted(request, shown)
    answered = _asked_for(request, shown)
    part = request.GET.get("part")
    if part in PARTS:
        return HttpResponse(parts.drawn(request, str(part), shown, **answered))
    return show(request, shown, **answered)


def found(entity: str) -> Entity:
    """The thing of this id, of a kind that takes anything; raises NotFound."""
    kind = Entity.of_id(entity)
    shown: Entity | None = (
        kind._default_manager.select_related("answer_due").filter(pk=entity).first()
        if of(kind) is not NOTHING
        else None
    )
    if shown is None:
        raise errors.NotFound
    return shown


def show(request: HttpRequest, shown: Entity, status: int = 200, **answered: Any) -> HttpResponse:
    """The thing's page, with what a form on it was answered."""
    context = {"thing": shown, "back": shown.page(), "answered": answered}
    return render(request, "participation/thing.html", context, status=status)


def posted(request: HttpRequest, shown: Entity) -> HttpResponse:
    """Do what was pressed or written about a thing, and show the page (or, for htmx, its part) anew."""
    person = request.user
    if not isinstance(person, Person):
        return _to_the_door(request, shown)
    act = request.POST.get("act", "")
    if act == "remove-file":
        return _file_removed(request, person, shown)
    if act in PRESSED:
        return _pressed(request, person, shown, act)
    written: dict[str, Callable[[HttpRequest, Person, Entity], HttpResponse]] = {
        "vote": _voted,
        "withdraw-vote": _voted,
        "comment": _commented,
        "report": _reported,
    }
    if act not in written:
        raise errors.Refused(_("The page asked for something that it can't. Reload it and try again."))
    return written[act](request, person, shown)


def _pressed(request: HttpRequest, person: Person, shown: Entity, act: str) -> HttpResponse:
    command, done = PRESSED[act]
    level = messages.SUCCESS
    try:
        command(by=person, entity=shown)
    except errors.Conflict as conflict:
        # Pressed twice, or decided meanwhile: the part as it is now stands beside the sentence.
        done, level = conflict.sentence, messages.WARNING
    if _htmx(request):
        # A button that is pressed is shut for a moment and so loses the focus; the new one takes it.
        pressed = "follow" if command in FOLLOWING else "support"
        return HttpResponse(parts.drawn(request, "voice_now", found(shown.pk), told=done, pressed=pressed))
    messages.add_message(request, level, str(done))
    return redirect(page_of(shown))


def _voted(request: HttpRequest, person: Person, shown: Entity) -> HttpResponse:
    command, done = VOTED[request.POST["act"]]
    number = number_of(request.POST.get("comment"))
    try:
        command(by=person, entity=shown, comment=number)
    except errors.Conflict as conflict:
        done = conflict.sentence
    if _htmx(request):
        said = Comment.objects.get(pk=number)
        agreed = {number} if said.voters.filter(person=person).exists() else set()
        return HttpResponse(
            parts.drawn(request, "vote", shown, said=said, agreed=agreed, told=done, voted=True)
        )
    messages.info(request, str(done))
    return redirect(f"{page_of(shown)}#comment-{number}")


def _file_removed(request: HttpRequest, person: Person, shown: Entity) -> HttpResponse:
    # Pressed twice it is gone all the same.
    with suppress(errors.NotFound):
        commands.remove_file(by=person, entity=shown, file=request.POST.get("file", ""))
    done = _("The file is taken away.")
    if _htmx(request):
        return HttpResponse(parts.drawn(request, "said", shown, told=done))
    messages.success(request, done)
    return redirect(f"{page_of(shown)}#comments")


def _commented(request: HttpRequest, person: Person, shown: Entity) -> HttpResponse:
    declared, number = of(shown), number_of(request.POST.get("reply_to"))
    if declared.comments is None:
        raise errors.NotFound
    form = CommentForm(request.POST, request.FILES, to=declared, by=person, reply=number > 0)
    made = None
    try:
        if form.is_valid():
            told = {"signed": False} | form.cleaned_data
            made = _said(person, shown, number or None, told)
    except errors.Refused as refused:
        show_refusal(form, refused)
        if request.FILES and "file" not in refused.fields:
            # A browser never fills in a file again by itself.
            form.add_error("file", _("The file is not kept yet. Choose it once more."))
    if made is None:
        return _again(request, shown, form, number)
    if not _htmx(request):
        messages.success(request, _("Your comment stands below."))
        return redirect(f"{page_of(shown)}#comment-{made.data['comment']}")
    fresh = parts.drawn(request, "comment_form", shown, swapped=True)
    done = _("Your comment stands here now.")
    return HttpResponse(parts.drawn(request, "said", shown, new=made.data["comment"], told=done) + fresh)


def _said(person: Person, shown: Entity, number: int | None, told: dict[str, Any]) -> Event:
    """The comment, and with it what hangs on it; one without the other is not."""
    file, alt = told.pop("file", None), told.pop("alt", "")
    judged = upload.judged(file) if file else None
    with transaction.atomic():
        made = commands.comment(by=person, entity=shown, reply_to=number, **told)
        if judged:
            commands.attach_file(by=person, entity=shown, file=judged, alt=alt, comment=made.data["comment"])
    return made


def _again(request: HttpRequest, shown: Entity, form: CommentForm, number: int) -> HttpResponse:
    """The form that was sent, with what is wrong beside its fields."""
    answered = {"comment_form": form, "reply": Comment.objects.filter(entity=shown.pk, pk=number).first()}
    if not _htmx(request):
        return show(request, shown, 422, **answered)
    answer = HttpResponse(parts.drawn(request, "comment_form", shown, **answered))
    # In the place of the form, where the comments would have stood.
    answer["HX-Retarget"], answer["HX-Reswap"] = "#comment-form", "outerHTML"
    return answer


def _reported(request: HttpRequest, person: Person, shown: Entity) -> HttpResponse:
    form = ReasonForm(request.POST, auto_id="report_%s")
    number = number_of(request.POST.get("comment"))
    try:
        commands.report(
            by=person, entity=shown, reason=request.POST.get("reason", ""), comment=number or None
        )
    except errors.Refused as refused:
        show_refusal(form, refused)
        return show(request, shown, refused.status, report_form=form, reported=number)
    messages.success(request, _("Thank you. A moderator will look at it."))
    return redirect(page_of(shown))


def _asked_for(request: HttpRequest, shown: Entity) -> dict[str, Any]:
    """The comment that a reader wants to reply to or to report, if any."""
    answered: dict[str, Any] = {}
    said = Comment.objects.filter(entity=shown.pk, hidden_because="")
    if reported := said.filter(pk=number_of(request.GET.get("report"))).first():
        answered |= {"reported": reported.pk, "reported_text": reported.text}
    if reply := said.filter(pk=number_of(request.GET.get("reply"))).first():
        answered |= {"reply": reply}
    return answered


def _out_of_sight(request: HttpRequest, shown: Any) -> HttpResponse:
    """To the kind's own page, which says why it was hidden; of what was never public, nothing."""
    if not (of(shown).hide and shown.hidden):
        raise errors.NotFound
    if _htmx(request):
        return HttpResponse(headers={"HX-Redirect": shown.page()})
    return redirect(shown.page())


def _to_the_door(request: HttpRequest, shown: Entity) -> HttpResponse:
    door = redirect_to_login(page_of(shown))
    if _htmx(request):
        return HttpResponse(headers={"HX-Redirect": door["Location"]})
    return door


def _htmx(request: HttpRequest) -> bool:
    return "HX-Request" in request.headers
