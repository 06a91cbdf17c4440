"""What the city's first page shows of dialogue: what is open, what was promised, and where."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.urls import reverse
from django.utils.formats import date_format, number_format
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from candia.services.dialogue import city, states
from candia.services.dialogue import promise as answering
from candia.services.dialogue.models import Answer, Proposal


def home() -> dict[str, Any]:
    """The figure of open proposals, their layer, the five most supported, and what was promised."""
    open_ = Proposal.published().filter(status=states.OPEN)
    best = open_.order_by("-support_count", "-submitted")[:5]
    answers = Answer.objects.filter(
        status=states.ACCEPTED, proposal__status=states.ACCEPTED, proposal__public=True
    )
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
        "measures": list(measures()),
        "steps": {"propose": reverse("dialogue-new-proposal"), "decide": reverse("dialogue-proposals")},
    }


def measures() -> Iterator[dict[str, Any]]:
    """How well the city has kept its promise to answer in time."""
    kept = answering.kept()
    if kept is None:
        return
    parts = [_("%(n)d of %(all)d") % {"n": kept.in_time, "all": kept.judged}]
    if (days := kept.median_days) is not None:
        told = ngettext("half of them within %(n)d day", "half of them within %(n)d days", days)
        parts.append(told % {"n": days})
    if waiting := answering.awaiting().count():
        told = ngettext("%(n)d waits for its answer", "%(n)d wait for their answer", waiting)
        parts.append(told % {"n": waiting})
    yield {
        "label": _("Answers in time"),
        "value": number_format(int(kept.share * 100)),
        "unit": "%",
        "promise": _("an answer within %(days)d days once %(goal)d residents support a proposal")
        % {"days": city.answer_days(), "goal": city.goal()},
        "met": kept.in_time == kept.judged,
        "notes": parts,
        "url": f"{reverse('dialogue-proposals')}?status={states.AWAITED}",
        "url_label": _("What waits for an answer"),
    }


def by_when(proposal: Proposal) -> str:
    """By when the city answers this proposal, or that it is late; nothing where it has promised nothing."""
    if proposal.due is None or not proposal.awaited:
        return ""
    told = {"day": date_format(proposal.due, "SHORT_DATE_FORMAT")}
    if proposal.overdue:
        return _("The city's answer was due by %(day)s.") % told
    return _("The city answers by %(day)s.") % told


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
        "note": by_when(proposal),
        "late": proposal.overdue,
    }
