"""The way out that stands in the mails of versions before; those of today lead to participation."""

from __future__ import annotations

from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from candia.core import errors
from candia.participation import mail
from candia.participation.pages import stop_mail
from candia.services.dialogue.models import Proposal

salt = "dialogue.unfollow"


@csrf_exempt
def stop_following(request: HttpRequest, token: str) -> HttpResponse:
    """Stop the mail about one proposal for the person of this address, as any way out does."""
    try:
        person, number = signing.loads(token, salt=salt)
    except signing.BadSignature as wrong:
        raise errors.NotFound from wrong
    proposal = Proposal.objects.filter(number=number).first()
    if proposal is None:
        raise errors.NotFound
    return stop_mail(request, mail.token(person, proposal))
