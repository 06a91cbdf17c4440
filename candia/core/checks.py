"""Checks at the start: a city does not run on a declaration that contradicts itself."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.core.exceptions import FieldError
from django.utils import timezone

from candia.core import computed_checks
from candia.core.capability import MOMENT, Capability, Value
from candia.core.entity import Entity
from candia.core.event import core_events
from candia.core.feed import PLACE, SOONEST, Feed, is_address
from candia.core.installed import installed
from candia.core.relation import KINDS
from candia.core.role import core_roles
from candia.core.rule import TOLD, Rule
from candia.core.service import Service, services


@register("candia")
def declarations(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:  # noqa: ARG001 — Django's signature
    """Every mistake found in the declarations of the services that are switched on."""
    return [*missing_services(), *examine(services().values())]


def missing_services() -> Iterator[CheckMessage]:
    """Services that `city.toml` names and nobody installed."""
    known = installed()
    hint = f"Installed are: {', '.join(sorted(known))}."
    for name in settings.CANDIA_CITY.services:
        if name not in known:
            yield Error(
                f"city.toml switches on the service {name!r}, which is not installed.",
                hint=hint,
                id="candia.E001",
            )
    for name in settings.CANDIA_CITY.thresholds.keys() - known.keys():
        yield Error(
            f"city.toml sets thresholds for the service {name!r}, which is not installed.",
            hint=hint,
            id="candia.E020",
        )
    for name in settings.CANDIA_CITY.feeds.keys() - known.keys():
        yield Error(
            f"city.toml names feeds of the service {name!r}, which is not installed.",
            hint=hint,
            id="candia.E029",
        )


def examine(declared: Iterable[Service]) -> Iterator[CheckMessage]:
    """The mistakes within and between these services."""
    declared = list(declared)
    away = installed().keys() - {service.name for service in declared}
    kinds = Counter(kind.kind for service in declared for kind in service.event_types()) + Counter(
        kind.kind for kind in core_events
    )
    for name, count in Counter(service.name for service in declared).items():
        if count > 1:
            yield Error(f"Two services are named {name!r}.", id="candia.E002")
    for kind, count in kinds.items():
        if count > 1:
            yield Error(f"The event {kind!r} is declared {count} times.", id="candia.E003")
    for service in declared:
        yield from _names(service)
        yield from computed_checks.derived(service)
        yield from computed_checks.forecasts(service)
        yield from _rules(service, set(kinds), away)
        yield from _thresholds(service)
        yield from _causes(service)
        yield from _datasets(service)
        yield from _capabilities(service)
        yield from _attributes(service)
        yield from _roles(service)
        yield from _feeds(service)
        yield from (
            Error(sentence, id="candia.E013") for sentence in (service.check() if service.check else ())
        )


def _names(service: Service) -> Iterator[CheckMessage]:
    parts: dict[str, Iterable[str]] = {
        "property": (item.name for item in service.properties),
        "command": (item.name for item in service.commands),
        "forecast": (item.name for item in service.forecasts),
        "rule": (item.name for item in service.rules),
        "feed": (item.device(service.name) for item in service.feeds),
        "cause": (item.name for item in service.causes),
        "page": (item.name for item in service.pages),
        "dataset": (item.name for item in service.datasets),
        "capability": (item.name for item in service.capabilities),
        "role": (item.name for item in service.roles),
        "subject": (item.kind for item in service.subjects),
    }
    for part, names in parts.items():
        for name, count in Counter(names).items():
            if count > 1:
                yield Error(f"{service.name}: two {part} items are named {name!r}.", id="candia.E004")
    owned = [model.kind for model in service.entities] + [kind.kind for kind in service.event_types()]
    owned += [subject.kind for subject in service.subjects]
    for name in owned:
        if name.partition(".")[0] != service.name:
            yield Error(f"{service.name}: {name!r} must start with {service.name + '.'!r}.", id="candia.E005")


def _rules(service: Service, kinds: set[str], away: set[str]) -> Iterator[CheckMessage]:
    properties = {prop.name for prop in service.properties}
    for rule in service.rules:
        name = f"{service.name}.{rule.name}"
        if rule.hears and rule.hears != TOLD and not _heard(rule, kinds, away):
            yield Error(f"{name} hears {rule.hears!r}, which no service records.", id="candia.E006")
        if bool(rule.hears) == bool(rule.every):
            yield Error(f"{name} needs either `hears` or `every`.", id="candia.E007")
        if rule.every and (rule.on is None or not (rule.over or rule.among or rule.facts)):
            yield Error(
                f"{name} runs on a rhythm and needs `on`, with `over`, `among` or `facts` to look at.",
                id="candia.E008",
            )
        if rule.at_once and not (rule.every and rule.over):
            yield Error(f"{name} hears at once and needs `every` and `over`.", id="candia.E024")
        for unknown in set(rule.over.names() if rule.over else ()) - properties:
            yield Error(f"{name} looks at {unknown!r}, which is not declared.", id="candia.E009")
        try:
            rule.things(timezone.now())  # written and not asked, so that no engine need run
        except FieldError as wrong:
            yield Error(f"{name} asks for facts that its things don't have: {wrong}", id="candia.E017")
        for threshold, default in rule.thresholds.items():
            if not isinstance(default, bool | int | float | str):
                yield Error(
                    f"{name} needs a number, a text, True or False as the default of {threshold!r}.",
                    id="candia.E018",
                )


def _causes(service: Service) -> Iterator[CheckMessage]:
    known = {rule.name for rule in service.rules}
    columns = {field.name for model in service.entities for field in model._meta.concrete_fields}
    for cause in service.causes:
        name = f"The cause {service.name}.{cause.name}"
        for rule in {*cause.rules, *([cause.root] if cause.root else [])} - known:
            yield Error(f"{name} is one of {rule!r}, which is no rule of {service.name}.", id="candia.E032")
        if cause.by not in KINDS and cause.by not in columns:
            yield Error(
                f"{name} looks at {cause.by!r}, which is neither a relation nor a column.", id="candia.E033"
            )


def _heard(rule: Rule, kinds: set[str], away: set[str]) -> bool:
    """Whether somebody records what the rule hears, here or in a city that switches on what is installed as well.

    What is switched off can't be read, so of its events none is known by name.
    """
    return any(rule.listens_to(kind) for kind in kinds) or any(
        fnmatchcase(service, rule.hears.partition(".")[0]) for service in away
    )


def _thresholds(service: Service) -> Iterator[CheckMessage]:
    rules = {rule.name: rule for rule in service.rules}
    for rule, values in settings.CANDIA_CITY.thresholds.get(service.name, {}).items():
        if rule not in rules:
            yield Error(
                f"city.toml sets thresholds for {service.name}.{rule}, which is no rule.", id="candia.E010"
            )
            continue
        known = rules[rule].thresholds
        for name in values.keys() - known.keys():
            yield Error(
                f"city.toml sets {name!r} for {service.name}.{rule}, which has no such threshold.",
                hint=f"It has: {', '.join(known) or 'none'}.",
                id="candia.E011",
            )
        for name in values.keys() & known.keys():
            if wanted := _wanted(known[name], values[name]):
                yield Error(
                    f"city.toml sets {name} = {values[name]!r} for {service.name}.{rule}: write {wanted}.",
                    hint=f"The default is {known[name]!r}.",
                    id="candia.E019",
                )


def _wanted(default: object, value: object) -> str:
    """What should stand instead of a threshold's value that is of another type than its default; else empty."""
    match default:
        case bool():
            return "" if isinstance(value, bool) else "true or false"
        case int():
            return "" if isinstance(value, int) and not isinstance(value, bool) else "a whole number"
        case float():
            number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
            return "" if number else "a number"
    return "" if isinstance(value, str) else "a text"


