"""Moments at which days, years and summer time begin and end, and a clock that stands at them while a test runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import time_machine

ATHENS = ZoneInfo("Europe/Athens")
#: On the city's clock; `fold` is the second of two hours that are called the same. None lies before the days that
#: tests tell of as past, such as the first of May 2026.
FEW = (
    "2026-10-25 03:30 fold",
    "2026-11-27 23:30",
    "2026-11-28 00:30",
    "2026-12-31 23:58",
    "2027-03-28 04:30",
    "2028-02-29 00:30",
)
#: These, and more around them.
MOMENTS = (
    *FEW,
    "2026-10-25 03:30",
    "2026-10-26 00:30",
    "2027-03-28 02:58",
    "2027-10-31 03:58 fold",
    "2028-02-29 12:00",
)


def moment(told: str) -> datetime:
    """One of them, in UTC."""
    local = datetime.fromisoformat(told.removesuffix(" fold")).replace(
        tzinfo=ATHENS, fold=told.endswith("fold")
    )
    return local.astimezone(UTC)


@contextmanager
def standing_at(told: str) -> Iterator[None]:
    """In this process it is that moment, and time goes on from there; other processes keep their own."""
    with time_machine.travel(moment(told), tick=True):
        yield
