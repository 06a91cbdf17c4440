"""What an officer asks for: to answer a proposal with yes, not now or no, and why."""

from __future__ import annotations

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from candia.core import errors
from candia.core.access import Person, operator
from candia.core.command import command
from candia.core.event import Happened
from candia.services.dialogue import states, text_cleaning
from candia.services.dialogue.commands.transitions import move
from candia.services.dialogue.models import Answer, Proposal

may = operator("dialogue")


@command(event="dialogue.proposal_accepted", title=gettext_lazy("Accepted by the city"), may=may)
def accept_proposal(
    _by: Person, *, proposal: Proposal, text: str, office: str = "", seen: int = 0
) -> Happened:
    """Answer that the city will do it, and how; `seen` is the number of the last answer that the officer saw."""
    return _answer(proposal, states.ACCEPTED, text, office, seen)


@command(event="dialogue.proposal_postponed", title=gettext_lazy("Not now, says the city"), may=may)
def postpone_proposal(
    _by: Person, *, proposal: Proposal, text: str, office: str = "", seen: int = 0
) -> Happened:
    """Answer that it can't be done now, and what it waits for; it stays open for support."""
    return _answer(proposal, states.NOT_NOW, text, office, seen)


@command(event="dialogue.proposal_declined", title=gettext_lazy("Not accepted by the city"), may=may)
def decline_proposal(
    _by: Person, *, proposal: Proposal, text: str, office: str = "", seen: int = 0
) -> Happened:
    """Answer that the city will not do it, and why."""
    return _answer(proposal, states.REJECTED, text, office, seen)


def _answer(proposal: Proposal, status: str, text: str, office: str, seen: int) -> Happened:
    """Give an answer to what the officer looked at: a later one stands beside those that they have seen."""
    text = text_cleaning.prose(text)
    if wrong := text_cleaning.wrong_length(text, 20, 6000):
        raise errors.Refused(wrong, text=wrong)
    last = proposal.answers.last()
    if last is not None and last.pk != seen:
        raise errors.Conflict(
            _(
                "The city has answered meanwhile: “%(status)s”, %(day)s. Read it; yours can still stand beside it."
            )
            % {
                "status": last.get_status_display(),
                "day": date_format(timezone.localtime(last.given), "SHORT_DATETIME_FORMAT"),
            }
        )
    before = move(proposal, status)
    answer = Answer.objects.create(
        proposal=proposal, status=status, text=text, office=text_cleaning.line(office)[:120]
    )
    proposal.answered = timezone.now()
    proposal.save()
    data = {"answer": answer.pk, "before": before, "supports": proposal.support_count}
    return Happened(proposal, data=data)