def _attributes(service: Service) -> Iterator[CheckMessage]:
    properties = {prop.name for prop in service.properties}
    for model in service.entities:
        for unknown in set(model.moves or ()) - properties:
            yield Error(f"{model.kind} moves by {unknown!r}, which is not declared.", id="candia.E023")
        if not hasattr(model, f"{model.owned_by}_id") and model.owned_by != Entity.owned_by:
            yield Error(f"{model.kind} has no foreign key {model.owned_by!r} to its owner.", id="candia.E025")
        for field in model.attributes:
            if not hasattr(model, field.name):
                yield Error(
                    f"{model.kind} has no column or property for its attribute {field.name!r}.",
                    id="candia.E021",
                )
            if field.type == "money" and not re.fullmatch("[A-Z]{3}", field.unit):
                yield Error(
                    f"{model.kind}: the unit of {field.name!r} must be its currency, such as EUR.",
                    id="candia.E022",
                )


def _roles(service: Service) -> Iterator[CheckMessage]:
    for role in service.roles:
        if role.name in core_roles:
            yield Error(f"{service.name}: the role {role.name!r} is the core's own.", id="candia.E026")
        if role.citywide:
            yield Error(
                f"{service.name}: the role {role.name!r} can't be one of the whole city.", id="candia.E027"
            )
        if not re.fullmatch(r"[a-z_]{1,20}", role.name):
            yield Error(
                f"{service.name}: name the role {role.name!r} by at most 20 small letters.", id="candia.E028"
            )


