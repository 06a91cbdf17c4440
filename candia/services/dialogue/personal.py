"""What dialogue keeps about persons, how it is handed over, and what becomes of it at an erasure."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from candia.core import attachment
from candia.core.access import Person
from candia.core.personal import PersonalData
from candia.services.dialogue import states
from candia.services.dialogue.models import Proposal


def export_proposals(person: Person) -> list[dict[str, Any]]:
    """Everything that the person wrote as proposals, drafts included."""
    return [
        {
            "id": proposal.id,
            "status": proposal.status,
            "title": proposal.heading,
            "text": proposal.text,
            "theme": proposal.theme,
            "place": proposal.place,
            "address": proposal.address,
            "signed": proposal.signed,
            "begun": proposal.created.isoformat(),
            "submitted": proposal.submitted and proposal.submitted.isoformat(),
            "withdrawn_because": proposal.withdrawn_because,
        }
        for proposal in Proposal.objects.filter(author=person).order_by("number")
    ]


def erase_proposals(person: Person) -> None:
    """Drafts go, with what hangs on them; what was public stays as the city's record, without a name."""
    drafts = list(Proposal.objects.filter(author=person, status=states.DRAFT))
    attachment.remove(file for files in attachment.of(*drafts).values() for file in files)
    for draft in drafts:
        draft.delete()
    Proposal.objects.filter(author=person).update(author=None, signed=False)


records = (
    PersonalData(
        name="proposals",
        purpose=_("To show the city what residents propose, and by whom where they sign."),
        term=_("Drafts: until thrown away. Published proposals: for good, as the city's public record."),
        export=export_proposals,
        erase=erase_proposals,
    ),
)
