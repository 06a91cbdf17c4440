"""The way out that stands in every mail."""

from __future__ import annotations

from contextlib import suppress

from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt

from candia.core import errors
from candia.core.access import Person
from candia.participation import commands, mail, notices
from candia.participation.models import Follow, NoticeSettings


# A mail program presses this without the page (RFC 8058); the signed address is the proof.
@csrf_exempt
def stop_mail(request: HttpRequest, token: str) -> HttpResponse:
    """Ask once, then stop the mail about one thing, or all that is gathered, for the person of this address."""
    try:
        number, entity = mail.read_token(token)
    except signing.BadSignature as wrong:
        raise errors.NotFound from wrong
    person = Person.objects.filter(pk=number, is_active=True).first()
    if person is None:
        raise errors.NotFound
    if request.method == "POST":
        stop(person, entity)
    return render(request, "participation/stop_mail.html", _context(person, entity))


def stop(person: Person, entity: str) -> None:
    """End it; pressed twice, or by the mail program and its reader, it is ended either way."""
    if not entity:
        commands.choose_notices(by=person, rhythm=NoticeSettings.NO_MAIL)
        return
    with suppress(errors.Conflict, errors.NotFound):
        commands.unfollow(by=person, entity=entity)


def _context(person: Person, entity: str) -> dict[str, object]:
    if not entity:
        return {"gets_mail": NoticeSettings.of(person).rhythm != NoticeSettings.NO_MAIL, "all": True}
    known = notices.concrete([entity]).get(entity)
    return {
        "gets_mail": Follow.objects.filter(entity=entity, person=person).exists(),
        # What is hidden by now is not named to whoever holds the address.
        "thing": known[0] if known and known[1] else None,
        "url": notices.page_of(known[0]) if known and known[1] else "",
    }
