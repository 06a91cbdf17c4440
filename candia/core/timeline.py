"""Timeline: events in the words that a page shows for them, and the story that everyone may read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from candia.core.event import Event, story
from candia.core.service import event_titles, staff_events


def public_story(*about: str) -> QuerySet[Event]:
    """The story of these things without what is for staff alone, oldest first."""
    return story(*about).exclude(kind__in=staff_events())


def steps(events: Iterable[Event], *, public: bool = True) -> list[dict[str, Any]]:
    """Events as a timeline shows them: when, in which words, and whether a person or a machine did it.

    Persons stay unnamed: a page that may name them does so itself. A public one says nothing of a cause that
    is for staff.
    """
    titles = event_titles()
    hidden = staff_events() if public else frozenset()
    shown: list[dict[str, Any]] = []
    for event in events:
        cause = None if event.because is None or event.because.kind in hidden else event.because
        shown.append(
            {
                "id": event.pk,
                "kind": event.kind,
                "time": event.time,
                "about": event.about,
                "title": titles.get(event.kind, event.kind),
                "by": "" if event.by.startswith("person:") else _("the city's rules"),
                "because": titles.get(cause.kind) if cause else None,
                "because_id": cause.pk if cause else None,
                "because_about": cause.about if cause else "",
                "rule": event.data.get("rule", ""),
            }
        )
    return shown
