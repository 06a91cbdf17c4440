"""Declaration: what citizens may do to the things of a kind, in one place on the kind itself.

class Tree(Entity):
    participation = Participation(comments=Comments(), follow=True)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from candia.core import errors
from candia.core.entity import Entity

if TYPE_CHECKING:
    from django.utils.functional import Promise

PRESS, GIVEN = gettext_lazy("I support it"), gettext_lazy("You support it.")
Deed = Literal["support", "withdraw_support", "comment", "follow", "report", "hide", "attach"]


@dataclass(frozen=True)
class Counts:
    """How many support a thing by now, and how many comments on it are in sight."""

    supports: int
    comments: int


@dataclass(frozen=True, kw_only=True)
class Comments:
    """What residents say to a thing; with `stances` each speaks for, against or neither."""

    stances: bool = False


@dataclass(frozen=True, kw_only=True)
class Supports:
    """A yes of verified residents; a kind may put it into words of its own, as Greek asks for its gender.

    `template` is drawn with the `thing` between the count and the button, such as how far it is to a goal.
    """

    press: str | Promise = PRESS
    given: str | Promise = GIVEN
    template: str = ""


@dataclass(frozen=True, kw_only=True)
class Answers:
    """What the city may answer, by the name under which it is kept: in which words, and in which tone."""

    titles: Mapping[str, str | Promise]
    tones: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Participation:
    """What citizens may do to the things of a kind that it publishes; what is not declared is denied.

    With `attachments` what is said takes pictures and PDFs: the thing itself from its author, as far as `check`
    allows it, and each comment. `hide` lets moderators take the thing itself out of sight: its kind has a field
    `hidden` then, and its `published` looks at it. Comments can always be hidden. `check` raises a Conflict where a
    deed can't be done to a thing as it stands. `counted` is handed the thing, locked, and its counts whenever they
    change; it may keep them, and answers with facts for the event.
    """

    comments: Comments | None = None
    support: Supports | None = None
    answers: Answers | None = None
    follow: bool = False
    report: bool = False
    hide: bool = False
    attachments: bool = False
    check: Callable[[Any, Deed], None] | None = None
    counted: Callable[[Any, Counts], Mapping[str, Any]] | None = None

    def offers(self, deed: Deed) -> bool:
        """Whether the kind is open to this at all."""
        part = {"withdraw_support": "support", "comment": "comments", "attach": "attachments"}.get(deed, deed)
        return bool(getattr(self, part))


NOTHING = Participation()


def of(kind: type[Entity] | Entity) -> Participation:
    """What a kind, or the kind of a thing, declares."""
    declared: Participation = getattr(kind, "participation", NOTHING)
    return declared


def is_public(thing: Entity) -> bool:
    """Whether everyone may know of it, as it is kept."""
    return bool(type(thing).published().filter(pk=thing.pk).exists())


def must_take(thing: Entity, deed: Deed) -> None:
    """Refuse what the kind does not offer, what nobody may see, and what can't be done to the thing now."""
    _must_take(thing, deed, public=is_public(thing))


def _must_take(thing: Entity, deed: Deed, *, public: bool) -> None:
    declared = of(thing)
    if not declared.offers(deed):
        raise errors.NotFound
    if not public:
        if declared.hide and thing.hidden:  # type: ignore[attr-defined]  # the checks ask for the field
            raise errors.Conflict(
                _("This can't be done now: it is hidden. It can be done once a moderator shows it again.")
            )
        raise errors.NotFound
    if declared.check is not None:
        declared.check(thing, deed)


def why_not(thing: Entity, deed: Deed) -> str:
    """Why a deed can't be done now, as a sentence for the reader; empty where it can."""
    # Each part of a page asks this of the same row.
    if "was_public" not in vars(thing):
        vars(thing)["was_public"] = is_public(thing)
    try:
        _must_take(thing, deed, public=vars(thing)["was_public"])
    except errors.Refused as refused:
        return str(refused.sentence)
    return ""
