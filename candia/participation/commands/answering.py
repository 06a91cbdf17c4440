"""What is asked for about the city's answers: to give one, and to remind those who owe it."""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from candia.core import errors
from candia.core.access import Machine, May, RoleHolder, machine, operator
from candia.core.command import command
from candia.core.entity import Entity
from candia.core.event import Happened
from candia.participation import answers, deadlines
from candia.participation.commands.counting import aside
from candia.participation.declaration import is_public, of
from candia.participation.models import AnswerDue

may = May(
    "operator of the thing's service",
    lambda by, thing: isinstance(thing, Entity) and operator(thing.service_name)(by),
)


@command(
    event="participation.answered", title=gettext_lazy("Answered by the city"), may=may, told=True, api=True
)
def answer(
    _by: RoleHolder, *, entity: Entity, status: str, text: str, office: str = "", seen: int = 0
) -> Happened:
    """Answer for the city; `status` is one that the kind declares, `seen` the last answer that was read."""
    declared = of(entity).answers
    if declared is None or declared.own or not is_public(entity):
        raise errors.NotFound
    if status not in declared.titles:
        wrong = _("Choose what the city says.")
        raise errors.Refused(wrong, status=wrong)
    given = answers.give(entity, status, text, office, seen)
    return Happened(entity, data={"answer": given.pk, "status": status})


@command(
    event="participation.answer_reminded",
    title=gettext_lazy("The city still owes an answer"),
    may=machine,
    staff=True,
)
def remind_of_answer(_by: Machine, *, entity: Entity) -> Happened:
    """Remind the operators of a thing's service that its last day is near, or has passed; of each once."""
    due = AnswerDue.objects.filter(entity=entity.pk).first()
    if due is None or due.due is None or not due.waits:
        raise errors.Conflict(_("No answer is owed here any more."))
    due.reminded = max(due.reminded, deadlines.stage(due.due, timezone.localdate()))
    due.save(update_fields=["reminded"])
    return aside(entity, "answer", due=due.due, reminded=due.reminded)
