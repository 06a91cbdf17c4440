"""What the city's first page shows of dialogue: what is open, what was promised, and where."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from candia.participation import deadlines
from candia.participation.models import Answer
from candia.services.dialogue import city, states
from candia.services.dialogue.models import Proposal


def home() -> dict[str, Any]:
    """The figure of open proposals, their layer, the most supported, and what was promised."""
    open_ = Proposal.published().filter(status=states.OPEN)
    best = open_.select_related("answer_due").order_by("-support_count", "-submitted")[:20]
    accepted = Proposal.published().filter(status=states.ACCEPTED)
    answers = Answer.objects.filter(status=states.ACCEPTED, entity__in=accepted)
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
        "promises": list(promises(answers.order_by("-given")[:3])),
        "measures": list(measures()),
        "steps": {"propose": reverse("dialogue-new-proposal"), "decide": reverse("dialogue-proposals")},
    }


def measures() -> Iterator[dict[str, Any]]:
    """How well the city has kept its promise to answer in time."""
    kept = deadlines.kept(Proposal)
    if kept is None or not city.answer_days():
        return
    parts = [_("%(n)d of %(all)d") % {"n": kept.in_time, "all": kept.judged}]
    if (days := kept.median_days) is not None:
        told = ngettext("half of them within %(n)d day", "half of them within %(n)d days", days)
        parts.append(told % {"n": days})
    if waiting := deadlines.awaiting(Proposal).count():
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


def promises(answers: QuerySet[Answer]) -> Iterator[dict[str, Any]]:
    """What the city promised, a line for each accepted proposal."""
    proposals = Proposal.objects.in_bulk([answer.entity_id for answer in answers])
    for answer in answers:
        proposal = proposals[answer.entity_id]
        yield {
            "title": proposal.heading,
            "url": proposal.page(),
            "status": answer.title,
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
        "words": tone_words(),
    }


def map_tone(proposal: Proposal) -> str:
    """The colour of a proposal on a map, where red and ochre are for what is wrong in a street; a no is not."""
    return proposal.tone if proposal.tone in {"info", "good"} else "quiet"


def tone_words() -> dict[str, str]:
    """What the colours say of proposals."""
    return {
        "info": _("open for support"),
        "good": _("accepted by the city"),
        "quiet": _("not now, not accepted or withdrawn"),
    }


def decision(proposal: Proposal) -> dict[str, Any]:
    """A proposal as a line of what the city is deciding."""
    owed = proposal.owed
    return {
        "title": proposal.heading,
        "url": reverse("dialogue-proposal", kwargs={"number": proposal.number}),
        "status": proposal.get_status_display(),
        "tone": proposal.tone,
        "theme": proposal.theme_name,
        "place": proposal.zone_name,
        "zone": proposal.zone,
        "support": proposal.support_count,
        "goal": city.goal(),
        "comments": proposal.comment_count,
        "note": owed.sentence if owed else "",
        "late": bool(owed and owed.late),
    }
