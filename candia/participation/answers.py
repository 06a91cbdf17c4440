"""The city's answer to a thing, as the command of its own service gives it."""

from __future__ import annotations

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from candia.core import errors
from candia.core.entity import Entity
from candia.participation import deadlines, text_cleaning
from candia.participation.models import Answer


def give(thing: Entity, status: str, text: str, office: str, seen: int) -> Answer:
    """Write down an answer that says why; a later one stands beside those that its officer has `seen` the last of.

    Raises Refused for a text that says too little or too much, Conflict where another was given meanwhile.
    """
    text = text_cleaning.prose(text)
    if wrong := text_cleaning.wrong_length(text, 20, 6000):
        raise errors.Refused(wrong, text=wrong)
    last = Answer.objects.filter(entity=thing.pk).last()
    if last is not None and last.pk != seen:
        raise errors.Conflict(
            _(
                "The city has answered meanwhile: “%(status)s”, %(day)s. Read it; yours can still stand beside it."
            )
            % {
                "status": last.title,
                "day": date_format(timezone.localtime(last.given), "SHORT_DATETIME_FORMAT"),
            }
        )
    deadlines.settle(thing)
    return Answer.objects.create(
        entity_id=thing.pk, status=status, text=text, office=text_cleaning.line(office)[:120]
    )
