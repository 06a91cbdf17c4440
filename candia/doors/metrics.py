"""Metrics for Prometheus: what this city's web answers, how far ingest is, and what waits.

Counts of requests belong to a process; with several web processes prometheus-client adds them up in files
(`PROMETHEUS_MULTIPROC_DIR`, set by `candia run`). All else is asked of the engines when somebody looks.
"""

from __future__ import annotations

import hmac
import os
import time
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from candia.core.errors import Forbidden
from candia.doors.collectors import CityCollector
from candia.doors.limits import is_here
from candia.doors.problems import problem

own = CollectorRegistry()
_requests = Histogram(
    "candia_http_request_seconds",
    "Time until an answer begins, by the route and not by the address, so that the labels stay few.",
    ("method", "route", "status"),
    registry=own,
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
_packs = Counter(
    "candia_packs", "Bodies that devices sent by HTTP, by the answer.", ("status",), registry=own
)
_bytes = Counter("candia_packs_bytes", "Bytes of the bodies that were taken by HTTP.", registry=own)
METHODS = {"GET", "HEAD", "POST", "OPTIONS"}
FORWARDED = ("X-Forwarded-For", "Forwarded", "X-Real-Ip", "Via")


class Measured:
    """Times each request. It stands first and is synchronous, so the whole chain runs in one thread at one go."""

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass the request on, and look at the clock."""
        method = request.method if request.method in METHODS else "other"
        began = time.perf_counter()
        answer = self._get_response(request)
        route = request.resolver_match.route if request.resolver_match else "none"
        _requests.labels(method, route, answer.status_code).observe(time.perf_counter() - began)
        return answer


def took(status: int, size: int) -> None:
    """Count a body that a device sent, and its size where it was taken."""
    _packs.labels(status).inc()
    if size:
        _bytes.inc(size)


def metrics(request: HttpRequest) -> HttpResponse:
    """All of it in Prometheus' text format: for this machine, and for whoever has the token."""
    if not may_look(request):
        return problem(Forbidden())
    return HttpResponse(generate_latest(gathered()), content_type=CONTENT_TYPE_LATEST)


def may_look(request: HttpRequest) -> bool:
    """Whether the token is right, or the asker is on this machine and no proxy stands between."""
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    token = settings.CANDIA.metrics_token
    if token and hmac.compare_digest(given.encode(), token.encode()):
        return True
    passed_on = any(name in request.headers for name in FORWARDED)
    return is_here(request.META.get("REMOTE_ADDR", "")) and not passed_on


def gathered() -> CollectorRegistry:
    """What all web processes counted, and the gauges of the engines."""
    registry = CollectorRegistry()
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    else:
        registry.register(own)
    registry.register(CityCollector())
    return registry
