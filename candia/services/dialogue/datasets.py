"""The open data of dialogue: proposals and their answers, without a word about persons."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import Count, Prefetch, Q
from django.utils.translation import gettext_lazy as _

from candia.core.dataset import Dataset
from candia.core.field import Field
from candia.participation.models import Answer, Comment
from candia.services.dialogue.models import Proposal


def rows() -> Iterator[dict[str, Any]]:
    """One row for each public proposal, oldest first."""
    said = {
        stance: Count("comments", filter=Q(comments__stance=stance, comments__hidden_because=""))
        for stance in (Comment.FOR, Comment.AGAINST, Comment.NEUTRAL)
    }
    public = (
        Proposal.published()
        .annotate(**{f"said_{stance}": count for stance, count in said.items()})
        .select_related("answer_due")
        .prefetch_related(Prefetch("answers", Answer.objects.order_by("id")))
        .order_by("number")
    )
    for proposal in public:
        answer = next(reversed(proposal.answers.all()), None)
        yield {
            "id": proposal.id,
            "title": proposal.heading,
            "text": proposal.text,
            "theme": proposal.theme,
            "zone": proposal.zone,
            "status": proposal.status,
            "supports": proposal.support_count,
            "comments_for": proposal.said_for,  # type: ignore[attr-defined]
            "comments_against": proposal.said_against,  # type: ignore[attr-defined]
            "comments_neutral": proposal.said_neutral,  # type: ignore[attr-defined]
            "submitted": proposal.submitted,
            "reached": proposal.answer_due.since if hasattr(proposal, "answer_due") else None,
            "answered": proposal.answered,
            "answer": answer.text if answer else None,
            "place": proposal.point(),
        }


proposals = Dataset(
    name="proposals",
    title=_("Residents' proposals"),
    description=_(
        "Every public proposal with its status, supports, number of comments and the city's answer."
    ),
    licence="CC-BY-4.0",
    rhythm="CONT",
    schema=(
        Field("id", "string", _("Identifier")),
        Field("title", "string", _("Title")),
        Field("text", "string", _("Text")),
        Field("theme", "string", _("Theme")),
        Field("zone", "string", _("Zone")),
        Field("status", "string", _("Status: open, accepted, not_now, rejected or withdrawn")),
        Field("supports", "integer", _("Verified residents who support it")),
        Field("comments_for", "integer", _("Comments for")),
        Field("comments_against", "integer", _("Comments against")),
        Field("comments_neutral", "integer", _("Comments neither for nor against")),
        Field("submitted", "datetime", _("Submitted")),
        Field("reached", "datetime", _("Reached the number of supports that asks for an answer")),
        Field("answered", "datetime", _("Last answered")),
        Field("answer", "string", _("The city's answer")),
        Field("place", "geometry", _("Place")),
    ),
    query=rows,
)
