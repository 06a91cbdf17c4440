"""What participation keeps about persons, how it is handed over, and what becomes of it at an erasure."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from candia.core import errors
from candia.core.access import Person
from candia.core.entity import Entity
from candia.core.personal import PersonalData
from candia.participation.commands.counting import counted
from candia.participation.declaration import must_take
from candia.participation.models import (
    Appeal,
    Comment,
    CommentVote,
    Follow,
    Notice,
    NoticeSettings,
    Report,
    Support,
)


def export_comments(person: Person) -> list[dict[str, Any]]:
    """Every comment of the person, also those that were hidden."""
    fields = ("entity", "reply_to", "stance", "text", "written", "signed", "hidden_because")
    return list(Comment.objects.filter(author=person).order_by("pk").values(*fields))


def erase_comments(person: Person) -> None:
    """Comments stay in the conversation that they were part of, without a name."""
    Comment.objects.filter(author=person).update(author=None, signed=False)


def export_voices(person: Person) -> dict[str, Any]:
    """What the person supports, agrees with and reported."""
    return {
        "supports": list(Support.objects.filter(person=person).values("entity", "since")),
        "agreements": list(CommentVote.objects.filter(person=person).values("comment", "since")),
        "reports": list(Report.objects.filter(person=person).values("entity", "comment", "reason", "made")),
    }


def erase_voices(person: Person) -> None:
    """Support ends where it still counts, and loses its name where it has been decided on."""
    for id in Support.objects.filter(person=person).order_by("entity").values_list("entity", flat=True):
        thing = Entity.of_id(id)._default_manager.select_for_update().get(pk=id)
        try:
            must_take(thing, "withdraw_support")
        except errors.Refused:
            continue
        Support.objects.filter(entity=id, person=person).delete()
        counted(thing)
    Support.objects.filter(person=person).update(person=None)
    CommentVote.objects.filter(person=person).update(person=None)
    Report.objects.filter(person=person).update(person=None)


def export_appeals(person: Person) -> list[dict[str, Any]]:
    """What the person appealed against, and what was decided."""
    fields = ("hiding__entity", "hiding__comment", "text", "made", "decided", "upheld", "reason")
    return list(Appeal.objects.filter(person=person).order_by("pk").values(*fields))


def erase_appeals(person: Person) -> None:
    """What is not decided goes; of what is, the decision stays without the words of the appeal."""
    Appeal.objects.filter(person=person, decided=None).delete()
    Appeal.objects.filter(person=person).update(person=None, text="")


def export_notices(person: Person) -> dict[str, Any]:
    """What the person follows, how they are told, and of what they were."""
    return {
        "follows": list(Follow.objects.filter(person=person).values("entity", "since")),
        "rhythm": NoticeSettings.of(person).rhythm,
        "notices": list(Notice.objects.filter(person=person).values("entity", "event", "made", "sent")),
    }


def erase_notices(person: Person) -> None:
    """Whoever is gone follows nothing."""
    for model in (Follow, Notice, NoticeSettings):
        model._default_manager.filter(person=person).delete()


records = (
    PersonalData(
        name="comments",
        purpose=_("To hold the public conversation about the things of the city."),
        term=_("For good, as part of the public record; without a name once the account is erased."),
        export=export_comments,
        erase=erase_comments,
    ),
    PersonalData(
        name="voices",
        purpose=_(
            "One voice for each verified resident, agreement with comments, and reports to moderators."
        ),
        term=_("Until taken back; once the account is erased, without a name."),
        export=export_voices,
        erase=erase_voices,
    ),
    PersonalData(
        name="appeals",
        purpose=_("To let somebody else decide once more whether your words stay hidden."),
        term=_("Until you erase your account; the decision stays, without your name and words."),
        export=export_appeals,
        erase=erase_appeals,
    ),
    PersonalData(
        name="notices",
        purpose=_(
            "To tell you what happens to what you follow and to what is yours, in the way that you chose."
        ),
        term=_("Until you follow it no more, or erase your account; what we told you, for 180 days."),
        export=export_notices,
        erase=erase_notices,
    ),
)
