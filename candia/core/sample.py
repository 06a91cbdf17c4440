"""Sample: fills the sample city, service by service, at its first start."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from django.conf import settings
from django.utils import timezone


def fill() -> None:
    """Let each service make its sample; nothing in a city that is no sample, and nothing twice.

    Services that have no things of their own come first: they hold the accounts that others give things to.
    """
    if not settings.CANDIA_CITY.sample:
        return
    from candia.core.service import services

    for service in sorted(services().values(), key=lambda service: bool(service.entities)):
        if service.sample is not None:
            service.sample()


def play(beat: Callable[[], None]) -> None:
    """Let each service go on with its sample as time goes, and call `beat` each second meanwhile.

    Does not return; raises what a service raised, as one that ended would be missed by nobody.
    """
    from candia.core.service import services

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
