"""How commands change the status of a proposal: as its states allow, and not at all while it is hidden."""

from __future__ import annotations

from django.utils.translation import gettext as _

from candia.core import errors
from candia.services.dialogue import states
from candia.services.dialogue.models import Proposal


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
