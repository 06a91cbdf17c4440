"""What a resident asks for: to comment, to reply, and to say that a comment speaks for them too."""

from __future__ import annotations

from typing import Annotated, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from candia.core import errors
from candia.core.access import Person, per_hour, resident
from candia.core.command import OneOf, command
from candia.core.entity import Entity
from candia.core.event import Happened
from candia.participation import text_cleaning
from candia.participation.commands.counting import aside, comment_on, counted
from candia.participation.declaration import must_take, of
from candia.participation.models import Comment, CommentVote

LENGTH = (3, 2000)


@command(
    event="participation.commented",
    title=gettext_lazy("Comment"),
    may=resident,
    limit=per_hour(20),
    told=True,
    api=True,
)
def comment(
    by: Person,
    *,
    entity: Entity,
    text: str,
    stance: Annotated[str, OneOf("", *dict(Comment.STANCES))] = "",
    signed: bool = True,
    reply_to: int | None = None,
) -> Happened:
    """Say something to a thing, or in reply to a comment on it.

    Where its kind takes sides, a comment that is no reply says which (`for`, `against`, `neutral`).
    """
    must_take(entity, "comment")
    answered = _answered(entity, reply_to)
    text, stance = text_cleaning.prose(text), _stance(entity, answered, stance)
    wrong: dict[str, Any] = {}
    if bad := text_cleaning.wrong_length(text, *LENGTH):
        wrong["text"] = bad
    if stance not in dict(Comment.STANCES):
        wrong["stance"] = _("Choose whether you speak for it, against it or neither.")
    if wrong:
        raise errors.Refused(**wrong)
    said = Comment(entity_id=entity.pk, reply_to=answered, author=by, stance=stance, text=text, signed=signed)
    _refuse_repeated(said)
    said.save()
    return counted(entity, comment=said.pk, stance=stance)


@command(
    event="participation.comment_voted",
    title=gettext_lazy("Comment agreed with"),
    may=resident,
    limit=per_hour(120),
)
def vote_comment(by: Person, *, entity: Entity, comment: int) -> Happened:
    """Say once that somebody else's comment speaks for oneself too."""
    must_take(entity, "comment")
    said = comment_on(entity, comment)
    if said.hidden_because:
        raise errors.NotFound
    if said.author_id == by.pk:
        raise errors.Conflict(_("This comment is your own; it speaks for you already."))
    _vote, made = CommentVote.objects.get_or_create(comment=said, person=by)
    if not made:
        raise errors.Conflict(_("You have agreed with this comment already."))
    return _voted(entity, said)


@command(event="participation.vote_withdrawn", title=gettext_lazy("Agreement withdrawn"), may=resident)
def withdraw_vote(by: Person, *, entity: Entity, comment: int) -> Happened:
    """Take one's agreement with a comment back."""
    must_take(entity, "comment")
    said = comment_on(entity, comment)
    gone, _rows = CommentVote.objects.filter(comment=said, person=by).delete()
    if not gone:
        raise errors.Conflict(_("You have not agreed with this comment."))
    return _voted(entity, said)


def _answered(thing: Entity, number: int | None) -> Comment | None:
    """The comment that is replied to: what replies to a reply stands beside it."""
    if number is None:
        return None
    said = comment_on(thing, number)
    first = said.reply_to or said
    if first.hidden_because or said.hidden_because:
        raise errors.Conflict(_("A moderator has hidden this comment meanwhile; nobody can reply to it."))
    return first


def _stance(thing: Entity, answered: Comment | None, stance: str) -> str:
    sides = of(thing).comments
    return stance if sides and sides.stances and answered is None else Comment.NEUTRAL


def _refuse_repeated(said: Comment) -> None:
    alike = {name: getattr(said, name) for name in ("entity_id", "author", "stance", "reply_to", "text")}
    if Comment.objects.filter(**alike, hidden_because="").exists():
        raise errors.Conflict(_("You have said this already; it stands among the comments."))


def _voted(thing: Entity, said: Comment) -> Happened:
    said.votes = CommentVote.objects.filter(comment=said).count()
    said.save(update_fields=["votes"])
    return aside(thing, "votes", comment=said.pk, votes=said.votes)
