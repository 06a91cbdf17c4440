"""What operations keep about members of staff: what they have taken, and what they wrote."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from candia.core.access import Person
from candia.core.personal import PersonalData
from candia.operations.models import Handover, InboxVisit, Note, Triage


def export(person: Person) -> dict[str, Any]:
    """What somebody has taken, the notes they wrote, their handovers, and when they were at the inbox."""
    return {
        "assigned": list(Triage.objects.filter(assignee=person).values_list("item", flat=True)),
        "notes": list(Note.objects.filter(person=person).values("item", "text", "time")),
        "handovers": list(Handover.objects.filter(person=person).values("text", "time")),
        "visits": list(InboxVisit.objects.filter(person=person).values("seen", "before")),
    }


def erase(person: Person) -> None:
    """What was written stays for the colleagues, without a name; what was taken is nobody's."""
    Triage.objects.filter(assignee=person).update(assignee=None)
    Note.objects.filter(person=person).update(person=None)
    Handover.objects.filter(person=person).update(person=None)
    InboxVisit.objects.filter(person=person).delete()


records = (
    PersonalData(
        name="work",
        purpose=_(
            "What you have taken at the desk and what you wrote there, so that colleagues can go on; and when you "
            "last looked at the inbox, so that you see what is new."
        ),
        term=_("For good; once the account is erased, without the name."),
        export=export,
        erase=erase,
    ),
)
