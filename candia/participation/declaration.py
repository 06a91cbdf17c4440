"""Declaration: what citizens may do to the things of a kind, in one place on the kind itself.

class Tree(Entity):
    participation = Participation(comments=Comments(), follow=True)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from candia.core import errors
from candia.core.entity import Entity

if TYPE_CHECKING:
    from collections.abc import Collection

    from django.utils.functional import Promise

    from candia.core.alert import Alert

ANSWERED = gettext_lazy("Answered")
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


def days(count: int) -> timedelta:
    """A term in days."""
    return timedelta(days=count)


@dataclass(frozen=True, kw_only=True)
class Answers:
    """What the city may answer, by the name under which it is kept, and within what time it owes that.

    The time (`within`) begins when a thing has so many supports (`goal`), or when an event of a kind (`after`, a
    name or a pattern) happens to it; a city may set both, as functions. `titles` and `tones` are the words and
    colours of the answers. Operators give them by `participation.answer`, unless its service has `own` commands.
    """

    titles: Mapping[str, str | Promise] = field(default_factory=lambda: {"answered": ANSWERED})
    tones: Mapping[str, str] = field(default_factory=dict)
    within: timedelta | Callable[[], timedelta | None] | None = None
    goal: int | Callable[[], int] = 0
    after: str = ""
    own: bool = False

    @property
    def term(self) -> timedelta | None:
        """Within what time an answer is owed; None where none is promised."""
        return self.within() if callable(self.within) else self.within

    @property
    def aim(self) -> int:
        """How many supports ask for an answer; 0 where none do."""
        return self.goal() if callable(self.goal) else self.goal


@dataclass(frozen=True, kw_only=True)
class Appeals:
    """Within what time somebody may appeal against a hiding, and within what time it should be decided."""

    within: timedelta = timedelta(days=180)
    decided: timedelta = timedelta(days=14)


@dataclass(frozen=True, kw_only=True)
class Holders:
    """Whose a thing of a kind is that is not everyone's, and of which alerts they hear.

    `whose` answers with the persons (their numbers) who hold a thing now: they alone are told, on their page and by
    mail as they chose, when an alert of one of these `rules` (`water.burst`) opens, becomes worse, and is over;
    alerts that stand at the same thing are one matter. `name` is what they call the thing, `page` where they read
    of it, and `words` what an alert means for them, what to do and whom to call, a line each.
    """

    rules: Collection[str]
    whose: Callable[[Any], set[int]]
    name: Callable[[Any], str]
    page: Callable[[Any], str]
    words: Callable[[Alert], Iterable[str]]


@dataclass(frozen=True, kw_only=True)
class Participation:
    """What citizens may do to the things of a kind that it publishes; what is not declared is denied.

    With `attachments` what is said takes pictures and PDFs: the thing itself from its author, as far as `check`
    allows it, and each comment. `hide` lets moderators take the thing itself out of sight: its kind has a field
    `hidden` then, and its `published` looks at it. Comments can always be hidden, and whoever wrote what was hidden
    may appeal once (`appeals`). `check` raises a Conflict where a
    deed can't be done to a thing as it stands. `counted` is handed the thing, locked, and its counts whenever they
    change; it may keep them, and answers with facts for the event. `holders` are those whose a thing is that is not
    everyone's, and who hear of its alerts.
    """

    comments: Comments | None = None
    support: Supports | None = None
    answers: Answers | None = None
    follow: bool = False
    report: bool = False
    hide: bool = False
    appeals: Appeals = Appeals()
    attachments: bool = False
    holders: Holders | None = None
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
