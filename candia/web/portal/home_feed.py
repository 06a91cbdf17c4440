"""The city now: what each service puts on the first page, gathered once a second for all who look."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import islice, zip_longest
from time import monotonic
from typing import Any

from django.conf import settings
from django.db import OperationalError
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from candia.core import sample_progress
from candia.core.service import Service, services
from candia.core.zones import zone_view, zones

log = logging.getLogger(__name__)

#: How many there is room for on the first page, whichever services they come from; all layers are on the map page.
PLACES = {"tiles": 6, "layers": 4, "decisions": 5, "promises": 3, "measures": 4}
#: What happened so long ago counts half.
HALF = timedelta(days=2)
#: What lies in the reader's own zone counts so many times.
NEAR = 2
# News reaches a page later than this after the event (with page_cache's NEWS), so what it fetches then has it.
BEAT_S = 1.0


@dataclass(frozen=True)
class Now:
    """The parts of the first page by name, and the titles of the services that could not answer."""

    parts: Mapping[str, list[list[Any]]]
    steps: tuple[dict[str, Any], ...]
    silent: tuple[str, ...]
    _drawn: dict[tuple[str, str], SafeString] = field(default_factory=dict, compare=False)

    def all(self, part: str) -> list[Any]:
        """What all services give of a part."""
        return [item for own in self.parts[part] for item in own]

    def chosen(self, part: str, zone: str = "") -> list[Any]:
        """As many as there is room for: what is live and near, and of each service its first before any second."""
        every, places = self.all(part), PLACES[part]
        if len(every) <= places:
            return sorted(every, key=lambda item: not (zone and item.get("zone") == zone))
        now = timezone.now()

        def ranked(items: Iterable[Any]) -> list[Any]:
            return sorted(items, key=lambda item: -_weight(item, zone, now))

        rounds = zip_longest(*map(ranked, self.parts[part]))
        each = (item for one in rounds for item in ranked(item for item in one if item is not None))
        return list(islice(each, places))

    def drawn(self, template: str, zone: str = "") -> SafeString:
        """All of it by this template, once for all of a zone: it knows no request, so nobody's name gets in."""
        if (template, zone) not in self._drawn:
            names = topics()
            context = {
                **{part: self.chosen(part, zone) for part in PLACES},
                **_around(zone),
                "steps": self.steps,
                "city": settings.CANDIA_CITY,
                "silent": self.silent,
                "decide_url": next(step["url"] for step in self.steps if step["name"] == "decide"),
                "topics": names,
                "news": ", ".join(f"live:{name} from:body throttle:5s" for name in names.split()),
                "filling": sample_progress.filling(),
            }
            if context["filling"]:
                context["news"] += ", every 3s"
            if zone:
                # The map opens there, and not on the whole of a layer.
                context["layers"] = [{**layer, "fit": False} for layer in context["layers"]]
            self._drawn[template, zone] = render_to_string(template, context)
        return self._drawn[template, zone]


def gathered() -> Now:
    """What the services say of the city in the reader's language, at most one second old."""
    return _gathered(get_language(), int(monotonic() / BEAT_S))


@lru_cache(maxsize=4)
def _gathered(_language: str | None, _beat: int) -> Now:
    told: list[Mapping[str, Any]] = []
    silent: list[str] = []
    facing = _facing()
    while facing:
        service = facing.pop(0)
        try:
            told.append(service.home())  # type: ignore[misc]  # _facing has looked
        except Exception as failed:  # the first page stands, whatever happens to one service
            log.exception("%s could not say what is on the first page", service.name)
            silent.append(str(service.title))
            if isinstance(failed, OperationalError):
                # The records are away, and a reader won't wait for each service to find out.
                silent += [str(other.title) for other in facing]
                break
    parts = {name: [list(one.get(name, ())) for one in told] for name in PLACES}
    return Now(parts, tuple(_steps(told)), tuple(silent))


def _weight(item: Mapping[str, Any], zone: str, now: datetime) -> float:
    """How much an item matters now: as its service says (1), less with the days, more in the reader's own zone."""
    weight = float(item.get("weight", 1))
    if item.get("time"):
        weight *= 0.5 ** max(0.0, (now - item["time"]) / HALF)
    return weight * NEAR if zone and item.get("zone") == zone else weight


def _around(zone: str) -> dict[str, Any]:
    """What the page shows of the reader's own part of the city."""
    around: dict[str, Any] = {"zones": list(zones().values()), "zone": zone}
    view = zone_view(zone) if zone else None
    return around | ({"centre": view[:2], "zoom": view[2]} if view else {})


def topics() -> str:
    """The services whose news renews the first page."""
    return " ".join(service.name for service in _facing())


def _facing() -> list[Service]:
    return [service for service in services().values() if service.home]


def _steps(told: list[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """The loop from a proposal to what is measured; a step is a link where some service serves it."""
    words = {
        "propose": (_("Propose"), _("A resident writes what should change, and where.")),
        "decide": (
            _("Decide"),
            _("Residents support it, and the city answers: yes, not now, or no, and why."),
        ),
        "fund": (_("Fund"), _("What was accepted gets a budget.")),
        "build": (_("Build"), _("The work has a date, and its steps are told.")),
        "measure": (_("Measure"), _("The city's own meters say whether it worked.")),
    }
    served = {step: url for one in told for step, url in one.get("steps", {}).items()}
    for step, (label, text) in words.items():
        yield {"name": step, "label": label, "text": text, "url": served.get(step), "served": step in served}
