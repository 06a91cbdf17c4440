"""What a verified resident asks for: to support a thing, and to take that back."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from candia.core import errors
from candia.core.access import Person, per_hour, resident, verified
from candia.core.command import command
from candia.core.entity import Entity
from candia.core.event import Happened
from candia.participation.commands.counting import counted
from candia.participation.declaration import must_take
from candia.participation.models import Support


@command(event="participation.supported", title=gettext_lazy("Supported"), may=verified, limit=per_hour(120))
def support(by: Person, *, entity: Entity) -> Happened:
    """Say yes to a thing, once; for verified residents."""
    must_take(entity, "support")
    _support, made = Support.objects.get_or_create(entity_id=entity.pk, person=by)
    if not made:
        raise errors.Conflict(_("You support this already; everyone has one voice."))
    return counted(entity)


@command(event="participation.support_withdrawn", title=gettext_lazy("Support withdrawn"), may=resident)
def withdraw_support(by: Person, *, entity: Entity) -> Happened:
    """Take one's support back, as long as it counts."""
    must_take(entity, "withdraw_support")
    gone, _rows = Support.objects.filter(entity=entity.pk, person=by).delete()
    if not gone:
        raise errors.Conflict(_("You do not support this."))
    return counted(entity)
