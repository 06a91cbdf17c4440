"""What may be asked for about accounts and roles."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as __

from candia.accounts import personal
from candia.core import errors, look
from candia.core.access import Actor, Grant, May, Person, administrator, clerk, per_hour, resident, system
from candia.core.command import command
from candia.core.event import Happened
from candia.core.service import role_of, services

at_the_console = May("the console", lambda by, _target: by == system)


def story_of(person: Person) -> str:
    """The id under which events speak of an account."""
    return f"people.person:{person.pk}"


@command(event="people.role_granted", title=__("Role granted"), may=administrator | at_the_console)
def grant_role(by: Actor, *, person: Person, role: str, service: str = "") -> Happened:
    """Give a member of staff a role, in one service or in all; refuses what they hold already."""
    _check_role(role, service)
    if not person.is_active:
        raise errors.Refused(_("This account is closed. A role needs an account in use."))
    _grant, made = Grant.objects.get_or_create(person=person, role=role, service=service)
    if not made:
        raise errors.Conflict(_("The account holds this role already."))
    return Happened(story_of(person), data={"role": role, "service": service})


@command(event="people.role_revoked", title=__("Role revoked"), may=administrator | at_the_console)
def revoke_role(by: Actor, *, person: Person, role: str, service: str = "") -> Happened:
    """Take a role away; the last administrator keeps theirs, so that the city is never locked out."""
    if role == Grant.ADMINISTRATOR and not service:
        refuse_losing_the_last_administrator(person)
    gone, _rows = Grant.objects.filter(person=person, role=role, service=service).delete()
    if not gone:
        raise errors.Conflict(_("The account does not hold this role any more."))
    return Happened(story_of(person), data={"role": role, "service": service})


@command(
    event="people.account_viewed",
    title=__("Account looked at"),
    may=administrator | clerk,
    limit=per_hour(300),
    staff=True,
)
def view_account(by: Person, *, person: Person) -> Happened:
    """Look at somebody's account at the desk; they see in their own data that staff looked, and when."""
    return look.looked(by, story_of(person))


@command(event="people.profile_changed", title=__("Profile changed"), may=resident, idempotent=True)
def change_profile(by: Person, *, name: str, language: str) -> Happened:
    """Change the name that others see beside one's words, and the language of one's mail."""
    if language not in {"el", "en"}:
        raise errors.Refused(_("Choose one of the languages."), language=_("Choose one of the languages."))
    by.name, by.language = " ".join(name.split())[:120], language
    by.save(update_fields=["name", "language"])
    return Happened(story_of(by))


@command(event="people.account_erased", title=__("Account erased"), may=resident)
def erase_account(by: Person) -> Happened:
    """Erase one's own account: every service removes or unlinks what it keeps, and no one can sign in.

    The history stays whole: events name the account by a number that leads to nobody any more.
    """
    refuse_losing_the_last_administrator(by)
    for service in services().values():
        for item in service.personal:
            if service.name != "people":
                item.erase(by)
    # Last, since the others may still need to know whose things to look for.
    for item in personal.records:
        item.erase(by)
    return Happened(story_of(by))


def refuse_losing_the_last_administrator(person: Person) -> None:
    """Raise Refused when nobody else could grant roles; holds the others until the transaction ends."""
    holders = Grant.objects.select_for_update(of=("self",)).filter(
        role=Grant.ADMINISTRATOR, service="", person__is_active=True
    )
    # The lock is taken in one order, so that two who go at once wait and do not both leave.
    keepers = {grant.person_id for grant in holders.order_by("pk")}
    if keepers == {person.pk}:
        raise errors.Refused(_("This is the last administrator. Make somebody else administrator first."))


def _check_role(role: str, service: str) -> None:
    if service and service not in services():
        raise errors.Refused(_("There is no such service."), service=_("There is no such service."))
    granted = role_of(role, service)
    if granted is None:
        raise errors.Refused(_("There is no such role."), role=_("There is no such role."))
    if granted.citywide and service:
        wrong = _("This role is one of the whole city. Leave the service empty.")
        raise errors.Refused(wrong, service=wrong)
