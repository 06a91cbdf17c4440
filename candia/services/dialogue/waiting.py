"""What waits at the desk for whoever answers proposals or keeps the conversation decent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from candia.core.access import Person, moderator, operator
from candia.services.dialogue import states
from candia.services.dialogue.models import Proposal
from candia.services.dialogue.promise import awaiting


def waiting(by: Person) -> Iterator[dict[str, Any]]:
    """How many proposals wait for an answer, how many of them are owed one, and how many were reported."""
    if not (moderator("dialogue") | operator("dialogue"))(by):
        return
    address = reverse("dialogue-desk-queue")
    unanswered = Proposal.published().filter(status=states.OPEN).count()
    owed = awaiting().count()
    reported = Proposal.objects.filter(reports__settled=False).distinct().count()
    yield _figure(_("To answer"), unanswered, f"{address}?tab=answer")
    yield _figure(_("of these, owed an answer"), owed, f"{address}?tab=answer", _("to be answered"))
    yield _figure(_("Reported"), reported, f"{address}?tab=reported", _("to be looked at"))


def _figure(label: str, count: int, url: str, note: str = "") -> dict[str, Any]:
    asks = bool(note and count)
    return {
        "label": label,
        "value": count,
        "url": url,
        "note": note if asks else "",
        "tone": "warn" if asks else "",
    }
