"""One line in any page about a thing: `{% participation tree %}`, or its parts where a page places them itself."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import template
from django.utils.safestring import SafeString, mark_safe

from candia.core.entity import Entity
from candia.participation import appeals
from candia.participation.declaration import of
from candia.participation.models import Appeal, Hiding
from candia.participation.pages import parts

register = template.Library()


@register.simple_tag(takes_context=True)
def answers(context: template.Context, thing: Entity) -> SafeString:
    """What the city said to it, and by when it owes it an answer."""
    return _drawn(context, "answers", thing) if of(thing).answers else SafeString()


@register.simple_tag(takes_context=True)
def voice(context: template.Context, thing: Entity) -> SafeString:
    """How many support it, and the buttons to support and to follow it, as far as its kind declares them."""
    declared = of(thing)
    return _drawn(context, "voice", thing) if declared.support or declared.follow else SafeString()


@register.simple_tag(takes_context=True)
def discussion(context: template.Context, thing: Entity) -> SafeString:
    """The comments on it, and the form to write one."""
    return _drawn(context, "discussion", thing) if of(thing).comments else SafeString()


@register.simple_tag(takes_context=True)
def report(context: template.Context, thing: Entity) -> SafeString:
    """The form by which whoever is signed in tells a moderator of it."""
    signed_in = context["request"].user.is_authenticated
    return _drawn(context, "report", thing) if of(thing).report and signed_in else SafeString()


@register.simple_tag(takes_context=True)
def participation(context: template.Context, thing: Entity) -> SafeString:
    """All of it, one below the other."""
    # Each part is drawn by a template, which escapes what it is given.
    return mark_safe("".join(part(context, thing) for part in (answers, voice, discussion, report)))  # noqa: S308


@register.inclusion_tag("participation/parts/own_hiding.html", takes_context=True)
def hiding(context: template.Context, thing: Entity) -> dict[str, Any]:
    """Why a thing is hidden, what became of an appeal, and for its author the way to it."""
    standing, person = appeals.standing(thing), context["request"].user
    mine = standing is not None and person.is_authenticated and appeals.author_of(standing) == person.pk
    return {"hiding": standing, "thing": thing, "mine": mine}


@register.simple_tag(takes_context=True)
def who_decides(context: template.Context, hiding: Hiding) -> str:
    """Why whoever reads this does not decide an appeal; empty where they do."""
    return appeals.why_not(context["request"].user, hiding)


@register.filter
def decided_by(appeal: Appeal) -> datetime:
    """By when an appeal should be decided."""
    return appeals.due(appeal)


def _drawn(context: template.Context, part: str, thing: Entity) -> SafeString:
    """The part, with what a form on this page was answered (see pages/thing.py)."""
    return parts.drawn(context["request"], part, thing, **(context.get("answered") or {}))
