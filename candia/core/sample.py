"""Sample: fills the sample city, service by service, at its first start, while its pages are open already."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from django.conf import settings
from django.core.cache import cache
from django.utils import timezone

from candia.core import derivations, forecasting, sample_progress
from candia.core.entity import Entity
from candia.core.sample_progress import Filling
from candia.core.service import Service, services


def fill() -> None:
    """Let each service make its sample; nothing in a city that is no sample, and nothing twice.

    Services that have no things of their own come first: they hold the accounts that others give things to.
    """
    having, empty = _having(), not Entity.objects.exists()
    try:
        for done, service in enumerate(having):
            sample_progress.note(Filling(service.name, done, len(having)))
            service.sample()  # type: ignore[misc]  # those that have one
            derivations.derive_all(service, timezone.now())
            forecasting.hindcast(service, timezone.now())
        if empty:
            # What somebody was told meanwhile is of half a city.
            cache.clear()
    finally:
        sample_progress.over()


def announce() -> None:
    """Say that a sample city that is empty will be filled, before anybody sees it so."""
    if (having := _having()) and not Entity.objects.exists():
        sample_progress.note(Filling(having[0].name, 0, len(having)))


def _having() -> list[Service]:
    if not settings.CANDIA_CITY.sample:
        return []
    found = [service for service in services().values() if service.sample is not None]
    return sorted(found, key=lambda service: bool(service.entities))


def play(beat: Callable[[], None]) -> None:
    """Let each service go on with its sample as time goes, and call `beat` each second meanwhile.

    Does not return; raises what a service raised, as one that ended would be missed by nobody.
    """
    failures: list[Exception] = []

    def go_on(play: Callable[[], None]) -> None:
        try:
            play()
        except Exception as failure:  # noqa: BLE001 — told by the thread that watches
            failures.append(failure)

    for service in services().values():
        if service.play is not None:
            threading.Thread(target=go_on, args=(service.play,), name=service.name, daemon=True).start()
    while not failures:
        beat()
        time.sleep(1)
    raise failures[0]


@contextmanager
def clock(moment: datetime) -> Iterator[None]:
    """Let Django's clock stand at a moment of the past, so that the sample city has one.

    For the process that fills the sample, which does nothing else meanwhile.
    """
    now = timezone.now
    timezone.now = lambda: moment
    try:
        yield
    finally:
        timezone.now = now
