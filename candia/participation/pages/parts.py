"""What the parts of a page show of one thing: its voices, its discussion, and the form to report it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Count, Q
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from candia.core import attachment
from candia.core.access import Person
from candia.core.entity import Entity
from candia.participation.attachments import of_comment
from candia.participation.declaration import Comments, of, why_not
from candia.participation.forms import CommentForm, ReasonForm
from candia.participation.models import Comment, CommentVote, Follow, Support
from candia.participation.notices import page_of

HEADINGS = dict(Comment.STANCES) | {Comment.NEUTRAL: _("Questions and additions")}
NOBODY = {
    Comment.FOR: _("Nobody has spoken for it yet."),
    Comment.AGAINST: _("Nobody has spoken against it yet."),
}


def drawn(request: HttpRequest, part: str, thing: Entity, **more: Any) -> SafeString:
    """A part of a page about a thing, `parts/<part>.html`, as HTML."""
    return render_to_string(
        f"participation/parts/{part}.html", context(request, part, thing, **more), request
    )


def context(request: HttpRequest, part: str, thing: Entity, **more: Any) -> dict[str, Any]:
    """What a part shows; `more` stands over it."""
    by = request.user if isinstance(request.user, Person) else None
    common = {
        "thing": thing,
        "declared": of(thing),
        "address": reverse("participation-thing", kwargs={"entity": thing.pk}),
        "back": page_of(thing),
    }
    return {"part": part} | common | _OF[part](thing, by) | more


def _voice(thing: Entity, by: Person | None) -> dict[str, Any]:
    offered = of(thing)
    mine = Count("pk", filter=Q(person=by.pk if by else 0))
    voices = Support.objects.filter(entity=thing.pk).aggregate(all=Count("pk"), mine=mine)
    return {
        "count": voices["all"] if offered.support else 0,
        "closed": why_not(thing, "support") if offered.support else "",
        "supports": voices["mine"] > 0,
        "follows": by is not None and Follow.objects.filter(entity=thing.pk, person=by).exists(),
    }


def _said(thing: Entity, by: Person | None) -> dict[str, Any]:
    comments = with_files(
        thing, Comment.objects.filter(entity=thing.pk).select_related("author").order_by("written", "pk")
    )
    replies: dict[int, list[Comment]] = {}
    for each in comments:
        if each.reply_to_id is not None:
            replies.setdefault(each.reply_to_id, []).append(each)
    first = [(each, replies.get(each.pk, [])) for each in comments if each.reply_to_id is None]
    return {
        "columns": list(_columns(of(thing).comments or Comments(), first)),
        "open": not why_not(thing, "comment"),
        "agreed": set(
            CommentVote.objects.filter(comment__entity=thing.pk, person=by).values_list("comment", flat=True)
        )
        if by
        else set(),
    }


def with_files(thing: Entity, comments: Iterable[Comment]) -> list[Comment]:
    """These comments, each with its `files`: one query where the kind takes any."""
    comments = list(comments)
    found = attachment.of(*(of_comment(said.pk) for said in comments)) if of(thing).attachments else {}
    for said in comments:
        said.files = attachment.by_kind(found.get(of_comment(said.pk), ()))  # type: ignore[attr-defined]
    return comments


def _columns(
    sides: Comments, said: list[tuple[Comment, list[Comment]]]
) -> Iterable[tuple[str, Any, Any, list[tuple[Comment, list[Comment]]]]]:
    """Name, heading, what is said where nobody spoke, and the comments with their replies."""
    if not sides.stances:
        yield "plain", "", _("Nobody has said anything yet."), said
        return
    for stance, heading in HEADINGS.items():
        column = [pair for pair in said if pair[0].stance == stance]
        if column or stance in NOBODY:
            yield stance, heading, NOBODY.get(stance, ""), column


def _form(thing: Entity, by: Person | None) -> dict[str, Any]:
    declared = of(thing)
    if by is None or declared.comments is None:
        return {"comment_form": None}
    return {"comment_form": CommentForm(to=declared, by=by), "unnamed": not by.name}


def _discussion(thing: Entity, by: Person | None) -> dict[str, Any]:
    return _said(thing, by) | _form(thing, by)


def _report(_thing: Entity, _by: Person | None) -> dict[str, Any]:
    return {"report_form": ReasonForm(auto_id="report_%s")}


_OF = {
    "voice": _voice,
    "voice_now": _voice,
    "said": _said,
    "comment_form": _form,
    "reply_to": lambda _thing, _by: {},
    "vote": lambda _thing, _by: {},
    "discussion": _discussion,
    "report": _report,
}
