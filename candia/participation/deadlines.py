"""Deadlines: what the city owes an answer, by when, and how well it has kept that."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from fnmatch import fnmatchcase
from statistics import median
from typing import Any

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from candia.core.entity import Entity
from candia.core.event import Event
from candia.core.service import entity_kinds
from candia.participation.declaration import Answers, of
from candia.participation.models import Answer, AnswerDue

#: Of any kind: what still waits for the city's answer.
OWED = Q(answer_due__isnull=False, answer_due__answered=None, answer_due__released=None)
#: So long before the last day the desk is reminded; and once more when it has passed.
SOON = timedelta(days=3)


@dataclass(frozen=True)
class Kept:
    """Of the things whose answer came or should have come: how many in time, and the days that answers took."""

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


def hear(events: Sequence[Event]) -> None:
    """Owe an answer where a kind says that an event asks for one; called within the transaction of these."""
    for event in events:
        _hear(event)


def _hear(event: Event) -> None:
    kind = entity_kinds().get(event.entity.partition(":")[0])
    answers = of(kind).answers if kind else None
    if answers and answers.after and fnmatchcase(event.kind, answers.after):
        known = AnswerDue.objects.filter(entity=event.entity).first()
        # What waits already waits since the first that asked.
        if known is None or not known.waits:
            _owe(event.entity, answers)


def count(thing: Entity, supports: int) -> dict[str, Any]:
    """Owe an answer where this voice reaches the goal; a fact for its event, which comes once.

    What was answered before so many supported it is owed nothing, and what was promised stays promised.
    """
    answers = of(thing).answers
    if not answers or not answers.aim or supports < answers.aim:
        return {}
    known = Answer.objects.filter(entity=thing.pk), AnswerDue.objects.filter(entity=thing.pk)
    if any(found.exists() for found in known):
        return {}
    _owe(thing.pk, answers)
    return {"goal": answers.aim}


def settle(thing: Entity) -> None:
    """The answer has come."""
    AnswerDue.objects.filter(entity=thing.pk, answered=None).update(answered=timezone.now())


def release(thing: Entity) -> None:
    """Nobody waits for the answer any more."""
    AnswerDue.objects.filter(entity=thing.pk, answered=None).update(released=timezone.now())


def owed(thing: Entity) -> AnswerDue | None:
    """What the city owes this thing now; None where it owes nothing."""
    due: AnswerDue | None = getattr(thing, "answer_due", None)
    return due if due is not None and due.waits else None


def awaiting(kind: type[Entity]) -> QuerySet[Any]:
    """The public things of a kind that wait for their answer, the longest first."""
    return kind.published().filter(OWED).order_by("answer_due__since")


def kept(kind: type[Entity]) -> Kept | None:
    """How well the term has been kept for the public things of a kind; None with nothing to judge it by yet."""
    rows = AnswerDue.objects.filter(entity__in=kind.published().values("pk"), due__isnull=False)
    answered = rows.filter(answered__isnull=False).values_list("since", "answered", "due")
    days, in_time = [], 0
    for since, came, due in answered:
        days.append((timezone.localdate(came) - timezone.localdate(since)).days)
        in_time += due is not None and came is not None and timezone.localdate(came) <= due
    late = rows.filter(answered=None, released=None, due__lt=timezone.localdate()).count()
    judged = len(days) + late
    return Kept(judged, in_time, tuple(days)) if judged else None


def to_remind(moment: datetime) -> QuerySet[Any]:
    """The things whose last day is near or has passed, of which the desk was not reminded yet."""
    today = timezone.localdate(moment)
    near = Q(answer_due__reminded=0, answer_due__due__lte=today + SOON)
    late = Q(answer_due__reminded=1, answer_due__due__lt=today)
    return Entity._default_manager.filter(OWED).filter(near | late)


def stage(due: date, today: date) -> int:
    """How far it has come: 0 there is time, 1 the last day is near, 2 it has passed."""
    return 2 if due < today else 1 if due <= today + SOON else 0


def end_of(day: date | None) -> datetime | None:
    """The moment at which a day of the city is over."""
    if day is None:
        return None
    return datetime.combine(day + timedelta(days=1), time(), timezone.get_current_timezone())


def waiting(kinds: list[str]) -> Iterator[AnswerDue]:
    """What is owed to the public things of these kinds, by its day."""
    found = AnswerDue.objects.filter(answered=None, released=None, entity__kind_name__in=kinds)
    return found.select_related("entity").order_by(F("due").asc(nulls_last=True), "since").iterator()


def _owe(thing: str, answers: Answers) -> None:
    now, term = timezone.now(), answers.term
    due = timezone.localdate(now) + term if term else None
    fresh = {"since": now, "due": due, "answered": None, "released": None, "reminded": 0}
    AnswerDue.objects.update_or_create(entity_id=thing, defaults=fresh)
