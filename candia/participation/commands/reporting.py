"""What a resident asks for who finds something wrong: that a moderator looks at it."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from candia.core import errors
from candia.core.access import Person, per_day, resident
from candia.core.command import command
from candia.core.entity import Entity
from candia.core.event import Happened
from candia.participation import text_cleaning
from candia.participation.commands.counting import aside, comment_on
from candia.participation.declaration import must_take
from candia.participation.models import Report


@command(
    event="participation.reported", title=gettext_lazy("Reported"), may=resident, limit=per_day(20), api=True
)
def report(by: Person, *, entity: Entity, reason: str, comment: int | None = None) -> Happened:
    """Ask the moderators to look at a thing or at one of the comments on it."""
    must_take(entity, "report")
    reason = text_cleaning.prose(reason)
    if wrong := text_cleaning.wrong_length(reason, 5, 1000):
        raise errors.Refused(wrong, reason=wrong)
    said = comment_on(entity, comment) if comment else None
    if said is not None and said.hidden_because:
        raise errors.NotFound
    if Report.objects.filter(entity=entity.pk, person=by, comment=said, settled=False).exists():
        raise errors.Conflict(_("You have told the moderators already. They will look at it."))
    Report.objects.create(entity_id=entity.pk, comment=said, person=by, reason=reason)
    return aside(entity, "reports", comment=comment)
