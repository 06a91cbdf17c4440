"""What is kept about the people of a crew: where they were sent, and what they wrote from there."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from candia.core.access import Person
from candia.core.personal import PersonalData
from candia.operations.work.models import Assignment, FieldEvent, WorkOrder


def export(person: Person) -> dict[str, Any]:
    """The orders that somebody was sent to or planned, and what their phone said."""
    return {
        "sent_to": list(Assignment.objects.filter(person=person).values("order", "since", "until")),
        "planned": list(WorkOrder.objects.filter(author=person).values_list("pk", flat=True)),
        "field_events": list(
            FieldEvent.objects.filter(person=person).values("order", "kind", "data", "at", "received")
        ),
    }


def erase(person: Person) -> None:
    """What was done stays as the city's record of the work, without a name."""
    Assignment.objects.filter(person=person).update(person=None)
    WorkOrder.objects.filter(author=person).update(author=None)
    FieldEvent.objects.filter(person=person).update(person=None)


records = (
    PersonalData(
        name="work_orders",
        purpose=_(
            "To which work you were sent and what you reported of it, so that the city knows what was done."
        ),
        term=_("For good, as the record of the work; once the account is erased, without the name."),
        export=export,
        erase=erase,
    ),
)
