"""Checks of what is computed: derived properties and forecasts that contradict themselves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from django.core.checks import CheckMessage, Error

from candia.core.service import Service

HOUR, MINUTE = 3600, 60
# Levels of quantiles that are the same but for rounding.
EVEN = 1e-6


def derived(service: Service) -> Iterator[CheckMessage]:
    """What makes no sense of derived properties."""
    sources = {prop.name: prop.derived.of if prop.derived else () for prop in service.properties}
    for prop in service.derived():
        name, made = f"{service.name}.{prop.name}", prop.derived
        if made is None:
            continue
        for unknown in set(made.of) - sources.keys():
            yield Error(f"{name} is derived from {unknown!r}, which is not declared.", id="candia.E029")
        if prop.name in _all_sources(prop.name, sources):
            yield Error(f"{name} is derived from itself.", id="candia.E030")
        if made.step <= 0 or (made.step % HOUR and HOUR % made.step) or made.step % MINUTE:
            yield Error(
                f"{name}: say `every` in minutes that an hour is made of, or in whole hours.",
                id="candia.E031",
            )
        if prop.counter:
            yield Error(f"{name} is derived, so it can't be a counter.", id="candia.E032")


def forecasts(service: Service) -> Iterator[CheckMessage]:
    """What makes no sense of forecasts."""
    properties = {prop.name: prop for prop in service.properties}
    for one in service.forecasts:
        name, levels = f"The forecast of {service.name}.{one.name}", one.levels
        if one.name not in properties:
            yield Error(f"{name} is of a property that is not declared.", id="candia.E033")
        elif properties[one.name].counter:
            yield Error(
                f"{name} is of a counter; derive what it rises by, and forecast that.", id="candia.E034"
            )
        if one.on not in service.entities:
            yield Error(
                f"{name} is about {one.on.kind!r}, which {service.name} does not own.", id="candia.E035"
            )
        step, every = one.step.total_seconds(), one.every.total_seconds()
        if step < MINUTE or (step % HOUR and HOUR % step) or every < MINUTE or every % MINUTE:
            yield Error(f"{name}: say `step` and `every` in whole minutes or hours.", id="candia.E036")
        elif one.horizon < one.step or one.horizon.total_seconds() % step or one.season < 1:
            yield Error(f"{name} needs a horizon of whole steps, and a season of days.", id="candia.E037")
        even = all(abs(low + high - 1) < EVEN for low, high in zip(levels, reversed(levels), strict=True))
        if len(levels) < len(("low", "middle", "high")) or not even or list(levels) != sorted(set(levels)):
            yield Error(
                f"{name} needs levels that rise evenly about 0.5, which is one of them.", id="candia.E038"
            )
        elif not len(levels) % 2:
            yield Error(f"{name} needs 0.5 among its levels.", id="candia.E038")


def _all_sources(name: str, sources: Mapping[str, Iterable[str]]) -> set[str]:
    """What a property is derived from, over however many others."""
    found: set[str] = set()
    waiting = list(sources.get(name, ()))
    while waiting:
        if (one := waiting.pop()) not in found:
            found.add(one)
            waiting += sources.get(one, ())
    return found
