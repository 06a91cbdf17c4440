"""One's own account: name, residency, what the city keeps, taking it along, and erasing it."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from candia.accounts import commands
from candia.accounts import residency as asked
from candia.accounts.forms import Address, Code, Erasure, Profile
from candia.accounts.models import Letter
from candia.accounts.second_factor import is_missing
from candia.accounts.verification import open_ways, titles
from candia.core import errors
from candia.core.access import Person
from candia.core.service import services
from candia.ui.forms import show_refusal
from candia.ui.reader import member


def kept() -> list[dict[str, Any]]:
    """What each service keeps about persons, as declared."""
    return [
        {"service": service.title, "records": service.personal}
        for service in services().values()
        if service.personal
    ]


@never_cache
def me(request: HttpRequest) -> HttpResponse:
    """The account's own page, where its name and language are changed too."""
    person = _reader(request)
    form = Profile(request.POST or None, initial={"name": person.name, "language": person.language})
    if request.method == "POST" and form.is_valid():
        commands.change_profile(by=person, **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("people-me")
    context = {
        "form": form,
        "kept": kept(),
        "ways": open_ways(),
        "how": titles().get(person.verified_how, ""),
        "roles": person.grants.all(),
        "needs_second_factor": is_missing(person),
    }
    return render(request, "people/me.html", context)


@never_cache
def residency(request: HttpRequest) -> HttpResponse:
    """The ways to be verified: ask for a letter, and enter its code."""
    person = _reader(request)
    wants_letter = "address" in request.POST
    letter, code = (
        Address(request.POST if wants_letter else None),
        Code(request.POST if "code" in request.POST else None),
    )
    try:
        if wants_letter and letter.is_valid():
            asked.request_code(by=person, **letter.cleaned_data)
            messages.success(request, _("The letter is on its way to the clerks, who will post it."))
            return redirect("people-residency")
        if "code" in request.POST and code.is_valid():
            return _entered(request, person, code)
    except errors.Refused as error:
        show_refusal(letter if wants_letter else code, error)
    context = {
        "ways": open_ways(),
        "letter": Letter.objects.filter(person=person).first(),
        "address_form": letter,
        "code_form": code,
        "how": titles().get(person.verified_how, ""),
    }
    return render(request, "people/residency.html", context)


def _entered(request: HttpRequest, person: Person, code: Code) -> HttpResponse:
    event = asked.redeem_code(by=person, code=code.cleaned_data["code"])
    if event.data["right"]:
        messages.success(request, _("Your residency is confirmed."))
        return redirect("people-me")
    messages.error(
        request, _("This is not the code of your letter. After five wrong ones the letter is void.")
    )
    return redirect("people-residency")


@never_cache
def my_data(request: HttpRequest) -> HttpResponse:
    """All that the city keeps about the reader, as one JSON file, by service and record."""
    person = _reader(request)
    data = {
        service.name: {item.name: item.export(person) for item in service.personal}
        for service in services().values()
        if service.personal
    }
    answer = JsonResponse(
        {"taken": timezone.now(), "services": data}, json_dumps_params={"indent": 2, "ensure_ascii": False}
    )
    answer["Content-Disposition"] = f'attachment; filename="candia-{timezone.localdate():%Y-%m-%d}.json"'
    return answer


@never_cache
def erase(request: HttpRequest) -> HttpResponse:
    """The last page of an account: what goes, what stays, and the proof that its owner asks."""
    person = _reader(request)
    form = Erasure(request.POST or None, person=person)
    if request.method == "POST" and form.is_valid():
        try:
            commands.erase_account(by=person)
        except errors.Refused as error:
            show_refusal(form, error)
        else:
            logout(request)
            messages.success(request, _("Your account is erased. Thank you for having been here."))
            return redirect("home")
    return render(request, "people/erase.html", {"form": form})


def privacy(request: HttpRequest) -> HttpResponse:
    """What the city keeps about persons, why and how long, as its services declare it."""
    return render(request, "people/privacy.html", {"kept": kept()})


@cache
def _passkey_script() -> bytes:
    static = files("allauth")
    parts = (
        "mfa/static/mfa/js/webauthn-json.js",
        "mfa/static/mfa/js/webauthn.js",
        "account/static/account/js/onload.js",
    )
    return b"\n;\n".join(static.joinpath(part).read_bytes() for part in parts)


def passkeys(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """The script by which a browser answers with a passkey: allauth's own, as installed."""
    answer = HttpResponse(_passkey_script(), content_type="text/javascript; charset=utf-8")
    answer["Cache-Control"] = "public, max-age=3600"
    return answer


def _reader(request: HttpRequest) -> Person:
    """The account anew: the request's own copy may have its roles at rest."""
    return Person.objects.get(pk=member(request).pk)
