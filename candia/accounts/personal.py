"""What accounts keep about a person: why, how long, and how it is handed over and erased."""

from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from candia.accounts import mail_files
from candia.accounts.models import Letter, Token
from candia.accounts.push import personal as push
from candia.core import attachment, look
from candia.core.access import Grant, Person
from candia.core.attachment import Attachment
from candia.core.event import Event
from candia.core.idempotency import IdempotencyKey
from candia.core.look import Look
from candia.core.personal import PersonalData

until_erased = _("until you erase your account")


def _account(person: Person) -> dict[str, Any]:
    return {
        "number": person.pk,
        "email": person.email,
        "name": person.name,
        "language": person.language,
        "joined": person.joined,
        "verified_at": person.verified_at,
        "verified_how": person.verified_how,
        "looked_at_by_staff": [one.time for one in look.of(f"people.person:{person.pk}").reverse()],
    }


def _erase_account(person: Person) -> None:
    EmailAddress.objects.filter(user=person).delete()
    person.email = f"{person.pk}@erased.invalid"
    person.name, person.language = "", "el"
    person.verified_at, person.verified_how = None, ""
    person.last_login = None
    person.is_active = False
    # A new unusable password also ends every session, wherever it is open.
    person.set_unusable_password()
    person.save()


def _roles(person: Person) -> list[Any]:
    return list(person.grants.values("role", "service", "granted"))


def _erase_roles(person: Person) -> None:
    Grant.objects.filter(person=person).delete()


def _keys(person: Person) -> list[Any]:
    return list(Authenticator.objects.filter(user=person).values("type", "created_at", "last_used_at"))


def _erase_keys(person: Person) -> None:
    Authenticator.objects.filter(user=person).delete()
    SocialAccount.objects.filter(user=person).delete()


def _tokens(person: Person) -> list[Any]:
    return list(
        Token.objects.filter(person=person).values(
            "title", "handle", "scopes", "made", "expires", "last_used", "revoked"
        )
    )


def _erase_tokens(person: Person) -> None:
    Token.objects.filter(person=person).delete()


def _providers(person: Person) -> list[Any]:
    return list(
        SocialAccount.objects.filter(user=person).values("provider", "uid", "date_joined", "extra_data")
    )


def _sessions(person: Person) -> list[Any]:
    return list(
        UserSession.objects.filter(user=person).values("ip", "user_agent", "created_at", "last_seen_at")
    )


def _erase_sessions(person: Person) -> None:
    for session in UserSession.objects.filter(user=person):
        session.end()


def _letter(person: Person) -> list[Any]:
    return list(Letter.objects.filter(person=person).values("addressee", "address", "asked", "printed"))


def _erase_letter(person: Person) -> None:
    Letter.objects.filter(person=person).delete()


def _addresses(person: Person) -> set[str]:
    return {person.email, *EmailAddress.objects.filter(user=person).values_list("email", flat=True)}


def _mail(person: Person) -> list[Any]:
    return mail_files.written_to(_addresses(person))


def _erase_mail(person: Person) -> None:
    addresses = _addresses(person)
    # A file does not come back where the account stays after all.
    transaction.on_commit(lambda: mail_files.remove(addresses))


def _deeds(person: Person) -> list[Any]:
    return list(
        Event.objects.filter(by=person.actor_id).order_by("id").values("time", "kind", "entity", "data")
    )


def _unlink_deeds(person: Person) -> None:
    """Nothing to do: an event knows a number, and the number leads to nobody once the account is erased."""


def _once(person: Person) -> list[Any]:
    return list(IdempotencyKey.objects.filter(actor=person.actor_id).order_by("id").values("command", "made"))


def _erase_once(person: Person) -> None:
    IdempotencyKey.objects.filter(actor=person.actor_id).delete()


