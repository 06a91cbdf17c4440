"""How a proposal's status changes, and what may be done to it meanwhile: as its states allow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import gettext as _

from candia.core import errors
from candia.services.dialogue import city, states

if TYPE_CHECKING:
    from candia.participation.declaration import Counts, Deed
    from candia.services.dialogue.models import Proposal

# Where residents and moderators may do what.
OPEN_TO: dict[Deed, frozenset[str]] = {
    "support": states.SUPPORTABLE,
    "withdraw_support": states.SUPPORTABLE,
    "comment": states.DISCUSSED,
    "follow": states.SUBMITTED,
    "report": states.SUBMITTED,
    "hide": states.SUBMITTED,
    "attach": frozenset({states.DRAFT}),
}


def check(proposal: Proposal, deed: Deed) -> None:
    """Refuse with a Conflict what can't be done to a proposal as it stands."""
    must_be(proposal, *OPEN_TO[deed])


def must_be(proposal: Proposal, *statuses: str) -> None:
    """Refuse with a Conflict what can't be done to a proposal that is hidden, or has come to another status."""
    if proposal.hidden:
        raise errors.Conflict(
            _(
                "This can't be done now: the proposal is hidden. It can be done once a moderator shows it again."
            )
        )
    if proposal.status not in statuses:
        raise errors.Conflict(
            _("This can't be done now: the proposal is “%(status)s”.")
            % {"status": proposal.get_status_display()}
        )


def move(proposal: Proposal, status: str) -> str:
    """Bring the proposal to another status, unsaved; answers with the one before."""
    before = proposal.status
    must_be(proposal, *(known for known, next_ in states.MOVES.items() if status in next_))
    proposal.status = status
    return before


def counted(proposal: Proposal, counts: Counts) -> dict[str, Any]:
    """Keep how many support it and comment on it; the voice that reaches the goal is told of in its event."""
    proposal.support_count, proposal.comment_count = counts.supports, counts.comments
    facts = _reached(proposal)
    proposal.save()
    return facts


def _reached(proposal: Proposal) -> dict[str, Any]:
    """That this voice reaches the city's goal, once: what an answer was promised for stays so."""
    goal = city.goal()
    # What is not open has its answer already.
    if not goal or proposal.reached or proposal.status != states.OPEN or proposal.support_count < goal:
        return {}
    proposal.reached = timezone.now()
    return {"goal": goal}
