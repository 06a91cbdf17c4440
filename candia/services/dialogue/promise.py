"""Promise: the city answers what has reached the goal within so many days; how well it has kept that."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from statistics import median

from django.db.models import Min, Q, QuerySet
from django.utils import timezone

from candia.services.dialogue import city, states
from candia.services.dialogue.models import Proposal

#: What is open and has reached the goal: by its supports the city owes it an answer.
OWED = Q(public=True, status=states.OPEN, reached__isnull=False)


@dataclass(frozen=True)
class Kept:
    """Of the proposals whose answer came or should have come: how many in time, and the days that answers took."""

    judged: int
    in_time: int
    days: tuple[int, ...]

    @property
    def share(self) -> float:
        """The share of them that was answered in time."""
        return self.in_time / self.judged

    @property
    def median_days(self) -> int | None:
        """Half of the answers took so long or less; None before the first."""
        return round(median(self.days)) if self.days else None


def kept() -> Kept | None:
    """How well the promise has been kept; None where there is none, or nothing to judge it by yet."""
    if not city.answer_days():
        return None
    answered = Proposal.published().filter(status__in=states.ANSWERS).exclude(reached=None)
    days = tuple(
        (timezone.localdate(first) - timezone.localdate(reached)).days
        for reached, first in answered.annotate(first=Min("answers__given")).values_list("reached", "first")
    )
    judged = len(days) + overdue().count()
    return Kept(judged, sum(each <= city.answer_days() for each in days), days) if judged else None


def awaiting() -> QuerySet[Proposal]:
    """The open proposals that have reached the goal, the longest waiting first."""
    return Proposal.objects.filter(OWED).order_by("reached")


def overdue() -> QuerySet[Proposal]:
    """Those of them whose day has passed."""
    today = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    return awaiting().filter(reached__lt=today - timedelta(days=city.answer_days()))