def _feeds(service: Service) -> Iterator[CheckMessage]:
    told, known = settings.CANDIA_CITY.feeds.get(service.name, {}), {feed.name for feed in service.feeds}
    for name in told.keys() - known:
        yield Error(
            f"city.toml names the feed {service.name}.{name}, which does not exist.",
            hint=f"Feeds are: {', '.join(sorted(known)) or 'none'}.",
            id="candia.E030",
        )
    for feed in service.feeds:
        yield from (
            Error(f"The feed {service.name}.{feed.name} {wrong}.", id="candia.E031")
            for wrong in _wrong_with(feed, feed.address(service.name), told.get(feed.name))
        )


def _wrong_with(feed: Feed, address: str, told: object) -> Iterator[str]:
    """What makes no sense of a feed, or of where this city fetches it."""
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,29}", feed.name):
        yield "must be named by at most 30 small letters, digits and underscores"
    if feed.every < SOONEST:
        yield "is fetched more than once a minute"
    if told is True and not feed.url:
        yield "has no address of its own: name one in city.toml"
    if address and not is_address(address.replace(PLACE, "x")):
        yield f"has {address!r} as its address, which must be http or https and hold no password"


def _datasets(service: Service) -> Iterator[CheckMessage]:
    for dataset in service.datasets:
        if not dataset.licence or not dataset.rhythm:
            yield Error(
                f"The dataset {service.name}.{dataset.name} needs a licence and a rhythm.", id="candia.E012"
            )


def _capabilities(service: Service) -> Iterator[CheckMessage]:
    for item in service.capabilities:
        name = f"{service.name}.{item.name}"
        if item.on not in service.entities:
            yield Error(
                f"{name} is told to {item.on.kind!r}, which {service.name} does not own.", id="candia.E014"
            )
        if item.state_property and item.state_property not in {prop.name for prop in service.properties}:
            yield Error(
                f"{name} is reported by {item.state_property!r}, which is not declared.", id="candia.E015"
            )
        if wrong := _worth(item):
            yield Error(f"{name} {wrong}.", id="candia.E016")


def _on_air(item: Capability) -> str:
    """What is wrong with the bytes of the values at its ends; empty where nothing is."""
    ends: list[Value] = [*item.options, *(end for end in (item.low, item.high) if end is not None)]
    for value in ends or [None if item.momentary else 0.0]:
        try:
            item.on_air(value)
        except Exception as wrong:  # noqa: BLE001 — whatever an encoder raises is its own
            return f"can't be told by LoRaWAN: {wrong}"
    return ""


def _worth(item: Capability) -> str:
    """What makes no sense of a capability's bounds and times; empty where all does."""
    if item.options and (item.low is not None or item.high is not None):
        return "has both options and bounds"
    if item.low is not None and item.high is not None and item.low > item.high:
        return "has its lowest value above its highest"
    if item.lives.total_seconds() <= 0:
        return "lives no time at all"
    if item.momentary and item.lives > MOMENT:
        return f"is momentary and must not live longer than {MOMENT.seconds} seconds"
    if item.encode and (wrong := _on_air(item)):
        return wrong
    return "is momentary, so no state reports it" if item.momentary and item.state_property else ""
