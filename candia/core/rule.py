"""Rule: a pure pattern; rows or an event go in, verdicts come out, and nothing else is touched."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from candia.core.access import Machine
from candia.core.entity import Entity

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.utils.functional import Promise

    from candia.core.command import Command
    from candia.core.event import Event
    from candia.telemetry.observation import Window


@dataclass(frozen=True)
class Open:
    """Something is wrong: a sentence (English msgid with `{names}`) and the evidence that fills it.

    `loss`: what goes lost in a day while nothing is done, in euros, so that the desk can tell large from small.
    `lasted`: for how long it has been so, as far as the rule looks back; the sentence may say `{lasting}` for how
    long it has been by the time somebody reads it.
    """

    text: str
    evidence: dict[str, Any] = field(default_factory=dict)
    severity: str = "moderate"
    loss: float | None = None
    lasted: timedelta = timedelta(0)


@dataclass(frozen=True)
class Clear:
    """Nothing is wrong: an open alert may close."""


@dataclass(frozen=True)
class Unsure:
    """The data does not say: what is open stays open, what is closed stays closed."""


@dataclass(frozen=True)
class Do:
    """A command that should be asked for, with its arguments."""

    command: Command
    arguments: dict[str, Any] = field(default_factory=dict)


CLEAR = Clear()
UNSURE = Unsure()
Verdict = Open | Clear | Unsure | Do
#: How severe an alert is (CAP), the least first.
SEVERITIES = ("minor", "moderate", "severe", "extreme")
#: What a rule hears that hears of every event whose declaration says that followers are told of it.
TOLD = "(told)"


@dataclass(frozen=True)
class Row:
    """What a rule sees of one entity: what its window took, and facts of the entity itself.

    `taken` maps each name of the window's `take` to a number, a list (with `each`) or None where
    there is no data; over several properties it maps each property to these (`row.pm10.mean`). `facts` holds
    the columns that the rule declared. `now` is the end of the window, and `newest` the newest observation that
    it holds of any entity, where the rule takes `last_time`.
    """

    entity: str
    taken: Mapping[str, Any]
    facts: Mapping[str, Any]
    now: Any = None
    newest: Any = None

    def __getattr__(self, name: str) -> Any:
        try:
            return self.taken[name] if name in self.taken else self.facts[name]
        except KeyError:
            raise AttributeError(name) from None


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A pattern and when it is asked for: on a rhythm over the things `on`, or when an event is heard.

    On a rhythm (`every`) it looks at all entities of the model `on`, or at those that `among` (given the moment)
    asks for; at what the window `over` takes of them, and at their `facts`: columns of the model or of that query.
    It is one set query for each; things with no data come as rows of None, and the alert of a thing that is not
    among them any more is over. `hears` is an event's name, a pattern such as `*.item_funded`, or TOLD: the
    function gets the event and answers with verdicts; what the rule itself did it does not hear. Where it `heeds`
    only some (asked as the event is written, so it looks at nothing but the event), the others wake nothing.
    One that hears `at_once` judges a thing also a moment after something in its window was observed of it.
    `began` tells, of a thing and the moment at which its alert opens, since when it is so, where that may lie
    before the window; None where it can't.
    `settle` is how long CLEAR must hold before an alert closes, so that a flapping sensor opens one.
    Keyword arguments of the function are thresholds that a city may set in `city.toml`.
    """

    function: Callable[..., Verdict | Iterable[Verdict]]
    title: str | Promise
    on: type[Entity] | None = None
    among: Callable[[datetime], QuerySet[Any]] | None = None
    over: Window | None = None
    every: timedelta | None = None
    hears: str = ""
    heeds: Callable[[Event], object] | None = None
    facts: tuple[str, ...] = ()
    settle: timedelta = timedelta(0)
    began: Callable[[str, datetime], datetime | None] | None = None
    at_once: bool = False

    @property
    def name(self) -> str:
        """The pattern that is recognised: `night_flow`."""
        return self.function.__name__

    @property
    def thresholds(self) -> dict[str, Any]:
        """The thresholds and their defaults."""
        parameters = list(inspect.signature(self.function).parameters.values())[1:]
        return {parameter.name: parameter.default for parameter in parameters}

    def actor(self, service: str) -> Machine:
        """As whom it asks for commands and opens alerts."""
        return Machine(f"rule:{service}.{self.name}")

    def is_woken_by(self, event: Event) -> bool:
        """Whether an event of a kind that it hears is one that it heeds."""
        return self.heeds is None or bool(self.heeds(event))

    def listens_to(self, kind: str) -> bool:
        """Whether it hears events of this kind."""
        (service, _dot, verb), (whose, _dot, which) = kind.partition("."), self.hears.partition(".")
        return fnmatchcase(service, whose) and fnmatchcase(verb, which)

    def things(self, moment: datetime) -> QuerySet[Any]:
        """What it looks at: `id` and its facts of each; none for a rule that only hears."""
        if self.on is None:
            return Entity._default_manager.none().values("id")
        wanted = self.among(moment) if self.among else self.on._default_manager.all()
        return wanted.values("id", *self.facts)

    def judge(self, row: Row | Event, **thresholds: Any) -> tuple[Verdict, ...]:
        """The verdicts for one row or event, always as a tuple; none on an event that it does not heed."""
        if not isinstance(row, Row) and not self.is_woken_by(row):
            return ()
        verdicts = self.function(row, **thresholds)
        return (verdicts,) if isinstance(verdicts, Verdict) else tuple(verdicts)


def minutes(count: int) -> timedelta:
    """A rhythm in minutes."""
    return timedelta(minutes=count)


def hours(count: int) -> timedelta:
    """A rhythm in hours."""
    return timedelta(hours=count)


severities = {
    "minor": _("minor"),
    "moderate": _("moderate"),
    "severe": _("severe"),
}
