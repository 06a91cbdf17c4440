"""Spans: over how many days a page tells something, chosen by tabs and kept in the address."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from candia.core.numbers import number_of


def span_of(request: HttpRequest, offered: Sequence[int], usual: int) -> tuple[int, list[dict[str, Any]]]:
    """The days that are asked for by `?days=`, the usual where none of those offered are; and the tabs for them."""
    asked = number_of(request.GET.get("days"))
    days = asked if asked in offered else usual
    tabs = [
        {"label": _("%(days)d days") % {"days": span}, "url": f"?days={span}", "current": span == days}
        for span in offered
    ]
    return days, tabs
