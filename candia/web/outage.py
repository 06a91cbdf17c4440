"""Outage: what an error says of the engines and the disk, wherever it was raised."""

from __future__ import annotations

import errno

from django.db import InterfaceError, OperationalError
from django.utils.translation import gettext_lazy as _

from candia.core.errors import Unavailable
from candia.telemetry.store import StoreAway
from candia.telemetry.stream import StreamAway

# What says that an engine does not answer, whoever asked it.
AWAY = (OperationalError, InterfaceError, StoreAway, StreamAway)
NO_SPACE = {errno.ENOSPC, errno.EDQUOT}
# PostgreSQL's word for the same (class 53, insufficient resources).
DISK_FULL = "53100"


class Full(Unavailable):
    """A disk has no room for what is to be written."""

    code = "full"
    title = _("The city has no room left to save anything. Try again later.")


def outage(error: BaseException | None) -> Unavailable | None:
    """The outage behind an error, or behind what it was raised from; None where it is a mistake of ours."""
    seen: list[BaseException] = []
    while error is not None and error not in seen:
        seen.append(error)
        error = error.__cause__
    if any(getattr(one, "sqlstate", "") == DISK_FULL or _is_full(one) for one in seen):
        return Full()
    return Unavailable() if any(isinstance(one, AWAY) for one in seen) else None


def _is_full(error: BaseException) -> bool:
    return isinstance(error, OSError) and error.errno in NO_SPACE
