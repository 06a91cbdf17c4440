"""What of dialogue is somebody's own: their drafts and proposals, and those to which the city owes an answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from candia.core.access import Person
from candia.services.dialogue import states
from candia.services.dialogue.models import Proposal


def mine(person: Person) -> Iterator[dict[str, Any]]:
    """A line for each, the latest first."""
    for proposal in (
        Proposal.objects.filter(author=person).select_related("answer_due").order_by("-number")[:50]
    ):
        owed = proposal.owed
        draft = proposal.status == states.DRAFT
        yield {
            "title": proposal.heading or _("Without a title yet"),
            "url": f"{reverse('dialogue-new-proposal')}?draft={proposal.number}"
            if draft
            else proposal.page(),
            "kind": proposal.title,
            "status": proposal.standing,
            "tone": proposal.tone,
            "note": owed.sentence if owed else "",
            "time": proposal.submitted or proposal.changed,
            "owed": owed is not None,
        }
