"""Health: whether the engines answer, and what else is wrong with this installation, in words.

`/readyz` is for whoever sends readers here: 503 while an engine is away. A condition that stands keeps no page
from being served, so it is told with 200 and `"status": "degraded"`; a monitor that wants 503 then asks `?strict`.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import TYPE_CHECKING

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext_lazy as _

from candia.conditions import Condition, Conditions
from candia.doors.problems import AWAY
from candia.engines import clickhouse, nats, postgres

ENGINES = {
    "postgres": lambda: postgres.answers(settings.CANDIA.database_url),
    "clickhouse": lambda: clickhouse.answers(settings.CANDIA.telemetry_url),
    "nats": lambda: nats.answers(settings.CANDIA.stream_url),
}

if TYPE_CHECKING:
    from django.utils.functional import Promise

#: Each condition's title and what to do about it; the facts that it was reported with stand in %(places)s.
SENTENCES: dict[str, tuple[str | Promise, str | Promise]] = {
    "ingest_stalled": (
        _("Devices' readings wait and are not stored"),
        _(
            "%(waiting)s messages have been waiting for %(minutes)s minutes or more, after number %(after)s. "
            "Nothing is lost: the stream keeps them for a fortnight. Look at log/ingest.log and `candia "
            "telemetry status`; "
            "`candia telemetry skip` takes one message out of the way."
        ),
    ),
    "stream_lost_messages": (
        _("The stream has lost messages of devices"),
        _(
            "From number %(first)s on the stream's numbers are given anew, up to %(last)s at least. What devices "
            "sent between %(since)s and %(until)s (UTC) and was not stored by then is gone. Devices that "
            "keep their "
            "readings can send them again. When you have taken note: "
            "`candia telemetry acknowledge stream_lost_messages`."
        ),
    ),
    "store_damaged": (
        _("A part of the stored observations is damaged"),
        _(
            "Tables: %(tables)s. Months: %(months)s. Rows that may be missing: %(rows)s. The city brings back by "
            "itself what the stream still holds, at most the last fortnight "
            "(`candia telemetry refill` does it again); what is older comes back from a backup alone."
        ),
    ),
    "disk_short": (
        _("The disk is short of room: %(free_mb)s MB are free"),
        _(
            "Devices are not let in, and keep what they have to say. Free %(needed_mb)s MB on the disk of "
            "CANDIA_HOME; they are let in again by themselves."
        ),
    ),
    "backlog_full": (
        _("What devices said is not being stored: the stream is %(percent)s %% full of it"),
        _(
            "Devices are not let in, and keep what they have to say. See why ingest does not get on: its log, "
            "and whether the store of observations answers. Nothing that was acknowledged is lost."
        ),
    ),
    "device_over_quota": (
        _("A device sent more than its quota: %(device)s"),
        _(
            "It is shut out for a while, the longer the more often it happens; in all there are %(devices)s. "
            "See what it sends, or allow more with CANDIA_DEVICE_RATE and CANDIA_DEVICE_MESSAGES."
        ),
    ),
    "backup_missing": (
        _("No backup is set up."),
        _(
            "If this machine breaks, the city is lost. Whoever runs it sets CANDIA_BACKUP_TO; docs/run.md says how."
        ),
    ),
    "backup_failed": (
        _("The last backup failed."),
        _("%(why)s It is tried again each hour; `candia backup` tries it at once."),
    ),
    "backup_old": (
        _("The newest backup is older than %(hours)s hours."),
        _("See whether the part jobs runs, and whether the place of the backups can be reached."),
    ),
    "backup_log_behind": (
        _("The log of the records does not reach the backups."),
        _("%(why)s Until then a restore reaches only the moments of the backups."),
    ),
}


@dataclass(frozen=True)
class Notice:
    """A condition in the reader's language."""

    name: str
    since: datetime
    title: str
    advice: str


def standing() -> list[Condition]:
    """The conditions of this installation that stand, the oldest first."""
    return Conditions(settings.CANDIA.home).standing()


def notices() -> Iterator[Notice]:
    """What stands, in the reader's language; one of another version of Candia goes by its name."""
    for one in standing():
        title, advice = SENTENCES.get(one.name, (one.name, ""))
        yield Notice(one.name, one.since, str(title) % one.facts, str(advice) % one.facts)


def away() -> dict[str, str]:
    """The engines that do not answer, and why."""
    with ThreadPoolExecutor(len(ENGINES)) as threads:
        found = dict(zip(ENGINES, threads.map(_wrong, ENGINES), strict=True))
    return {name: why for name, why in found.items() if why}


def _wrong(name: str) -> str:
    try:
        return "" if ENGINES[name]() else "it does not let us in"
    except OSError as silent:
        return silent.strerror or type(silent).__name__


def ready(request: HttpRequest) -> JsonResponse:
    """200 when requests can be served, else 503 with the engines that are away; `?strict` bears no condition."""
    missing, wrong = away(), standing()
    engines = {name: "away" if name in missing else "ok" for name in ENGINES}
    refused = missing or (wrong and "strict" in request.GET)
    answer = JsonResponse(
        {
            "status": "away" if missing else "degraded" if wrong else "ok",
            "engines": engines,
            "conditions": [{"name": one.name, "since": one.since, **one.facts} for one in wrong],
        },
        status=HTTPStatus.SERVICE_UNAVAILABLE if refused else HTTPStatus.OK,
    )
    answer["Cache-Control"] = "no-store"
    if refused:
        answer["Retry-After"] = str(AWAY)
    return answer
