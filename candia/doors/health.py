"""Readiness: whether the engines answer, asked of all at once and answered within seconds."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, JsonResponse

from candia.doors.problems import AWAY
from candia.engines import clickhouse, nats, postgres

ENGINES = {
    "postgres": lambda: postgres.answers(settings.CANDIA.database_url),
    "clickhouse": lambda: clickhouse.answers(settings.CANDIA.telemetry_url),
    "nats": lambda: nats.answers(settings.CANDIA.stream_url),
}


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


def ready(_request: HttpRequest) -> JsonResponse:
    """200 when requests can be served, else 503 with the engines that are away."""
    missing = away()
    engines = {name: "away" if name in missing else "ok" for name in ENGINES}
    told = {"status": "away" if missing else "ok", "engines": engines}
    answer = JsonResponse(told, status=HTTPStatus.SERVICE_UNAVAILABLE if missing else HTTPStatus.OK)
    answer["Cache-Control"] = "no-store"
    if missing:
        answer["Retry-After"] = str(AWAY)
    return answer
