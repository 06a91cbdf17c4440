"""The desk's pages of accounts: who holds which role, who is a resident, which letters wait."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from candia.accounts import commands, residency
from candia.accounts.commands import story_of
from candia.accounts.forms import Document, Lookup, Reason, RoleForm, Search
from candia.accounts.models import Letter
from candia.accounts.verification import titles
from candia.core import errors, look
from candia.core.access import Person
from candia.core.event import Event
from candia.core.role import core_roles
from candia.core.service import declared_roles, event_titles, services
from candia.ui.forms import act, show_refusal
from candia.ui.reader import member


def people(request: HttpRequest) -> HttpResponse:
    """Search among accounts; without a word, those who hold a role."""
    form = Search(request.GET)
    words = form.cleaned_data["q"].strip() if form.is_valid() else ""
    found = Person.objects.filter(is_active=True).prefetch_related("grants")
    if words:
        found = found.filter(Q(email__icontains=words) | Q(name__unaccent__icontains=words))
    else:
        found = found.filter(grants__isnull=False).distinct()
    page = Paginator(found.order_by("email"), 50).get_page(request.GET.get("page"))
    return render(request, "people/desk/people.html", {"form": form, "page_obj": page, "words": words})


def person(request: HttpRequest, number: int) -> HttpResponse:
    """One account: its roles, granting and revoking them, and the trail of who did so."""
    found = get_object_or_404(Person, pk=number)
    _looked(request, found)
    form = RoleForm(request.POST if "grant" in request.POST else None)
    try:
        if "revoke" in request.POST:
            role, _sign, service = request.POST["revoke"].partition(":")
            commands.revoke_role(by=member(request), person=found, role=role, service=service)
            messages.success(request, _("The role is revoked. It ends with the person's next click."))
            return redirect("people-desk-person", number=number)
        if "grant" in request.POST and form.is_valid():
            commands.grant_role(by=member(request), person=found, **form.cleaned_data)
            messages.success(request, _("The role is granted."))
            return redirect("people-desk-person", number=number)
    except errors.Refused as error:
        show_refusal(form, error) if form.is_bound else messages.error(request, str(error))
    context = {
        "person": found,
        "form": form,
        "trail": _trail(found),
        "how": titles().get(found.verified_how, ""),
    }
    return render(request, "people/desk/person.html", context)


def residents(request: HttpRequest) -> HttpResponse:
    """Find the account of the resident at the desk, and confirm or withdraw the residency."""
    lookup = Lookup(request.GET if "email" in request.GET else None)
    found = None
    if lookup.is_valid():
        found = Person.objects.filter(email__iexact=lookup.cleaned_data["email"], is_active=True).first()
        if found is None:
            lookup.add_error("email", _("No account has this address. Ask how it is spelled there."))
    if found is not None:
        _looked(request, found)
    withdraw = found is not None and found.is_verified
    if request.method == "POST":
        # By the form that was sent: what it asks for may be done already.
        withdraw = "document" not in request.POST
    form = (Reason if withdraw else Document)(request.POST or None)
    if request.method == "POST" and found is not None:
        change = residency.unverify if withdraw else residency.verify_resident
        done = _("The confirmation is withdrawn.") if withdraw else _("The residency is confirmed.")
        if act(request, form, change, done, person=found):
            return redirect(request.get_full_path())
    how = titles().get(found.verified_how, "") if found else ""
    context = {"lookup": lookup, "found": found, "form": form, "withdraw": withdraw, "how": how}
    return render(request, "people/desk/residents.html", context)


def letters(request: HttpRequest) -> HttpResponse:
    """The letters that wait to be printed, oldest first, and those on their way."""
    waiting = Letter.objects.select_related("person")
    context = {
        "waiting": waiting.filter(printed=None),
        "posted": waiting.exclude(printed=None).order_by("-printed"),
    }
    return render(request, "people/desk/letters.html", context)


def letter(request: HttpRequest, number: int) -> HttpResponse:
    """One letter: a button that prints it, then the letter itself, for the printer."""
    found = get_object_or_404(Letter.objects.select_related("person"), pk=number)
    _looked(request, found.person)
    if request.method == "POST":
        residency.print_letter(by=member(request), letter=found.pk)
        return redirect("people-desk-letter", number=number)
    # The code is for the envelope alone; it is shown for as long as it can still be entered.
    return render(
        request, "people/desk/letter.html", {"letter": found, "code": found.is_open and found.code()}
    )


def _looked(request: HttpRequest, person: Person) -> None:
    """Write down that somebody at the desk looked at another's account, once for a while."""
    by = member(request)
    if by != person and look.open_until(by, story_of(person)) is None:
        commands.view_account(by=by, person=person, key="")


def _trail(person: Person) -> list[dict[str, Any]]:
    """What happened to an account, newest first, with who did it: only administrators read this."""
    done = Event.objects.filter(entity=story_of(person)).exclude(kind=commands.view_account.event)
    events = list(done.order_by("-id")[:100])
    numbers = {event.by.partition(":")[2] for event in events if event.by.startswith("person:")}
    known = Person.objects.filter(pk__in=numbers, is_active=True)
    names = {f"person:{who.pk}": str(who) for who in known} | {"system": _("the city itself")}
    words = event_titles()
    return [
        {
            "time": event.time,
            "title": words.get(event.kind, event.kind),
            "text": _facts(event),
            "by": names.get(event.by, _("an account that is erased")),
        }
        for event in reversed(events)
    ]


def _facts(event: Event) -> str:
    roles = {role.name: role.title for role in (*declared_roles().values(), *core_roles.values())}
    named = {service.name: service.title for service in services().values()}
    words = {**named, **roles, **residency.documents, **residency.reasons}
    known = (event.data.get(name, "") for name in ("role", "service", "document", "reason"))
    return ", ".join(str(words.get(fact, fact)) for fact in known if fact)
