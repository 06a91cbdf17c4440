"""What an officer asks for: to answer a proposal with yes, not now or no, and why."""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext_lazy

from candia.core.access import RoleHolder, operator
from candia.core.command import command
from candia.core.event import Happened
from candia.participation import answers
from candia.services.dialogue import states
from candia.services.dialogue.life import move
from candia.services.dialogue.models import Proposal

may = operator("dialogue")


@command(
    event="dialogue.proposal_accepted",
    title=gettext_lazy("Accepted by the city"),
    may=may,
    told=True,
    api=True,
)
def accept_proposal(
    _by: RoleHolder, *, proposal: Proposal, text: str, office: str = "", seen: int = 0
) -> Happened:
    """Answer that the city will do it, and how; `seen` is the number of the last answer that the officer saw."""
    return _answer(proposal, states.ACCEPTED, text, office, seen)


@command(
    event="dialogue.proposal_postponed",
    title=gettext_lazy("Not now, says the city"),
    may=may,
    told=True,
    api=True,
)
def postpone_proposal(
    _by: RoleHolder, *, proposal: Proposal, text: str, office: str = "", seen: int = 0
) -> Happened:
    """Answer that it can't be done now, and what it waits for; it stays open for support."""
    return _answer(proposal, states.NOT_NOW, text, office, seen)


@command(
    event="dialogue.proposal_declined",
    title=gettext_lazy("Not accepted by the city"),
    may=may,
    told=True,
    api=True,
)
def decline_proposal(
    _by: RoleHolder, *, proposal: Proposal, text: str, office: str = "", seen: int = 0
) -> Happened:
    """Answer that the city will not do it, and why."""
    return _answer(proposal, states.REJECTED, text, office, seen)


def _answer(proposal: Proposal, status: str, text: str, office: str, seen: int) -> Happened:
    answer = answers.give(proposal, status, text, office, seen)
    before = move(proposal, status)
    proposal.answered = timezone.now()
    proposal.save()
    data = {"answer": answer.pk, "before": before, "supports": proposal.support_count}
    return Happened(proposal, data=data)
