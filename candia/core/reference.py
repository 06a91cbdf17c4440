"""Reference: a page of documentation for each service, written from its declaration."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator

from django.utils.translation import override

from candia.core.access import May
from candia.core.capability import Capability
from candia.core.command import Command
from candia.core.forecast import Forecast
from candia.core.rule import Rule
from candia.core.service import Service, services


def pages() -> dict[str, str]:
    """Markdown by service name, in English with the Greek title beside."""
    return {name: "\n".join(_page(service)).rstrip() + "\n" for name, service in services().items()}


def _page(service: Service) -> Iterator[str]:
    with override("el"):
        greek = str(service.title)
    with override("en"):
        yield f"# {service.title} ({greek})\n"
        yield f"{service.description}\n"
        yield from _table("Entities", "kind | meaning | attributes", _entities(service))
        yield from _table("Properties", "name | unit | kind | plausible", _properties(service))
        yield from _table("Feeds", "name | from | every", _feeds(service))
        yield from _table(
            "Forecasts",
            "property | of | how far ahead | issued | what it is made of",
            map(_forecast, service.forecasts),
        )
        yield from _table(
            "Commands", "command | who may | event | what it does", map(_command, service.commands)
        )
        yield from _table(
            "Capabilities", "name | of | takes | lives | reported by", map(_capability, service.capabilities)
        )
        yield from _table("Rules", "rule | when | thresholds | what it recognises", map(_rule, service.rules))
        yield from _table("Pages", "address | who may | title", _pages(service))
        yield from _table("Datasets", "name | licence | rhythm | what it holds", _datasets(service))
        yield from _table(
            "Pushes",
            "kind | whom it concerns | what one's own devices tell of",
            (f"`{push.name}` | {push.concerns.name} | {push.title}" for push in service.pushes),
        )
        yield from _table("Personal data", "what | purpose | term", _personal(service))


def _feeds(service: Service) -> Iterator[str]:
    for feed in service.feeds:
        minutes = round(feed.every.total_seconds() / 60)
        yield f"`{feed.name}` | {feed.url or 'as the city names it'} | {minutes} min"


def _table(title: str, head: str, rows: Iterable[str]) -> Iterator[str]:
    rows = list(rows)
    if rows:
        yield f"## {title}\n"
        yield f"| {head} |"
        yield "|" + " --- |" * (head.count("|") + 1)
        yield from (f"| {row} |" for row in rows)
        yield ""


def _first(text: str | None) -> str:
    return " ".join((text or "").split("\n\n")[0].split())


def _entities(service: Service) -> Iterator[str]:
    for model in service.entities:
        attributes = ", ".join(f"`{field.name}`" for field in model.attributes) or "–"
        yield f"`{model.kind}` | {_first(inspect.getdoc(model))} | {attributes}"


def _properties(service: Service) -> Iterator[str]:
    for item in service.properties:
        kind = "counter" if item.counter else "state" if item.states else "number"
        if item.derived:
            kind += f", derived from {', '.join(f'`{name}`' for name in item.derived.of)}"
        bounds = ", ".join(item.states) if item.states else f"{_bound(item.low)} … {_bound(item.high)}"
        yield f"`{item.name}` | {item.unit or '–'} | {kind} | {bounds}"


def _bound(value: float | None) -> str:
    return "any" if value is None else f"{value:g}"


def _command(command: Command) -> str:
    return f"`{command.name}` | {_who(command.may)} | `{command.event}` | {_first(command.meaning)}"


def _forecast(item: Forecast) -> str:
    ahead = f"{item.horizon} in steps of {item.step}"
    meaning = _first(inspect.getdoc(inspect.getmodule(item.by)))
    return f"`{item.name}` | `{item.on.kind}` | {ahead} | every {item.every} | {meaning}"


def _capability(item: Capability) -> str:
    number = f"{_bound(item.low)} … {_bound(item.high)} {item.unit}".rstrip()
    takes = ", ".join(item.options) or (number if item.takes_number else "–")
    return f"`{item.name}` | `{item.on.kind}` | {takes} | {item.lives} | {item.state_property or '–'}"


def _who(may: May) -> str:
    # A bar would end the cell of the table.
    return may.name.replace(" | ", " or ")


def _rule(rule: Rule) -> str:
    when = f"hears `{rule.hears}`" if rule.hears else f"every {rule.every}"
    limits = ", ".join(f"{name} = {value}" for name, value in rule.thresholds.items()) or "–"
    return f"`{rule.name}` | {when} | {limits} | {_first(inspect.getdoc(rule.function))}"


def _pages(service: Service) -> Iterator[str]:
    for page in service.pages:
        face = "/desk/" if page.desk else "/"
        who = "staff" if page.desk and page.may.name == "anyone" else _who(page.may)
        yield f"`{face}{service.name}/{page.path}` | {who} | {page.title or '–'}"


def _datasets(service: Service) -> Iterator[str]:
    for item in service.datasets:
        yield f"`{item.name}` | {item.licence} | {item.rhythm} | {item.description}"


def _personal(service: Service) -> Iterator[str]:
    return (f"{item.name} | {item.purpose} | {item.term}" for item in service.personal)
