"""What a resident asks for: to support, comment, follow and report."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from candia.core import errors
from candia.core.access import Person, per_day, per_hour, resident, verified
from candia.core.command import command
from candia.core.event import Happened
from candia.services.dialogue import city, states, text_cleaning
from candia.services.dialogue.commands.transitions import must_be
from candia.services.dialogue.models import Comment, Follow, Proposal, Report, Support


@command(
    event="dialogue.proposal_supported",
    title=gettext_lazy("Supported"),
    may=verified,
    limit=per_hour(120),
)
def support_proposal(by: Person, *, proposal: Proposal) -> Happened:
    """Say yes to a proposal, once; for verified residents."""
    must_be(proposal, *states.SUPPORTABLE)
    _support, made = Support.objects.get_or_create(proposal=proposal, person=by)
    if not made:
        raise errors.Conflict(_("You support this proposal already; everyone has one voice."))
    return _counted(proposal, **_reached(proposal))


@command(event="dialogue.support_withdrawn", title=gettext_lazy("Support withdrawn"), may=resident)
def withdraw_support(by: Person, *, proposal: Proposal) -> Happened:
    """Take one's support back, as long as the proposal is not decided."""
    must_be(proposal, *states.SUPPORTABLE)
    gone, _rows = Support.objects.filter(proposal=proposal, person=by).delete()
    if not gone:
        raise errors.Conflict(_("You do not support this proposal."))
    return _counted(proposal)


@command(
    event="dialogue.proposal_commented",
    title=gettext_lazy("Comment"),
    may=resident,
    limit=per_hour(20),
)
def comment(by: Person, *, proposal: Proposal, stance: str, text: str, signed: bool = True) -> Happened:
    """Say something for, against or besides (`for`, `against`, `neutral`) a proposal."""
    must_be(proposal, *states.DISCUSSED)
    text = text_cleaning.prose(text)
    wrong: dict[str, Any] = {}
    if bad := text_cleaning.wrong_length(text, 3, 2000):
        wrong["text"] = bad
    if stance not in dict(Comment.STANCES):
        wrong["stance"] = _("Choose whether you speak for it, against it or neither.")
    if wrong:
        raise errors.Refused(**wrong)
    if proposal.comments.filter(author=by, stance=stance, text=text, hidden_because="").exists():
        raise errors.Conflict(_("You have said this already; it stands among the comments."))
    said = Comment.objects.create(proposal=proposal, author=by, stance=stance, text=text, signed=signed)
    proposal.comment_count = proposal.comments.filter(hidden_because="").count()
    proposal.save()
    return Happened(proposal, data={"comment": said.pk, "stance": stance})


@command(
    event="dialogue.proposal_followed", title=gettext_lazy("Followed"), may=resident, limit=per_hour(120)
)
def follow(by: Person, *, proposal: Proposal) -> Happened:
    """Ask for mail when something happens to a proposal."""
    must_be(proposal, *states.SUBMITTED)
    _follow, made = Follow.objects.get_or_create(proposal=proposal, person=by)
    if not made:
        raise errors.Conflict(_("You follow this proposal already."))
    return _aside(proposal, "followers")


@command(event="dialogue.proposal_unfollowed", title=gettext_lazy("No longer followed"), may=resident)
def unfollow(by: Person, *, proposal: Proposal) -> Happened:
    """Ask for no more mail about a proposal, whatever has become of it."""
    gone, _rows = Follow.objects.filter(proposal=proposal, person=by).delete()
    if not gone:
        raise errors.Conflict(_("You do not follow this proposal."))
    return _aside(proposal, "followers")


@command(event="dialogue.content_reported", title=gettext_lazy("Reported"), may=resident, limit=per_day(20))
def report(by: Person, *, proposal: Proposal, reason: str, comment: int | None = None) -> Happened:
    """Ask the moderators to look at a proposal or at one of its comments."""
    must_be(proposal, *states.SUBMITTED)
    reason = text_cleaning.prose(reason)
    if wrong := text_cleaning.wrong_length(reason, 5, 1000):
        raise errors.Refused(wrong, reason=wrong)
    said = proposal.comments.filter(pk=comment, hidden_because="").first() if comment else None
    if comment and said is None:
        raise errors.NotFound
    if proposal.reports.filter(person=by, comment=said, settled=False).exists():
        raise errors.Conflict(_("You have told the moderators already. They will look at it."))
    Report.objects.create(proposal=proposal, comment=said, person=by, reason=reason)
    return _aside(proposal, "reports", comment=comment)


def _counted(proposal: Proposal, **data: Any) -> Happened:
    proposal.support_count = proposal.supports.count()
    proposal.save()
    return Happened(proposal, data={"supports": proposal.support_count, **data})


def _reached(proposal: Proposal) -> dict[str, Any]:
    """That this voice reaches the city's goal, once: what an answer was promised for stays so."""
    goal = city.goal()
    # What is not open has its answer already.
    if not goal or proposal.reached or proposal.status != states.OPEN or proposal.supports.count() < goal:
        return {}
    proposal.reached = timezone.now()
    return {"goal": goal}


def _aside(proposal: Proposal, what: str, **data: Any) -> Happened:
    """Who listens and who complained is no line of the public story."""
    return Happened(proposal, about=f"dialogue.{what}:{proposal.number}", data=data)
