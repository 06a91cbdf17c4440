"""The way out that stands in every mail."""

from __future__ import annotations

from contextlib import suppress

from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt

from candia.core import errors
from candia.core.access import Person
from candia.services.dialogue import mail
from candia.services.dialogue.commands import unfollow
from candia.services.dialogue.models import Follow, Proposal


# A mail program presses this without the page (RFC 8058); the signed address is the proof.
@csrf_exempt
def stop_following(request: HttpRequest, token: str) -> HttpResponse:
    """Ask once, then stop the mail about one proposal for the person of this address."""
    try:
        person, number = mail.read_token(token)
    except signing.BadSignature as wrong:
        raise errors.NotFound from wrong
    proposal = Proposal.objects.filter(number=number).first()
    if proposal is None:
        raise errors.NotFound
    follows = Follow.objects.filter(proposal=proposal, person=person)
    if request.method == "POST":
        # Pressed twice, or by the mail program and its reader: it is ended either way.
        with suppress(errors.Conflict):
            unfollow(by=Person.objects.get(pk=person), proposal=proposal)
    return render(request, "dialogue/unfollow.html", {"proposal": proposal, "follows": follows.exists()})
