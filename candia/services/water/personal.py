"""What water keeps about persons: which meters they hold, what those counted, and when staff looked."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from candia.core import look
from candia.core.access import Person
from candia.core.look import Look
from candia.core.personal import PersonalData
from candia.core.telemetry import zone
from candia.services.water import holding, readings
from candia.services.water.models import Holding, Meter

# Readings by the hour and day are kept so long in full; an export goes back as far.
YEARS = timedelta(days=3 * 366)


def export_meters(person: Person) -> list[dict[str, Any]]:
    """The meters that a person holds or held, with what was counted on each day meanwhile, m³."""
    return [
        {
            "meter": held.meter.serial or held.meter_id,
            "since": held.since.isoformat(),
            "until": held.until.isoformat() if held.until else None,
            "looks": [one.time.isoformat() for one in _looks(held)],
            "use": [
                {
                    "day": f"{day.time.astimezone(zone()):%Y-%m-%d}",
                    "m3": round(day.m3, 3),
                    "estimated": day.estimated,
                }
                for day in _use(held)
            ],
        }
        for held in Holding.objects.filter(person=person).select_related("meter").order_by("since")
    ]


def erase_meters(person: Person) -> None:
    """Holdings end, as when moving out, and nothing says any more who held the meters."""
    for meter in Meter.objects.select_for_update(of=("self",)).filter(holdings__person=person):
        holding.leave(meter, person)
    Holding.objects.filter(person=person).delete()


def _use(held: Holding) -> list[readings.Use]:
    """What the household drew: while the person held the meter, or for one who holds it now, since it began."""
    if held.until:
        return readings.use(held.meter_id, held.since, held.until, "day")
    now = timezone.now()
    return readings.use(held.meter_id, holding.opened(held.meter, now - YEARS), now, "day")


def _looks(held: Holding) -> list[Look]:
    return list(look.of(held.meter, held.since, held.until).reverse())


records = (
    PersonalData(
        name="meters",
        purpose=_(
            "Which water meters you hold and what they count, so that you see your use and hear of leaks."
        ),
        term=_(
            "Holding: until you leave the meter. Readings belong to the meter and stay without your name."
        ),
        export=export_meters,
        erase=erase_meters,
    ),
)
