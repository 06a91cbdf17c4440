"""What the city does by itself when something happens to a proposal: it tells those who follow it."""

from collections.abc import Iterable

from candia.core.event import Event
from candia.core.rule import Do, Verdict
from candia.services.dialogue.commands import notify_followers
from candia.services.dialogue.models import Proposal


def _tell(event: Event) -> Iterable[Verdict]:
    """Silent about what is no proposal: such an entity has no followers."""
    if event.entity.startswith(f"{Proposal.kind}:"):
        yield Do(notify_followers, {"proposal": event.entity, "event": event.pk})


def tell_of_acceptance(event: Event) -> Iterable[Verdict]:
    """Followers hear that the city accepted."""
    return _tell(event)


def tell_of_postponement(event: Event) -> Iterable[Verdict]:
    """Followers hear that the city said not now."""
    return _tell(event)


def tell_of_refusal(event: Event) -> Iterable[Verdict]:
    """Followers hear that the city said no."""
    return _tell(event)


def tell_of_comment(event: Event) -> Iterable[Verdict]:
    """Followers hear that somebody commented."""
    return _tell(event)


def tell_of_hiding(event: Event) -> Iterable[Verdict]:
    """Followers hear that a moderator hid it, and why."""
    return _tell(event)


def tell_of_withdrawal(event: Event) -> Iterable[Verdict]:
    """Followers hear that the author withdrew it."""
    return _tell(event)
