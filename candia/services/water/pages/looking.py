"""Looks at a household's readings: each needs a reason and leaves an event, and then lasts half an hour."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from candia.core import errors
from candia.core.event import Event
from candia.services.water import commands
from candia.services.water.forms import LookForm, tell
from candia.services.water.models import Meter

TERM = timedelta(minutes=30)


def open_until(request: HttpRequest, meter: str) -> datetime | None:
    """Until when this member of staff may read on; nothing where they have not asked lately."""
    by: Any = request.user
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


def asked(request: HttpRequest, meter: Meter) -> LookForm | None:
    """Ask for the look that was posted; the form with what is wrong with it, or nothing when it is granted."""
    by: Any = request.user
    form = LookForm(request.POST, prefix="look")
    form.is_valid()
    try:
        commands.view_readings(by=by, meter=meter, reason=form.cleaned_data.get("reason", ""))
    except errors.Forbidden:
        raise
    except errors.Refused as refused:
        tell(form, refused)
        return form
    return None
