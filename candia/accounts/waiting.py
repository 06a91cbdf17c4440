"""What waits at the desk for the clerk who verifies residents."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from candia.accounts.models import Letter
from candia.core.access import Person, clerk


def waiting(by: Person) -> Iterator[dict[str, Any]]:
    """How many letters with a code wait to be printed."""
    if clerk(by):
        count = Letter.objects.filter(printed=None).count()
        yield {
            "label": _("Letters to print"),
            "value": count,
            "url": reverse("people-desk-letters"),
            "note": _("to be posted") if count else "",
            "tone": "warn" if count else "",
        }
