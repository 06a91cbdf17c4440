"""Command: a verb that a person or a rule asks for; it checks, changes and records one event."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, get_type_hints

from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db import connection, models, transaction
from django.utils.translation import gettext as _

from candia.core import errors, idempotency
from candia.core.access import RoleHolder
from candia.core.entity import Entity
from candia.core.event import Event, EventType, Happened, record

if TYPE_CHECKING:
    from django.utils.functional import Promise

    from candia.core.access import Actor, Limit, May


@dataclass(frozen=True)
class OneOf:
    """The values that a text among a command's arguments may have: `Annotated[str, OneOf("for", "against")]`."""

    values: tuple[str, ...]

    def __init__(self, *values: str) -> None:
        object.__setattr__(self, "values", values)


@dataclass(frozen=True)
class Command:
    """A declared verb: who may ask for it, how often, and the event that it records.

    Call it with keywords: `support(by=person, proposal="dialogue.proposal:42")`. An argument
    annotated with a model is looked up by its id and locked until the event is written, one annotated with Entity
    as the kind that its id names. Asked for again under
    the same key (the form's own, or `key`) it answers with the first event; one that is `idempotent` sets what
    it is given, so that doing it again does no harm, and keeps no key. The event of one for `staff` is in no
    public story; of one that is `told`, those who follow the thing are told. One that is open to the `api` can be
    asked for by programs. Whoever asks must be what the first parameter is annotated with: one for a Person is
    closed to integrations, one for a RoleHolder is not.
    Raises Forbidden, TooMany, NotFound or what the function itself refuses; then nothing changed.
    """

    function: Callable[..., Happened]
    event: str
    title: str | Promise
    may: May
    limit: Limit | None = None
    idempotent: bool = False
    staff: bool = False
    told: bool = False
    api: bool = False

    @property
    def name(self) -> str:
        """The verb, as in the code: `confirm_leak`."""
        return self.function.__name__

    @property
    def meaning(self) -> str:
        """The sentence in which the function says what it does."""
        return inspect.getdoc(self.function) or ""

    @property
    def summary(self) -> str:
        """The first paragraph of its meaning, in a line: the msgid under which it is translated."""
        return " ".join(self.meaning.partition("\n\n")[0].split())

    @property
    def event_type(self) -> EventType:
        """The kind of event that one call records."""
        return EventType(self.event, self.title, staff=self.staff, told=self.told)

    @cached_property
    def asker(self) -> type:
        """What whoever asks must be: Person, RoleHolder, or anything where the function does not say."""
        first = next(iter(inspect.signature(self.function).parameters))
        kind = get_type_hints(self.function).get(first)
        return kind if inspect.isclass(kind) and issubclass(kind, RoleHolder) else object

    @cached_property
    def parameters(self) -> dict[str, inspect.Parameter]:
        """What the command asks for besides who asks, with annotations resolved."""
        hints = get_type_hints(self.function, include_extras=True)
        signature = inspect.signature(self.function)
        return {
            name: parameter.replace(annotation=hints.get(name, Any))
            for name, parameter in list(signature.parameters.items())[1:]
        }

    def __call__(
        self, *, by: Actor, because: Event | None = None, key: str | None = None, **arguments: Any
    ) -> Event:
        """Do it, in one transaction, and answer with the event that says so; `key` "" stands for none."""
        key = idempotency.asked() if key is None and isinstance(by, RoleHolder) else key
        with transaction.atomic():
            if not key or self.idempotent:
                return self._done(by, because, arguments)
            first = idempotency.claim(by.actor_id, self.event, key, arguments)
            if isinstance(first, Event):
                return first
            event = self._done(by, because, arguments)
            idempotency.fulfil(first, event)
            return event

    def _done(self, by: Actor, because: Event | None, arguments: dict[str, Any]) -> Event:
        # PostgreSQL knows no text with a NUL in it, and no person means one.
        if any("\0" in value for value in arguments.values() if isinstance(value, str)):
            raise errors.Refused
        arguments = {name: self._resolved(name, value) for name, value in arguments.items()}
        target = next((value for value in arguments.values() if isinstance(value, models.Model)), None)
        if not (isinstance(by, self.asker) and self.may(by, target)):
            raise errors.Forbidden
        self._keep_limit(by)
        happened = self.function(by, **arguments)
        return record(self.event, happened, by=by, because=because or happened.because)

    def _resolved(self, name: str, value: Any) -> Any:
        kind = self.parameters[name].annotation if name in self.parameters else Any
        if kind is Entity:
            # The kind's own rows, in the order in which its own commands lock them.
            kind = type(value) if isinstance(value, Entity) else Entity.of_id(str(value))
        if not (inspect.isclass(kind) and issubclass(kind, models.Model)):
            return value
        key = value.pk if isinstance(value, models.Model) else value
        try:
            return kind._default_manager.select_for_update().get(pk=key)
        except (ObjectDoesNotExist, ValueError, ValidationError) as missing:
            raise errors.NotFound from missing

    def _keep_limit(self, by: Actor) -> None:
        if self.limit is None:
            return
        with connection.cursor() as cursor:
            # Those who come at once are counted one after the other, or a limit would hold for none of them.
            cursor.execute(
                "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"{by.actor_id} {self.event}"]
            )
        done = Event.objects.filter(by=by.actor_id, kind=self.event, time__gte=self.limit.since()).count()
        if done >= self.limit.times:
            raise errors.TooMany(
                _("You have done this %(times)d times in a short while. Try again later.")
                % {"times": self.limit.times}
            )


def command(
    *,
    event: str,
    title: str | Promise,
    may: May,
    limit: Limit | None = None,
    idempotent: bool = False,
    staff: bool = False,
    told: bool = False,
    api: bool = False,
) -> Callable[[Callable[..., Happened]], Command]:
    """Declare a function as a command; its first parameter is who asks (`by`)."""
    return lambda function: Command(function, event, title, may, limit, idempotent, staff, told, api)