def _files(person: Person) -> list[Any]:
    return [
        {
            "name": one.name,
            "shows": one.alt,
            "of": one.of,
            "size": one.size,
            "sha256": one.sha256,
            "added": one.created,
            "address": reverse("file", args=[one.pk]),
            "stays": one.stays,
        }
        for one in Attachment.objects.filter(by=person).order_by("created", "pk")
    ]


def _erase_files(person: Person) -> None:
    attachment.remove(Attachment.objects.filter(by=person, stays=False))
    Attachment.objects.filter(by=person).update(by=None)


def _looks(person: Person) -> list[Any]:
    return list(Look.objects.filter(person=person).order_by("time").values("of", "time", "reason"))


def _erase_looks(person: Person) -> None:
    """That somebody looked, and why, stays for those they looked at; who it was does not."""
    Look.objects.filter(person=person).update(person=None)


def _departments(person: Person) -> list[str]:
    return [str(one) for one in person.departments.all()]


def _leave_departments(person: Person) -> None:
    person.departments.clear()


records = (
    PersonalData(
        name="looks",
        purpose=_("At whose data a member of staff looked, when and why, so that it can be checked."),
        term=_("for good; once the account is erased, without the name"),
        export=_looks,
        erase=_erase_looks,
    ),
    PersonalData(
        name="departments",
        purpose=_("The departments that a member of staff belongs to, so that work reaches who does it."),
        term=_("until they leave the department"),
        export=_departments,
        erase=_leave_departments,
    ),
    PersonalData(
        name="files",
        purpose=_("Pictures and PDFs that you added to something, to show them to whoever may read that."),
        term=_(
            "until taken away or your account is erased; what is of the city's record: for good, without your name"
        ),
        export=_files,
        erase=_erase_files,
    ),
    PersonalData(
        name="mail",
        purpose=_(
            "E-mail that we wrote to you and that still lies on our own machine, so that it reaches you."
        ),
        term=until_erased,
        export=_mail,
        erase=_erase_mail,
    ),
    PersonalData(
        name="forms",
        purpose=_(
            "Which forms of yours were carried out, without their words, so that none is carried out twice."
        ),
        term=_("seven days"),
        export=_once,
        erase=_erase_once,
    ),
    push.record,
    PersonalData(
        name="letter",
        purpose=_("Name and postal address, to send you the code that confirms where you live."),
        term=_("until the code is entered, at most 60 days"),
        export=_letter,
        erase=_erase_letter,
    ),
    PersonalData(
        name="sessions",
        purpose=_("Network address and browser of each sign-in, so that you can see and end them."),
        term=_("until you sign out, at most 14 days"),
        export=_sessions,
        erase=_erase_sessions,
    ),
    PersonalData(
        name="keys",
        purpose=_("Passkeys, authenticator app and recovery codes, to keep others out of your account."),
        term=until_erased,
        export=_keys,
        erase=_erase_keys,
    ),
    PersonalData(
        name="tokens",
        purpose=_("Tokens of your programs: what each is for, what it opens, and when it was used last."),
        term=_("thirty days after it ends or is revoked"),
        export=_tokens,
        erase=_erase_tokens,
    ),
    PersonalData(
        name="providers",
        purpose=_(
            "Your number at an identity provider, where you sign in through one; nothing else it tells."
        ),
        term=until_erased,
        export=_providers,
        erase=_erase_keys,
    ),
    PersonalData(
        name="roles",
        purpose=_("Roles at the city's desk, to know what a member of staff may do."),
        term=_("until the role ends"),
        export=_roles,
        erase=_erase_roles,
    ),
    PersonalData(
        name="deeds",
        purpose=_(
            "What was done with your account and when, without your words, so that the city can be audited."
        ),
        term=_("for good; once your account is erased it leads to nobody"),
        export=_deeds,
        erase=_unlink_deeds,
    ),
    PersonalData(
        name="account",
        purpose=_("E-mail address, name, language and whether you are a verified resident, to let you in."),
        term=until_erased,
        export=_account,
        erase=_erase_account,
    ),
)
