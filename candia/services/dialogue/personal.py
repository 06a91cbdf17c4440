"""What dialogue keeps about persons, how it is handed over, and what becomes of it at an erasure."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from candia.core.access import Person
from candia.core.personal import PersonalData
from candia.services.dialogue import pictures, states
from candia.services.dialogue.models import Comment, Follow, Notice, Picture, Proposal, Report, Support


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
    """Drafts go, with their pictures; what was public stays as the city's record, without a name."""
    drafts = Proposal.objects.filter(author=person, status=states.DRAFT)
    names = list(Picture.objects.filter(proposal__in=drafts).values_list("file", flat=True))
    for draft in drafts:
        draft.delete()
    for name in names:
        transaction.on_commit(partial(pictures.remove, name), robust=True)
    Proposal.objects.filter(author=person).update(author=None, signed=False)


def export_comments(person: Person) -> list[dict[str, Any]]:
    """Every comment of the person, also those that were hidden."""
    return [
        {
            "proposal": comment.proposal_id,
            "stance": comment.stance,
            "text": comment.text,
            "written": comment.written.isoformat(),
            "signed": comment.signed,
            "hidden_because": comment.hidden_because,
        }
        for comment in Comment.objects.filter(author=person).order_by("pk")
    ]


def erase_comments(person: Person) -> None:
    """Comments stay in the conversation that they were part of, without a name."""
    Comment.objects.filter(author=person).update(author=None, signed=False)


def export_voices(person: Person) -> dict[str, Any]:
    """What the person supports and follows, and what they reported."""
    return {
        "supports": [
            {"proposal": row.proposal_id, "since": row.since.isoformat()}
            for row in Support.objects.filter(person=person)
        ],
        "follows": [
            {"proposal": row.proposal_id, "since": row.since.isoformat()}
            for row in Follow.objects.filter(person=person)
        ],
        "reports": [
            {"proposal": row.proposal_id, "reason": row.reason, "made": row.made.isoformat()}
            for row in Report.objects.filter(person=person)
        ],
    }


def erase_voices(person: Person) -> None:
    """Support ends where it still counts, and loses its name where the city has decided."""
    standing = Support.objects.filter(person=person, proposal__status__in=states.SUPPORTABLE)
    for proposal in Proposal.objects.select_for_update().filter(supports__in=standing):
        proposal.supports.filter(person=person).delete()
        proposal.support_count = proposal.supports.count()
        proposal.save()
    Support.objects.filter(person=person).update(person=None)
    Follow.objects.filter(person=person).delete()
    Notice.objects.filter(person=person).delete()
    Report.objects.filter(person=person).update(person=None)


records = (
    PersonalData(
        name="proposals",
        purpose=_("To show the city what residents propose, and by whom where they sign."),
        term=_("Drafts: until thrown away. Published proposals: for good, as the city's public record."),
        export=export_proposals,
        erase=erase_proposals,
    ),
    PersonalData(
        name="comments",
        purpose=_("To hold the public conversation about a proposal."),
        term=_("For good, as part of the public record; without a name once the account is erased."),
        export=export_comments,
        erase=erase_comments,
    ),
    PersonalData(
        name="voices",
        purpose=_(
            "One voice for each verified resident, mail on what one follows, and reports to moderators."
        ),
        term=_("Until taken back, or until the account is erased."),
        export=export_voices,
        erase=erase_voices,
    ),
)
