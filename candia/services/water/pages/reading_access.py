"""Access to a household's readings: each look needs a reason and leaves an event, and then lasts half an hour."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from candia.core.event import Event
from candia.services.water import commands

TERM = timedelta(minutes=30)


def open_until(by: Any, meter: str) -> datetime | None:
    """Until when this member of staff may read on; nothing where they have not asked lately."""
    asked = (
        Event.objects.filter(
            by=by.actor_id,
            kind=commands.view_readings.event,
            entity=meter,
            time__gt=timezone.now() - TERM,
        )
        .order_by("-id")
        .first()
    )
    return asked.time + TERM if asked else None
