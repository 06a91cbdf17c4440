"""What the city's first page shows of dialogue: what is open, what was promised, and where."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from candia.services.dialogue import city, states
from candia.services.dialogue.models import Answer, Proposal


def home() -> dict[str, Any]:
    """The figure of open proposals, their layer, the five most supported, and the last promises."""
    open_ = Proposal.objects.filter(status=states.OPEN)
    best = open_.order_by("-support_count", "-submitted")[:5]
    answers = Answer.objects.filter(status=states.ACCEPTED, proposal__status=states.ACCEPTED)
    return {
        "tiles": [
            {
                "label": _("Proposals open for support"),
                "value": open_.count(),
                "url": reverse("dialogue-proposals"),
            }
        ],
        "layers": [layer()],
        "decisions": [decision(proposal) for proposal in best],
        "promises": [promise(answer) for answer in answers.select_related("proposal").order_by("-given")[:3]],
        "steps": {"propose": reverse("dialogue-new-proposal"), "decide": reverse("dialogue-proposals")},
    }


def promise(answer: Answer) -> dict[str, Any]:
    """An accepted proposal as a line of what the city promised."""
    return {
        "title": answer.proposal.heading,
        "url": reverse("dialogue-proposal", kwargs={"number": answer.proposal.number}),
        "status": answer.get_status_display(),
        "tone": answer.tone,
        "text": Truncator(answer.text).words(24),
        "by": answer.office,
        "time": answer.given,
    }


def layer(query: str = "") -> dict[str, Any]:
    """The map layer of proposals, as far as the query string narrows them."""
    return {
        "id": "proposals",
        "title": _("Proposals"),
        "kind": "points",
        "src": reverse("dialogue-proposals-layer") + (f"?{query}" if query else ""),
        "live": "dialogue",
    }


def decision(proposal: Proposal) -> dict[str, Any]:
    """A proposal as a line of what the city is deciding."""
    return {
        "title": proposal.heading,
        "url": reverse("dialogue-proposal", kwargs={"number": proposal.number}),
        "status": proposal.get_status_display(),
        "tone": proposal.tone,
        "theme": proposal.theme_name,
        "place": proposal.zone_name,
        "support": proposal.support_count,
        "goal": city.goal(),
        "comments": proposal.comment_count,
    }
