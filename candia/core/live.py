"""Live: tells open pages that something happened, by a message that carries no personal data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction

from candia.telemetry.live import announcer

if TYPE_CHECKING:
    from candia.core.event import Event


def publish(topic: str) -> None:
    """Publish on `live.<topic>` that something changed."""
    announcer(settings.CANDIA_STREAM_URL).publish(f"live.{topic}", b"{}")


def tell(events: Sequence[Event]) -> None:
    """Publish on `live.<kind>` what kinds of events happened, once that is committed, for the city's own processes.

    What another service did to a thing is news of the thing's own service too: `live.<its service>.<kind>`.
    However many of a kind are recorded together, that is one piece of news.
    """
    topics = dict[str, None]()
    for event in events:
        owner = event.entity.partition(".")[0]
        topics[event.kind] = None
        if owner != event.service_name:
            topics[f"{owner}.{event.kind}"] = None

    def publish_all() -> None:
        for topic in topics:
            publish(topic)

    transaction.on_commit(publish_all, robust=True)
