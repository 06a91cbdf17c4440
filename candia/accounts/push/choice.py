"""Choice: of what somebody's devices tell them; of all that concerns them, until they do without some of it."""

from __future__ import annotations

from collections.abc import Collection

from django.utils.translation import gettext as _

from candia.accounts.push.models import PushSettings
from candia.core import errors
from candia.core.access import Person
from candia.core.service import pushes


def offered(person: Person) -> dict[str, str]:
    """The kinds that concern somebody, with their titles."""
    return {kind: str(push.title) for kind, push in pushes().items() if push.concerns(person)}


def wanted(person: Person) -> list[str]:
    """Those of which they are told."""
    chosen = PushSettings.objects.filter(person=person).first()
    return sorted(offered(person).keys() - set(chosen.without if chosen else ()))


def choose(person: Person, kinds: Collection[str]) -> None:
    """Let somebody be told of these, and of no other that concerns them; for a command of theirs."""
    known = offered(person).keys()
    if not known >= set(kinds):
        wrong = _("Choose some of these.")
        raise errors.Refused(wrong, push=wrong)
    without = sorted(known - set(kinds))
    PushSettings.objects.update_or_create(person=person, defaults={"without": without})
