"""The city now: what each service puts on the first page, gathered once a second for all who look."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from time import monotonic
from typing import Any

from django.conf import settings
from django.db import OperationalError
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from candia.core.service import Service, services

log = logging.getLogger(__name__)

PARTS = ("tiles", "layers", "decisions", "promises", "measures")
# News reaches a page later than this after the event (with page_cache's NEWS), so what it fetches then has it.
BEAT_S = 1.0


@dataclass(frozen=True)
class Now:
    """The parts of the first page by name, and the titles of the services that could not answer."""

    parts: Mapping[str, list[Any]]
    silent: tuple[str, ...]
    _drawn: dict[str, SafeString] = field(default_factory=dict, compare=False)

    def drawn(self, template: str) -> SafeString:
        """All of it by this template, once for all who look: it knows no request, so nobody's name gets in."""
        if template not in self._drawn:
            names = topics()
            context = {
                **self.parts,
                "city": settings.CANDIA_CITY,
                "silent": self.silent,
                "decide_url": next(step["url"] for step in self.parts["steps"] if step["name"] == "decide"),
                "topics": names,
                "news": ", ".join(f"live:{name} from:body throttle:5s" for name in names.split()),
            }
            self._drawn[template] = render_to_string(template, context)
        return self._drawn[template]


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
    parts = {name: [item for one in told for item in one.get(name, ())] for name in PARTS}
    parts["steps"] = list(_steps(told))
    return Now(parts, tuple(silent))


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
