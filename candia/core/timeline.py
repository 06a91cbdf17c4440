"""Timeline: events in the words that a page shows for them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext_lazy as _

from candia.core.event import Event
from candia.core.service import event_titles


def steps(events: Iterable[Event]) -> list[dict[str, Any]]:
    """Events as a timeline shows them: when, in which words, and whether a person or a machine did it.

    Persons stay unnamed: a page that may name them does so itself.
    """
    titles = event_titles()
    return [
        {
            "id": event.pk,
            "kind": event.kind,
            "time": event.time,
            "title": titles.get(event.kind, event.kind),
            "by": "" if event.by.startswith("person:") else _("the city's rules"),
            "because": titles.get(event.because.kind) if event.because else None,
            "because_id": event.because_id,
            "because_about": event.because.about if event.because else "",
            "rule": event.data.get("rule", ""),
        }
        for event in events
    ]
