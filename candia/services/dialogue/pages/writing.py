"""Pages for authors: to write a proposal without losing a word, and to find one's own again."""

from __future__ import annotations

from contextlib import suppress
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.db import IntegrityError
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from candia.core import attachment, errors
from candia.core.access import Person
from candia.core.numbers import number_of
from candia.participation import text_cleaning
from candia.participation.pages.files import keep_files
from candia.services.dialogue import commands, search, states
from candia.services.dialogue.forms import ProposalForm
from candia.services.dialogue.models import Proposal
from candia.ui.forms import show_refusal

CONTENT = ("heading", "text", "theme", "address", "lon", "lat", "signed")


def new_proposal(request: HttpRequest) -> HttpResponse:
    """Write a proposal; every press, and every pause in typing, keeps it as a draft first."""
    person: Any = request.user
    if request.method == "POST":
        return _posted(request, person)
    number = number_of(request.GET.get("draft"))
    draft = None
    if number:
        draft = Proposal.objects.filter(number=number, author=person).first()
        if draft is None:
            raise errors.NotFound
        if draft.status != states.DRAFT:
            return redirect("dialogue-proposal", number=draft.number)
    return render(request, "dialogue/new.html", _context(_form(draft, person), draft, person))


def similar_proposals(request: HttpRequest) -> HttpResponse:
    """Proposals that may say what somebody is writing, as a part of their page."""
    heading, text = request.GET.get("heading", "")[:200], request.GET.get("text", "")[:1000]
    context = {"similar": search.similar(heading, text)}
    return render(request, "dialogue/parts/similar.html", context)


def my_proposals(request: HttpRequest) -> HttpResponse:
    """One's own proposals and drafts."""
    own = Proposal.objects.filter(author=request.user.pk)
    context = {
        "drafts": own.filter(status=states.DRAFT).order_by("-changed"),
        "own": attachment.illustrated(own.exclude(status=states.DRAFT).order_by("-number")),
    }
    return render(request, "dialogue/mine.html", context)


def _form(draft: Proposal | None, person: Person) -> ProposalForm:
    if draft is None:
        return ProposalForm(by=person, initial={"form_key": uuid4(), "signed": True})
    lon, lat = draft.place or (None, None)
    own = {
        name: getattr(draft, name) for name in ("heading", "text", "theme", "address", "signed", "form_key")
    }
    return ProposalForm(by=person, initial={**own, "lon": lon, "lat": lat})


def _context(form: ProposalForm, draft: Proposal | None, person: Person, **more: Any) -> dict[str, Any]:
    others = Proposal.objects.filter(author=person, status=states.DRAFT)
    return {
        "form": form,
        "draft": draft,
        "files": attachment.of(draft)[draft.pk] if draft else [],
        "drafts": others.exclude(pk=draft.pk if draft else "").count(),
        **more,
    }


def _posted(request: HttpRequest, person: Person) -> HttpResponse:
    form = ProposalForm(request.POST, request.FILES, by=person)
    form.is_valid()
    act = request.POST.get("act", "autosave")
    draft = _kept(form, person)
    if draft is not None and draft.status != states.DRAFT:
        # Sent twice: the first time it arrived.
        return redirect("dialogue-proposal", number=draft.number)
    if act == "discard":
        return _discarded(request, person, draft)
    draft = _save(form, person, draft, request)
    if act == "autosave" and "HX-Request" in request.headers:
        return render(request, "dialogue/parts/saved.html", _context(form, draft, person))
    if draft is not None and form.is_valid() and act in {"submit", "save", "autosave"}:
        if act == "submit":
            return _submitted(request, form, person, draft)
        messages.success(request, _("Your draft is kept. Only you can see it."))
        return redirect("dialogue-my-proposals")
    return _again(request, form, draft, person)


def _kept(form: ProposalForm, person: Person) -> Proposal | None:
    key = form.cleaned_data.get("form_key")
    return Proposal.objects.filter(form_key=key, author=person).first() if key else None


def _save(
    form: ProposalForm, person: Person, draft: Proposal | None, request: HttpRequest
) -> Proposal | None:
    """Keep whatever can be kept; what can't be is said beside its field."""
    content = {name: form.cleaned_data[name] for name in CONTENT if name in form.cleaned_data}
    if ("lon" in content) != ("lat" in content):
        content = {name: value for name, value in content.items() if name not in {"lon", "lat"}}
    file = form.cleaned_data.get("file")
    empty = not any(content.get(name) for name in ("heading", "text", "address", "lat")) and not file
    if draft is None and empty and request.POST.get("act", "autosave") == "autosave":
        return None
    try:
        draft = _written(person, draft, content, form.cleaned_data.get("form_key"))
    except errors.Refused as refused:
        show_refusal(form, refused)
    # Words that can't be kept as they are cost nobody their picture.
    if draft is not None:
        keep_files(form, person, draft, request.POST)
    elif file:
        # A browser never fills in a file again by itself.
        form.add_error("file", _("The file is not kept yet. Choose it once more."))
    return Proposal.objects.get(pk=draft.pk) if draft else None


def _written(person: Person, draft: Proposal | None, content: dict[str, Any], key: UUID | None) -> Proposal:
    if draft is None:
        made = ""
        # Refused where the same form was sent twice at once, with more words by now: the other one made the draft.
        with suppress(IntegrityError, errors.Conflict):
            made = commands.draft_proposal(by=person, form_key=key, **content).entity
        draft = Proposal.objects.filter(Q(pk=made) | Q(form_key=key, author=person)).first()
        if draft is None:
            raise errors.Conflict(
                _("This draft was thrown away meanwhile. Begin a new one with these words.")
            )
        if made:
            return draft
    if not _same(draft, content):
        commands.edit_proposal(by=person, proposal=draft, **content)
    return draft


def _same(draft: Proposal, content: dict[str, Any]) -> bool:
    lon, lat = draft.place or (None, None)
    kept = {name: getattr(draft, name) for name in ("heading", "text", "theme", "address", "signed")}
    clean = {"heading": text_cleaning.line, "address": text_cleaning.line, "text": text_cleaning.prose}
    return all(
        clean.get(name, lambda value: value)(value) == {**kept, "lon": lon, "lat": lat}[name]
        for name, value in content.items()
    )


def _submitted(request: HttpRequest, form: ProposalForm, person: Person, draft: Proposal) -> HttpResponse:
    seen = set(request.POST.getlist("seen"))
    alike = search.similar(draft.heading, draft.text, but=draft.number)
    try:
        if form.is_valid() and any(str(match.proposal.number) not in seen for match in alike):
            commands.check_finished(draft)
            return _again(request, form, draft, person, similar=alike, asked=True)
        commands.submit_proposal(by=person, proposal=draft)
    except errors.Refused as refused:
        show_refusal(form, refused)
        return _again(request, form, draft, person)
    messages.success(request, _("Your proposal is public. Tell others, so that they support it."))
    return redirect("dialogue-proposal", number=draft.number)


def _again(
    request: HttpRequest, form: ProposalForm, draft: Proposal | None, person: Person, **more: Any
) -> HttpResponse:
    status = 422 if form.errors else 200
    return render(request, "dialogue/new.html", _context(form, draft, person, **more), status=status)


def _discarded(request: HttpRequest, person: Person, draft: Proposal | None) -> HttpResponse:
    if draft is not None:
        commands.discard_draft(by=person, proposal=draft)
    messages.success(request, _("The draft is thrown away."))
    return redirect(reverse("dialogue-my-proposals"))
