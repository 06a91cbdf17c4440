"""Programs: one's own tokens in the portal; at the desk the programs that administrators let in, with theirs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from candia.accounts import second_factor, token_commands, tokens
from candia.accounts.models import Integration, Token
from candia.accounts.pages import webhooks
from candia.accounts.token_forms import FoundToken, NewProgram, NewToken, NewWebhook, Roles, roles
from candia.core import errors
from candia.core.access import Person
from candia.core.event import story
from candia.core.numbers import number_of
from candia.core.page import View
from candia.core.timeline import steps
from candia.ui.forms import show_refusal
from candia.ui.reader import member


def _makes(request: HttpRequest) -> bool:
    return "make" in request.POST


# Whoever finds a browser open must not go away with a token: it is proved anew who asks.
proved: Callable[[View], View] = reauthentication_required(enabled=_makes)


@never_cache
@proved
def my_tokens(request: HttpRequest) -> HttpResponse:
    """One's own tokens; making one, which is then shown this once, and revoking one."""
    person = member(request)
    form = NewToken(request.POST if _makes(request) else None, owner=person)
    try:
        if _makes(request) and form.is_valid():
            second_factor.must_be_shown(request, person)
            shown = second_factor.was_shown(request, person)
            made = token_commands.issue(person, second_factor=shown, **form.cleaned_data)
            return _show(request, "people/token.html", *made)
        if "revoke" in request.POST:
            _revoke(request, person, Token.objects.filter(person=person))
            return redirect("people-my-tokens")
    except errors.Refused as error:
        show_refusal(form, error)
    return render(request, "people/my_tokens.html", {"form": form, "tokens": _rows(person.tokens)})


@never_cache
def integrations(request: HttpRequest) -> HttpResponse:
    """The programs that were let in; letting one in."""
    by = member(request)
    found = FoundToken(request.POST if "found" in request.POST else None)
    form = NewProgram(request.POST if "id" in request.POST else None)
    try:
        if found.is_bound and found.is_valid():
            _revoke_found(by, found.cleaned_data["found"].strip())
            messages.success(request, _("The token is revoked. It opens nothing any more."))
            return redirect("people-desk-integrations")
        if form.is_bound and form.is_valid():
            token_commands.add_integration(by=by, **form.cleaned_data)
            messages.success(request, _("The program is let in. Make a token for it now."))
            return redirect("people-desk-integration", name=form.cleaned_data["id"])
    except errors.Refused as error:
        show_refusal(found if found.is_bound else form, error)
    words, rows = roles(), []
    for one in Integration.objects.order_by("stopped", "id").prefetch_related("tokens"):
        used = [token.last_used for token in one.tokens.all() if token.last_used]
        rows.append(
            {
                "one": one,
                "roles": [words.get(role, role) for role in one.held],
                "used": max(used, default=None),
            }
        )
    return render(request, "people/desk/integrations.html", {"form": form, "found": found, "rows": rows})


@never_cache
@proved
def integration(request: HttpRequest, name: str) -> HttpResponse:
    """One program: its roles, its tokens, what happened to it; stopping it."""
    by, found = member(request), get_object_or_404(Integration, pk=name)
    form = NewToken(request.POST if _makes(request) else None, owner=found)
    hook = NewWebhook(request.POST if "hear" in request.POST else None)
    held = Roles(request.POST if "change" in request.POST else None, initial={"held": found.held})
    try:
        if _makes(request) and form.is_valid():
            second_factor.must_be_shown(request, by)
            made = token_commands.issue(by, integration=found, **form.cleaned_data)
            return _show(request, "people/desk/token.html", *made)
        if hook.is_bound and hook.is_valid():
            return webhooks.add(request, by, found, hook)
        if done := _changed(request, by, found, held):
            messages.success(request, done)
            return redirect("people-desk-integration", name=name)
    except errors.Refused as error:
        if _makes(request) or hook.is_bound:
            show_refusal(hook if hook.is_bound else form, error)
        else:
            messages.error(request, str(error))
    context = {
        "program": found,
        "form": form,
        "roles_form": held,
        "hook_form": hook,
        "hooks": list(found.webhooks.filter(ended=None)),
        "tokens": _rows(found.tokens),
        "events": steps(story(token_commands.story_of_integration(found)), public=False),
    }
    return render(request, "people/desk/integration.html", context)


def _changed(request: HttpRequest, by: Person, found: Integration, held: Roles) -> str:
    """Do what a button asks for; the sentence that says it is done."""
    if "revoke" in request.POST:
        _revoke(request, by, Token.objects.filter(integration=found))
    elif "stop" in request.POST:
        token_commands.stop_integration(by=by, integration=found)
        return _("The program is stopped. None of its tokens opens anything any more.")
    elif "change" in request.POST and held.is_valid():
        token_commands.change_integration(by=by, integration=found, **held.cleaned_data)
        return _("The roles are changed, from the program's next request on.")
    return ""


def _revoke(request: HttpRequest, by: Person, among: Any) -> None:
    token = get_object_or_404(among, pk=number_of(request.POST["revoke"]))
    token_commands.revoke_token(by=by, token=token)
    messages.success(request, _("The token is revoked. It opens nothing any more."))


def _revoke_found(by: Person, text: str) -> None:
    """Revoke a token that lies open somewhere, whoever it belongs to."""
    token = (
        Token.objects.filter(handle=tokens.handle(text)).first() if text.startswith(tokens.PREFIX) else None
    )
    if token is None:
        unknown = _("The city knows no such token, so it opens nothing here.")
        raise errors.Refused(unknown, found=unknown)
    token_commands.revoke_token(by=by, token=token)


def _rows(found: Any) -> list[dict[str, Any]]:
    """Tokens as a page lists them: those that open something first."""
    now = timezone.now()
    rows = [
        {
            "token": token,
            "shown": f"{tokens.PREFIX}{token.handle}…",
            "scopes": tokens.titles(token.scopes),
            "over": token.revoked is not None or token.expires <= now,
        }
        for token in found.all()
    ]
    return sorted(rows, key=lambda row: bool(row["over"]))


def _show(request: HttpRequest, template: str, made: Token, text: str) -> HttpResponse:
    """The one page on which a token is ever seen."""
    context = {"token": made, "secret": text, "scopes": tokens.titles(made.scopes)}
    return render(request, template, context)
