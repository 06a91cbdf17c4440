"""Role: what a member of staff is, in words; who holds one, the records say (`core.access.Grant`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from candia.core.access import Grant

if TYPE_CHECKING:
    from django.utils.functional import Promise


@dataclass(frozen=True)
class Role:
    """A role with what whoever holds it may do, in a sentence for those who grant it.

    One that a service declares counts in that service; of the core's own, one that is `citywide` counts in the
    whole city alone, the others in one service or in all. Conditions name it: `may=role("jury", "budgeting")`.
    """

    name: str
    title: str | Promise
    description: str | Promise
    citywide: bool = False


_described = {
    Grant.OPERATOR: _(
        "Has the shift of a service: judges its alerts, answers officially, changes what it owns."
    ),
    Grant.MODERATOR: _("Keeps conversations decent: reads what is reported, hides with a public reason."),
    Grant.CLERK: _("Meets residents: confirms who lives here, prints and posts letters with codes."),
    Grant.CREW: _(
        "Goes out to do the work: sees the work orders that name them, and nothing else of the service."
    ),
    Grant.ADMINISTRATOR: _(
        "Grants and revokes roles, sees every account, and keeps departments. Few should."
    ),
}
_citywide = {Grant.CLERK, Grant.ADMINISTRATOR}
#: The roles that every city has, by name.
core_roles = {
    name: Role(name, title, _described[name], citywide=name in _citywide) for name, title in Grant.ROLES
}
