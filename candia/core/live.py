"""Live: tells open pages that something happened, by a message that carries no personal data."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction

from candia.telemetry.live import announcer

if TYPE_CHECKING:
    from candia.core.event import Event


def publish(topic: str) -> None:
    """Publish on `live.<topic>` that something changed, where no event of that name does."""
    announcer(settings.CANDIA_STREAM_URL).publish(f"live.{topic}", b"{}")


def tell(event: Event) -> None:
    """Publish the event's kind and entity on `live.<kind>` once it is committed, for the city's own processes.

    What another service did to a thing is news of the thing's own service too: `live.<its service>.<kind>`.
    """
    message = json.dumps({"kind": event.kind, "entity": event.entity, "about": event.about}).encode()

    owner = event.entity.partition(".")[0]
    topics = {event.kind} if owner == event.service_name else {event.kind, f"{owner}.{event.kind}"}

    def publish() -> None:
        for topic in topics:
            announcer(settings.CANDIA_STREAM_URL).publish(f"live.{topic}", message)

    transaction.on_commit(publish, robust=True)
