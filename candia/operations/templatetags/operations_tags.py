"""One line in any desk page about a thing: `{% maintenance meter %}` says whether it is in maintenance."""

from __future__ import annotations

from typing import Any

from django import template

from candia.core.entity import Entity
from candia.operations.maintenance import standing

register = template.Library()


@register.inclusion_tag("operations/parts/in_maintenance.html")
def maintenance(thing: Entity) -> dict[str, Any]:
    """Until when a thing wakes nobody, and why; nothing where it is not in maintenance."""
    return {"maintenance": standing([thing.pk]).get(thing.pk)}
