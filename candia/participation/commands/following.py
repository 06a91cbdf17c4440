"""What somebody asks for who wants to hear of a thing: to follow it or no more, and how to be told."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from candia.accounts.push import choice
from candia.core import errors
from candia.core.access import Person, per_hour, resident
from candia.core.command import command
from candia.core.entity import Entity
from candia.core.event import Happened
from candia.participation.commands.counting import aside
from candia.participation.declaration import must_take
from candia.participation.models import Follow, NoticeSettings


@command(
    event="participation.followed",
    title=gettext_lazy("Followed"),
    may=resident,
    limit=per_hour(120),
    api=True,
)
def follow(by: Person, *, entity: Entity) -> Happened:
    """Ask to be told when something happens to a thing."""
    must_take(entity, "follow")
    _follow, made = Follow.objects.get_or_create(entity_id=entity.pk, person=by)
    if not made:
        raise errors.Conflict(_("You follow this already."))
    return aside(entity, "followers")


@command(event="participation.unfollowed", title=gettext_lazy("No longer followed"), may=resident, api=True)
def unfollow(by: Person, *, entity: Entity) -> Happened:
    """Ask to hear no more of a thing, whatever has become of it."""
    gone, _rows = Follow.objects.filter(entity=entity.pk, person=by).delete()
    if not gone:
        raise errors.Conflict(_("You do not follow this."))
    return aside(entity, "followers")


@command(
    event="participation.notices_chosen",
    title=gettext_lazy("How to be told was chosen"),
    may=resident,
    idempotent=True,
)
def choose_notices(by: Person, *, rhythm: str, push: Sequence[str] | None = None) -> Happened:
    """Choose how to hear of what one follows: by mail at once, once a day, once a week, or without mail.

    `push` are the kinds of which one's devices tell; None leaves them as they are.
    """
    if rhythm not in dict(NoticeSettings.RHYTHMS):
        wrong = _("Choose one of these.")
        raise errors.Refused(wrong, rhythm=wrong)
    NoticeSettings.objects.update_or_create(person=by, defaults={"rhythm": rhythm})
    if push is not None:
        choice.choose(by, push)
    chosen = {} if push is None else {"push": sorted(push)}
    return Happened(f"people.person:{by.pk}", data={"rhythm": rhythm, **chosen})
