"""What a field event says, as a sentence for the desk."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from candia.operations.work.field_events import MOMENTS, REASONS, Told
from candia.operations.work.models import FieldEvent

# A clock that differs by less is right enough.
RIGHT_S = 120


def hours(minutes: int) -> str:
    """A stretch of work: 1 h 30 min."""
    whole, rest = divmod(minutes, 60)
    parts = [_("%(n)d h") % {"n": whole}] if whole else []
    parts += [_("%(n)d min") % {"n": rest}] if rest or not whole else []
    return "\N{NO-BREAK SPACE}".join(parts)


def sentence(one: Told, checklist: list[str]) -> str:
    """What was said: Ticked: Valve closed."""
    data = one.data
    item = _item(data["item"], checklist) if "item" in data else ""
    said = {
        "start": _("Began"),
        "tick": _("Ticked: %(item)s") % {"item": item},
        "untick": _("Not done after all: %(item)s") % {"item": item},
        "note": data.get("text", ""),
        "hours": _("Worked %(hours)s") % {"hours": hours(data.get("minutes", 0))},
        "material": f"{data.get('amount', '')} × {data.get('what', '')}",
        "photo": _("Photo: %(moment)s") % {"moment": MOMENTS.get(data.get("moment", ""), "")},
        "done": _("Done"),
        "not_possible": _("Not possible: %(why)s") % {"why": REASONS.get(data.get("reason", ""), "")},
        "withdraw": _("Took back an entry"),
    }
    return str(said[one.kind])


def row(event: FieldEvent, checklist: list[str]) -> dict[str, Any]:
    """A field event as the desk's page lists it; with when it came in, where the phone's clock can't be trusted."""
    late = abs((event.received - event.at).total_seconds()) > RIGHT_S
    return {
        "text": sentence(event.told(), checklist),
        "kind": event.kind,
        "who": event.person or _("an account that is erased"),
        "at": event.at,
        "received": event.received if late else None,
        "wrong_clock": abs(event.clock_ahead) > RIGHT_S,
        "standing": event.standing,
    }


def _item(number: int, checklist: list[str]) -> str:
    return checklist[number] if number < len(checklist) else f"#{number + 1}"
