"""What may be asked for about residency: a clerk saw a document, a letter arrived, a provider vouches."""

from __future__ import annotations

import secrets
from typing import Any

from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as __

from candia.accounts.commands import story_of
from candia.accounts.models import Letter
from candia.core import errors
from candia.core.access import Actor, Machine, May, Person, clerk, per_day, resident
from candia.core.command import command
from candia.core.event import Happened

documents = {
    "identity_card": __("Identity card"),
    "passport": __("Passport"),
    "residence_permit": __("Residence permit"),
    "bill": __("Utility bill or tax statement with the address"),
}
reasons = {
    "moved": __("Moved away"),
    "mistake": __("Verified by mistake"),
    "asked": __("The person asked for it"),
}
provider = Machine("oidc")
by_the_provider = May("the identity provider", lambda by, _target: by == provider)


@command(event="people.resident_verified", title=__("Residency confirmed at the desk"), may=clerk)
def verify_resident(by: Person, *, person: Person, document: str) -> Happened:
    """Confirm that a clerk has seen a document of a resident; its number is asked for and kept nowhere."""
    if document not in documents:
        raise errors.Refused(_("Say which document you saw."), document=_("Say which document you saw."))
    if by.pk == person.pk:
        raise errors.Refused(_("Nobody confirms their own residency. Ask a colleague."))
    _confirm(person, "desk")
    return Happened(story_of(person), data={"document": document})


@command(event="people.resident_unverified", title=__("Residency withdrawn"), may=clerk)
def unverify(by: Person, *, person: Person, reason: str) -> Happened:  # noqa: ARG001
    """Withdraw a confirmation, for one of the known reasons."""
    if reason not in reasons:
        raise errors.Refused(_("Say why."), reason=_("Say why."))
    if not person.is_verified:
        raise errors.Conflict(_("This account is not verified any more."))
    person.verified_at, person.verified_how = None, ""
    person.save(update_fields=["verified_at", "verified_how"])
    return Happened(story_of(person), data={"reason": reason})


@command(event="people.code_requested", title=__("Letter asked for"), may=resident, limit=per_day(3))
def request_code(by: Person, *, addressee: str, address: str) -> Happened:
    """Ask for a letter with a code to one's address; a new one takes the place of an older one."""
    if by.is_verified:
        raise errors.Conflict(_("Your residency is confirmed already."))
    wrong = {
        name: _("Fill this in.")
        for name, text in {"addressee": addressee, "address": address}.items()
        if not text.strip()
    }
    if wrong:
        raise errors.Refused(_("A letter needs a name and an address."), **wrong)
    # Two who ask at once would each find none: the account is held, and the last one stands.
    Person.objects.select_for_update().get(pk=by.pk)
    Letter.objects.filter(person=by).delete()
    Letter.objects.create(
        person=by,
        addressee=addressee.strip()[:120],
        address=address.strip()[:400],
        nonce=secrets.token_hex(16),
    )
    return Happened(story_of(by))


@command(event="people.letter_printed", title=__("Letter printed"), may=clerk)
def print_letter(by: Person, *, letter: Letter) -> Happened:
    """Put a letter on paper; its code works from now on, for thirty days."""
    if by.pk == letter.person_id:
        raise errors.Refused(_("Nobody confirms their own residency. Ask a colleague."))
    if letter.printed is not None:
        raise errors.Conflict(_("This letter is printed already, and its days count from then."))
    letter.printed = timezone.now()
    letter.save(update_fields=["printed"])
    return Happened(story_of(letter.person))


@command(event="people.code_entered", title=__("Code of the letter entered"), may=resident, limit=per_day(5))
def redeem_code(by: Person, *, code: str) -> Happened:
    """Enter the code of one's letter; the event says whether it was right.

    A wrong code is no refusal: it must leave an event and a count, or it could be tried for ever.
    """
    letter = Letter.objects.select_for_update().filter(person=by).first()
    if letter is None or not letter.is_open:
        raise errors.Refused(
            _("No letter of yours is open: it has expired, or was tried too often. Ask for a new one.")
        )
    given = "".join(sign for sign in code.upper() if sign.isalnum())
    right = constant_time_compare(given, letter.code().replace("-", ""))
    if right:
        _confirm(by, "post")
        letter.delete()
    else:
        letter.tries += 1
        letter.save(update_fields=["tries"])
    return Happened(story_of(by), data={"right": right})


@command(event="people.claim_accepted", title=__("Residency confirmed by the provider"), may=by_the_provider)
def accept_claim(by: Actor, *, person: Person) -> Happened:  # noqa: ARG001
    """Take an identity provider's word that somebody is a resident."""
    _confirm(person, "oidc")
    return Happened(story_of(person))


def _confirm(person: Any, how: str) -> None:
    if person.is_verified:
        raise errors.Conflict(_("The residency is confirmed already."))
    if not person.is_active:
        raise errors.Refused(_("This account is closed."))
    person.verified_at, person.verified_how = timezone.now(), how
    person.save(update_fields=["verified_at", "verified_how"])
