"""A story as its page tells it: with what led to a thing and what it led to, and each line leads to its cause.

What happened over and over is one line.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from django.urls import reverse

from candia.core import relation, things
from candia.core.event import Event
from candia.core.service import services
from candia.core.things import Thing
from candia.core.timeline import public_story, steps

if TYPE_CHECKING:
    from django.utils.functional import Promise

# So many of a kind in a row are one line that opens.
MANY = 4


@dataclass(frozen=True)
class Story:
    """The lines of a story, and what the thing is related to: in which words, and what with which story."""

    lines: list[dict[str, Any]]
    related: list[tuple[str, list[tuple[Thing, str]]]]


def story_of(id: str) -> Story:
    """The public story of a thing, with that of whatever led to it or came of it, however many services on."""
    before, after = relation.came_from(id), relation.led_to(id)
    beside = [related for related in relation.related(id) if related.kind != "came_from"]
    public = things.visible([*before, *after, *(related.id for related in beside)])
    groups: dict[str, list[str]] = {}
    for title, ids in zip(relation.KINDS["came_from"], (before, after), strict=True):
        groups[str(title)] = ids
    for related in beside:
        groups.setdefault(str(related.title), []).append(related.id)
    whole = [id, *(other for other in (*before, *after) if other in public)]
    return Story(
        lines=lines(public_story(*whole), id, public),
        related=[
            (title, listed)
            for title, ids in groups.items()
            if (listed := [(public[other], address(other)) for other in ids if other in public])
        ],
    )


def address(id: str) -> str:
    """Where the story of a thing is told."""
    return reverse("story", kwargs={"entity": id})


def lines(events: Iterable[Event], about: str, others: Mapping[str, Thing]) -> list[dict[str, Any]]:
    """The lines of a timeline, oldest first, each with its anchor `e<number>`; those about others name them."""
    titles = rules()
    shown: list[dict[str, Any]] = []
    anchors: dict[int, str] = {}
    rows = steps(events)
    for _same, group in groupby(
        rows, lambda step: (step["kind"], step["about"], step["rule"], step["because_id"])
    ):
        alike = list(group)
        for line in [_folded(alike)] if len(alike) >= MANY else alike:
            line["anchor"] = f"e{line['id']}"
            line["detail"] = titles.get(line["rule"], "")
            if line["about"] != about:
                line["of"], line["of_url"] = others[line["about"]].name, address(line["about"])
            shown.append(line)
        anchors |= {step["id"]: f"e{alike[0]['id'] if len(alike) >= MANY else step['id']}" for step in alike}
    causes = {line["because_about"] for line in shown if line["because_id"] not in anchors}
    elsewhere = things.among(causes - {"", about})
    for line in shown:
        line["because_url"] = _cause(line, elsewhere, anchors)
    return shown


def rules() -> dict[str, str | Promise]:
    """The title of every rule: `water.night_flow` → Night flow."""
    return {
        f"{service.name}.{rule.name}": rule.title for service in services().values() for rule in service.rules
    }


def _folded(alike: list[dict[str, Any]]) -> dict[str, Any]:
    return {**alike[0], "until": alike[-1]["time"], "times": [step["time"] for step in alike]}


def _cause(line: dict[str, Any], elsewhere: set[str], anchors: dict[int, str]) -> str:
    """Where the event before is told: on this page, or in the story of another thing that anyone may know."""
    cause, where = line["because_id"], line["because_about"]
    if cause in anchors:
        return f"#{anchors[cause]}"
    return f"{address(where)}#e{cause}" if where in elsewhere else ""
