"""Attachments of what is said: who may read those of a comment, and what becomes of them."""

from __future__ import annotations

from procrastinate.contrib.django import app

from candia.core import attachment
from candia.core.access import Person
from candia.core.attachment import Attachment
from candia.core.entity import Entity
from candia.core.numbers import number_of
from candia.core.subject import Subject
from candia.participation.models import Comment

KIND = "participation.comment"


def of_comment(number: int) -> str:
    """The id on which the files of a comment hang."""
    return f"{KIND}:{number}"


def is_visible(id: str, person: Person | None) -> bool:
    """Whether they may read a comment: as its thing, and a hidden one only those who judge it and its author."""
    said = Comment.objects.filter(pk=number_of(id.partition(":")[2])).first()
    if said is None:
        return False
    if not Entity.of_id(said.entity_id).visible_to(person).filter(pk=said.entity_id).exists():
        return False
    judges = person is not None and person.is_staff_of(said.entity_id.partition(".")[0])
    return not said.hidden_because or judges or (person is not None and said.author_id == person.pk)


COMMENT = Subject(kind=KIND, visible=is_visible)


@app.periodic(cron="57 4 * * *")
@app.task(name="participation.sweep", queueing_lock="participation.sweep", pass_context=False)
def sweep(timestamp: int) -> None:  # noqa: ARG001 — procrastinate's signature
    """Once a night: remove what hangs on comments that went away with their thing."""
    hung = list(Attachment.objects.filter(of__startswith=f"{KIND}:"))
    numbers = {one: number_of(one.of.partition(":")[2]) for one in hung}
    there = set(Comment.objects.filter(pk__in=numbers.values()).values_list("pk", flat=True))
    attachment.remove(one for one, number in numbers.items() if number not in there)
