"""What a moderator asks for: to hide with a public reason, to restore, to settle reports."""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from candia.core import errors
from candia.core.access import Person, moderator
from candia.core.command import command
from candia.core.event import Happened
from candia.services.dialogue import states, text_cleaning
from candia.services.dialogue.commands.transitions import must_be
from candia.services.dialogue.models import Comment, Hiding, Proposal

may = moderator("dialogue")


@command(event="dialogue.proposal_hidden", title=gettext_lazy("Hidden by a moderator"), may=may)
def hide_proposal(_by: Person, *, proposal: Proposal, reason: str) -> Happened:
    """Take a proposal out of sight and say in public why."""
    reason = _public(reason)
    must_be(proposal, *states.SUBMITTED)
    hiding = Hiding.objects.create(proposal=proposal, reason=reason)
    proposal.hidden = True
    proposal.reports.filter(comment=None).update(settled=True)
    proposal.save()
    return Happened(proposal, data={"hiding": hiding.pk})


@command(event="dialogue.proposal_restored", title=gettext_lazy("Shown again by a moderator"), may=may)
def restore_proposal(_by: Person, *, proposal: Proposal) -> Happened:
    """Show a hidden proposal again, as it is by now."""
    if not proposal.hidden:
        raise errors.Conflict(_("This proposal is not hidden."))
    proposal.hidings.filter(until=None).update(until=timezone.now())
    proposal.hidden = False
    proposal.save()
    return Happened(proposal)


@command(event="dialogue.comment_hidden", title=gettext_lazy("Comment hidden by a moderator"), may=may)
def hide_comment(_by: Person, *, proposal: Proposal, comment: int, reason: str) -> Happened:
    """Take a comment out of sight and say in its place why."""
    said = _comment(proposal, comment)
    if said.hidden_because:
        raise errors.Conflict(_("This comment is hidden already."))
    said.hidden_because = _public(reason)
    said.save()
    said.reports.update(settled=True)
    return _recounted(proposal, said)


@command(event="dialogue.comment_restored", title=gettext_lazy("Comment shown again"), may=may)
def restore_comment(_by: Person, *, proposal: Proposal, comment: int) -> Happened:
    """Show a hidden comment again."""
    said = _comment(proposal, comment)
    if not said.hidden_because:
        raise errors.Conflict(_("This comment is not hidden."))
    said.hidden_because = ""
    said.save()
    return _recounted(proposal, said)


@command(event="dialogue.reports_dismissed", title=gettext_lazy("Reports dismissed"), may=may)
def dismiss_reports(_by: Person, *, proposal: Proposal, comment: int | None = None) -> Happened:
    """Settle the open reports on a proposal, or on one of its comments, without hiding it."""
    settled = proposal.reports.filter(comment=comment, settled=False).update(settled=True)
    if not settled:
        raise errors.Conflict(_("There is no open report here any more."))
    return Happened(
        proposal,
        about=f"dialogue.reports:{proposal.number}",
        data={"comment": comment, "reports": settled},
    )


def _public(reason: str) -> str:
    reason = text_cleaning.prose(reason)
    if wrong := text_cleaning.wrong_length(reason, 10, 1000):
        raise errors.Refused(wrong, reason=wrong)
    return reason


def _comment(proposal: Proposal, comment: int) -> Comment:
    said = proposal.comments.filter(pk=comment).first()
    if said is None:
        raise errors.NotFound
    return said


def _recounted(proposal: Proposal, said: Comment) -> Happened:
    proposal.comment_count = proposal.comments.filter(hidden_because="").count()
    proposal.save()
    return Happened(proposal, data={"comment": said.pk})
