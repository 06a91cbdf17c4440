"""A story as its page tells it: what happened over and over is one line, and each line leads to its cause."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import TYPE_CHECKING, Any

from django.urls import reverse

from candia.core.entity import Entity
from candia.core.event import Event
from candia.core.service import entity_kinds, services
from candia.core.timeline import steps

if TYPE_CHECKING:
    from django.utils.functional import Promise

# So many of a kind in a row are one line that opens.
MANY = 4


def published(entity: str) -> Entity | None:
    """The thing of this id, if anyone may know of it."""
    model = entity_kinds().get(entity.partition(":")[0])
    found: Entity | None = model.published().filter(pk=entity).first() if model else None
    return found


def lines(events: Iterable[Event], about: str) -> list[dict[str, Any]]:
    """The lines of a timeline, oldest first; the anchor of each is `e<number>`."""
    titles = rules()
    shown: list[dict[str, Any]] = []
    anchors: dict[int, str] = {}
    for _same, group in groupby(steps(events), lambda step: (step["kind"], step["rule"], step["because_id"])):
        alike = list(group)
        for line in [_folded(alike)] if len(alike) >= MANY else alike:
            line["anchor"] = f"e{line['id']}"
            line["detail"] = titles.get(line["rule"], "")
            shown.append(line)
        anchors |= {step["id"]: f"e{alike[0]['id'] if len(alike) >= MANY else step['id']}" for step in alike}
    for line in shown:
        line["because_url"] = _cause(line, about, anchors)
    return shown


def rules() -> dict[str, str | Promise]:
    """The title of every rule: `water.night_flow` → Night flow."""
    return {
        f"{service.name}.{rule.name}": rule.title for service in services().values() for rule in service.rules
    }


def _folded(alike: list[dict[str, Any]]) -> dict[str, Any]:
    return {**alike[0], "until": alike[-1]["time"], "times": [step["time"] for step in alike]}


def _cause(line: dict[str, Any], about: str, anchors: dict[int, str]) -> str:
    """Where the event before is told: on this page, or in the story of another thing that anyone may know."""
    cause, elsewhere = line["because_id"], line["because_about"]
    if cause in anchors:
        return f"#{anchors[cause]}"
    if not elsewhere or elsewhere == about or published(elsewhere) is None:
        return ""
    return f"{reverse('story', kwargs={'entity': elsewhere})}#e{cause}"
