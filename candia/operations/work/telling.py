"""Telling a crew: their phone says that there is new work, of which service, how urgent and until when.

What is to be done and where stands on the page alone: a locked phone shows it to whoever holds it.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from candia.accounts.push import queue
from candia.core.access import Person
from candia.core.push import Brief
from candia.core.service import services
from candia.operations.work.models import PRIORITIES, Assignment

KIND = "operations.work_order"


def tell_crew(sent: Iterable[Assignment]) -> None:
    """Let the phones of those who were just sent say so."""
    queue.tell(KIND, {one.person_id: one.pk for one in sent if one.person_id is not None})


def brief(number: int, person: Person) -> Brief | None:
    """That somebody was sent, by the number of their assignment; None once they are off it, or it is over."""
    on_it = Assignment.objects.filter(pk=number, person=person, until=None).select_related("order").first()
    if on_it is None or not on_it.order.is_open:
        return None
    order = on_it.order
    declared = services().get(order.service)
    said = [str(declared.title) if declared else "", str(PRIORITIES[order.priority])]
    if order.due:
        due = date_format(timezone.localtime(order.due), "SHORT_DATETIME_FORMAT")
        said.append(_("until %(when)s") % {"when": due})
    page = f"{reverse('operations-crew')}#{order.number}"
    return Brief(_("New work: #%(number)d") % {"number": order.number}, " · ".join(filter(None, said)), page)
