"""What hangs on a thing, on any page about it: `{% attachments thing %}`."""

from __future__ import annotations

from typing import Any

from django import template

from candia.core import attachment
from candia.core.entity import Entity

register = template.Library()


@register.inclusion_tag("components/attachments.html")
def attachments(of: Entity | str, *, level: int = 2) -> dict[str, Any]:
    """The pictures and PDFs of a thing, or of a subject by its id, for a page whose reader may read it.

    `level` is that of the heading; 0 for none, where the page has one of its own. Draws nothing where nothing is.
    """
    there = attachment.by_kind(next(iter(attachment.of(of).values())))
    return {**there, "level": level, "single": len(there["pictures"]) == 1}
