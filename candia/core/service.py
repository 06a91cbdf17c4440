"""Service: a folder and its declaration; the whole list of what a part of the city does."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from django.conf import settings

from candia.core.command import Command
from candia.core.event import EventType, core_events, core_kinds
from candia.core.installed import package, switched_on
from candia.core.role import Role, core_roles

if TYPE_CHECKING:
    from django.utils.functional import Promise

    from candia.core.access import Person
    from candia.core.alert import Alert
    from candia.core.capability import Capability
    from candia.core.cause import Cause
    from candia.core.dataset import Dataset
    from candia.core.entity import Entity
    from candia.core.evidence import Evidence, Place
    from candia.core.feed import Feed
    from candia.core.forecast import Forecast
    from candia.core.inbox import Item
    from candia.core.page import Page
    from candia.core.personal import PersonalData
    from candia.core.push import Push
    from candia.core.rule import Rule
    from candia.core.sample_people import SamplePerson
    from candia.core.subject import Subject
    from candia.telemetry.observation import Property, Source


@dataclass(frozen=True, kw_only=True)
class Service:
    """A part of the city, declared: what it knows, hears, does, shows and gives away.

    `home` answers with what the portal's first page shows of it: `tiles`, `layers`, `decisions`, `promises`,
    `measures`, and `steps`, the address of each step of the loop that it serves; any item may say its `weight`,
    `time` and `zone`, by which the few places are given away.
    `inbox` answers with what waits for this member of staff beside alerts. `places` says of many alerts at once
    what they are about and where that is; `evidence` draws what one alert is judged by.
    `mine` answers with what in it is this person's own: mappings of `title`, `url`, `kind`, `status`, `tone`,
    `note`, `time`, and `owed` where it is the city's turn.
    `pushes` are the kinds of brief that it has a person's own devices show.
    `roles` are those that count in this service alone, beside the core's own.
    `subjects` are what else than its entities files may hang on, with who may read them.
    `changes_others`: its commands also change what is public of other services' things.
    `check` answers with what is wrong with the city's own files for it, a sentence each.
    `sample` fills the sample city, and changes nothing where it did so before; `sample_people` are those who work
    for this service in it. `play` goes on with it as time goes, in a thread of the part `play`, and does not
    return. What is large of either is named by `later`.
    """

    name: str
    title: str | Promise
    description: str | Promise = ""
    entities: tuple[type[Entity], ...] = ()
    properties: tuple[Property, ...] = ()
    sources: tuple[Source, ...] = ()
    feeds: tuple[Feed, ...] = ()
    commands: tuple[Command, ...] = ()
    capabilities: tuple[Capability, ...] = ()
    events: tuple[EventType, ...] = ()
    forecasts: tuple[Forecast, ...] = ()
    rules: tuple[Rule, ...] = ()
    causes: tuple[Cause, ...] = ()
    pages: tuple[Page, ...] = ()
    datasets: tuple[Dataset, ...] = ()
    personal: tuple[PersonalData, ...] = ()
    pushes: tuple[Push, ...] = ()
    roles: tuple[Role, ...] = ()
    subjects: tuple[Subject, ...] = ()
    home: Callable[[], Mapping[str, Any]] | None = None
    inbox: Callable[[Person], Iterable[Item]] | None = None
    places: Callable[[Sequence[Alert]], Mapping[int, Place]] | None = None
    evidence: Callable[[Alert, Person], Evidence] | None = None
    mine: Callable[[Person], Iterable[Mapping[str, Any]]] | None = None
    changes_others: bool = False
    check: Callable[[], Iterable[str]] | None = None
    sample: Callable[[], None] | None = None
    sample_people: tuple[SamplePerson, ...] = ()
    play: Callable[[], None] | None = None

    def event_types(self) -> Iterator[EventType]:
        """Every kind of event that this service can record, but for those that are the core's own."""
        yield from (command.event_type for command in self.commands if command.event not in core_kinds)
        yield from self.events

    def derived(self) -> Iterator[Property]:
        """Its properties that are computed from others."""
        return (prop for prop in self.properties if prop.derived is not None)

    def rule(self, name: str) -> Rule:
        """The rule of this name; KeyError where there is none."""
        return {rule.name: rule for rule in self.rules}[name]


def later(path: str) -> Callable[[], None]:
    """The function `package.module:name`, imported when it is called, as only a sample city needs it."""
    module, _, name = path.partition(":")

    def called() -> None:
        getattr(import_module(module), name)()

    return called


@cache
def packages() -> dict[str, str]:
    """Service name → the package that holds it, for every service of this city."""
    return {name: package(point) for name, point in switched_on(settings.CANDIA_CITY.services).items()}


@cache
def services() -> dict[str, Service]:
    """The services of this city by name: in the order of `city.toml`, then what every city has."""
    return {name: point.load() for name, point in switched_on(settings.CANDIA_CITY.services).items()}


def commands() -> dict[str, Command]:
    """Every command as `service.verb`."""
    return {
        f"{service.name}.{command.name}": command
        for service in services().values()
        for command in service.commands
    }


def capabilities() -> dict[str, Capability]:
    """Every capability as `service.name`."""
    return {item.qualified: item for service in services().values() for item in service.capabilities}


def feeds() -> dict[str, tuple[Service, Feed]]:
    """Every feed as `service.name`, with its service, whether this city fetches it or not."""
    return {
        f"{service.name}.{feed.name}": (service, feed)
        for service in services().values()
        for feed in service.feeds
    }


@cache
def event_types() -> dict[str, EventType]:
    """Every kind of event by its name."""
    types = [*core_events, *(type_ for service in services().values() for type_ in service.event_types())]
    return {type_.kind: type_ for type_ in types}


@cache
def event_titles() -> dict[str, str | Promise]:
    """The words for every kind of event, for a timeline."""
    return {kind: type_.title for kind, type_ in event_types().items()}


@cache
def staff_events() -> frozenset[str]:
    """The kinds of events that are in no public story."""
    return frozenset(kind for kind, type_ in event_types().items() if type_.staff)


@cache
def told_kinds() -> frozenset[str]:
    """The kinds of event of which those who follow a thing are told."""
    types = (type_ for service in services().values() for type_ in service.event_types())
    return frozenset(type_.kind for type_ in types if type_.told)


@cache
def entity_kinds() -> dict[str, type[Entity]]:
    """The model behind every kind of entity: `water.meter` → Meter."""
    return {model.kind: model for service in services().values() for model in service.entities}


@cache
def subjects() -> dict[str, Subject]:
    """What else than an entity files may hang on, by kind: `operations.work_order` → its Subject."""
    return {item.kind: item for service in services().values() for item in service.subjects}


@cache
def pushes() -> dict[str, Push]:
    """What persons' own devices show, by kind: `operations.work_order` → its Push."""
    return {f"{service.name}.{push.name}": push for service in services().values() for push in service.pushes}


def declared_roles() -> dict[tuple[str, str], Role]:
    """The roles that services declare, by name and service."""
    return {(role.name, service.name): role for service in services().values() for role in service.roles}


def role_of(name: str, service: str) -> Role | None:
    """The role that was granted under this name; None where its service is switched off, and it does nothing."""
    return core_roles.get(name) or declared_roles().get((name, service))
