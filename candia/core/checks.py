"""Checks at the start: a city does not run on a declaration that contradicts itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from candia.core.capability import MOMENT, Capability
from candia.core.event import core_events
from candia.core.installed import installed
from candia.core.service import Service, services


@register("candia")
def declarations(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:  # noqa: ARG001 — Django's signature
    """Every mistake found in the declarations of the services that are switched on."""
    return [*missing_services(), *(error for found in examine(services().values()) for error in [found])]


def missing_services() -> Iterator[CheckMessage]:
    """Services that `city.toml` switches on and nobody installed."""
    known = installed()
    for name in settings.CANDIA_CITY.services:
        if name not in known:
            yield Error(
                f"city.toml switches on the service {name!r}, which is not installed.",
                hint=f"Installed are: {', '.join(sorted(known))}.",
                id="candia.E001",
            )


def examine(declared: Iterable[Service]) -> Iterator[CheckMessage]:
    """The mistakes within and between these services."""
    declared = list(declared)
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
        yield from _rules(service, set(kinds))
        yield from _thresholds(service)
        yield from _datasets(service)
        yield from _capabilities(service)
        yield from (
            Error(sentence, id="candia.E013") for sentence in (service.check() if service.check else ())
        )


def _names(service: Service) -> Iterator[CheckMessage]:
    parts: dict[str, Iterable[str]] = {
        "property": (item.name for item in service.properties),
        "command": (item.name for item in service.commands),
        "rule": (item.name for item in service.rules),
        "page": (item.name for item in service.pages),
        "dataset": (item.name for item in service.datasets),
        "capability": (item.name for item in service.capabilities),
    }
    for part, names in parts.items():
        for name, count in Counter(names).items():
            if count > 1:
                yield Error(f"{service.name}: two {part} items are named {name!r}.", id="candia.E004")
    owned = [model.kind for model in service.entities] + [kind.kind for kind in service.event_types()]
    for name in owned:
        if name.partition(".")[0] != service.name:
            yield Error(f"{service.name}: {name!r} must start with {service.name + '.'!r}.", id="candia.E005")


def _rules(service: Service, kinds: set[str]) -> Iterator[CheckMessage]:
    properties = {prop.name for prop in service.properties}
    for rule in service.rules:
        name = f"{service.name}.{rule.name}"
        if rule.hears and rule.hears not in kinds:
            yield Error(f"{name} hears {rule.hears!r}, which no service records.", id="candia.E006")
        if bool(rule.hears) == bool(rule.every):
            yield Error(f"{name} needs either `hears` or `every`.", id="candia.E007")
        if rule.every and (rule.over is None or rule.on is None):
            yield Error(f"{name} runs on a rhythm and needs `on` and `over`.", id="candia.E008")
        if rule.over and rule.over.property not in properties:
            yield Error(f"{name} looks at {rule.over.property!r}, which is not declared.", id="candia.E009")


def _thresholds(service: Service) -> Iterator[CheckMessage]:
    rules = {rule.name: rule for rule in service.rules}
    for rule, values in settings.CANDIA_CITY.thresholds.get(service.name, {}).items():
        if rule not in rules:
            yield Error(
                f"city.toml sets thresholds for {service.name}.{rule}, which is no rule.", id="candia.E010"
            )
            continue
        for name in values.keys() - rules[rule].thresholds.keys():
            yield Error(
                f"city.toml sets {name!r} for {service.name}.{rule}, which has no such threshold.",
                hint=f"It has: {', '.join(rules[rule].thresholds) or 'none'}.",
                id="candia.E011",
            )


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
    return "is momentary, so no state reports it" if item.momentary and item.state_property else ""
