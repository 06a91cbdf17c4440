"""Derivations: the jobs that compute derived properties, each on its rhythm and soon after something came late."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.utils import timezone
from procrastinate.contrib.django import app

from candia.core import live, sample_progress
from candia.core.service import Service, services
from candia.core.telemetry import store
from candia.telemetry.derivation import Derivation
from candia.telemetry.live import announcer
from candia.telemetry.observation import Property

# However long a step is, what came late is looked for so often (minutes).
AT_LEAST = 15


@app.periodic(cron="* * * * *")
@app.task(name="core.derive_due", queueing_lock="core.derive_due", pass_context=False)
def derive_due(timestamp: int) -> None:
    """Once a minute: defer each derived property whose rhythm falls on this minute."""
    if sample_progress.filling() is not None:
        return
    for service in services().values():
        for prop in service.derived():
            if prop.derived and timestamp // 60 % min(prop.derived.step // 60, AT_LEAST) == 0:
                lock = f"derived:{service.name}.{prop.name}"
                derive.configure(lock=lock).defer(service=service.name, property=prop.name)


@app.task(name="core.derive")
def derive(*, service: str, property: str) -> None:
    """Compute one derived property of a service, over all its things."""
    declared = services()[service]
    derive_now(declared, {prop.name: prop for prop in declared.properties}[property], timezone.now())


def derive_now(service: Service, prop: Property, now: datetime) -> int:
    """Compute what of a derived property is due; how many values changed. Pages and rules hear of it."""
    known = {one.name: one for one in service.properties}
    changed = Derivation(store(), service.name, prop, known).run(now)
    if changed:
        announcer(settings.CANDIA_STREAM_URL).publish(f"observed.{service.name}", b"")
        live.publish(f"{service.name}.observations")
    return changed


def derive_all(service: Service, now: datetime) -> int:
    """Compute every derived property of a service that is due, the sources before what is made of them."""
    waiting, done = list(service.derived()), 0
    while ready := [prop for prop in waiting if _made_of_others(prop, waiting)]:
        done += sum(derive_now(service, prop, now) for prop in ready)
        waiting = [prop for prop in waiting if prop not in ready]
    return done


def _made_of_others(prop: Property, those: Iterable[Property]) -> bool:
    return prop.derived is not None and {one.name for one in those}.isdisjoint(prop.derived.of)
