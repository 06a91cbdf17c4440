"""Inbox: what waits for a member of staff, whichever service it comes from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.utils.functional import Promise


@dataclass(frozen=True, kw_only=True)
class Item:
    """One thing that waits: what, since when, until when, and where it is done.

    `key` is its own among all that wait: the id of its entity, or `service.name` for a pile such as letters.
    `severity` is a word of CAP, `loss` what goes lost in a day meanwhile (euros), where that is known.
    """

    key: str
    service: str
    kind: str | Promise
    title: str
    url: str
    since: datetime | None = None
    due: datetime | None = None
    severity: str = "minor"
    loss: float | None = None
    place: str = ""
