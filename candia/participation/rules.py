"""What the city does by itself when something happens that somebody is told of."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils import timezone

from candia.core.command import Command
from candia.core.event import Event
from candia.core.rule import UNSURE, Do, Row, Verdict
from candia.core.service import entity_kinds
from candia.participation import commands, deadlines
from candia.participation.declaration import of


def tell_concerned(event: Event) -> Iterable[Verdict]:
    """Whose words were hidden hears why; and of what becomes of their appeal, with whoever hid them."""
    if "hiding" in event.data and event.kind != commands.appeal.event:
        yield _tell(commands.tell_concerned, event)


def tell_holders(event: Event) -> Iterable[Verdict]:
    """Whose a thing is hears of its alerts, as its kind declares: a household of its leak."""
    yield _tell(commands.tell_concerned, event)


def remind_of_answer(row: Row) -> Iterable[Verdict]:
    """The desk hears three days before an answer is due, and once it is late; without a day nobody can tell."""
    due, reminded = row.facts["answer_due__due"], row.facts["answer_due__reminded"]
    if due is None:
        yield UNSURE
    elif deadlines.stage(due, timezone.localdate(row.now)) > reminded:
        yield Do(commands.remind_of_answer, {"entity": row.entity})


def tell_who_answers(event: Event) -> Iterable[Verdict]:
    """Those who may answer hear of the reminder, each as they chose."""
    yield _tell(commands.tell_concerned, event)


def tell_followers(event: Event) -> Iterable[Verdict]:
    """Those who follow a thing hear what happened to it."""
    yield _tell(commands.notify_followers, event)


def is_answered(event: Event) -> bool:
    """Whether the city answers to things of this kind."""
    kind = entity_kinds().get(event.entity.partition(":")[0])
    return kind is not None and bool(of(kind).answers)


def is_followed(event: Event) -> bool:
    """Whether things of this kind can be followed."""
    kind = entity_kinds().get(event.entity.partition(":")[0])
    return kind is not None and bool(of(kind).follow)


def _tell(command: Command, event: Event) -> Do:
    return Do(command, {"entity": event.entity, "event": event.pk})
