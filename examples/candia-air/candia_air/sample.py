"""What the sample city has of it: three stations, two days of what they measured, and a device that hears."""

import math
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from candia.core.access import system
from candia.core.telemetry import properties, store
from candia.devices import credentials
from candia.telemetry import rollup
from candia.telemetry.observation import Observation
from candia_air.models import Station

NAMES = (("Πλατεία", "Square"), ("Λιμάνι", "Harbour"), ("Πάρκο", "Park"))
USUAL = {"pm25": 12.0, "pm10": 24.0, "no2": 30.0, "o3": 55.0}


def sample() -> None:
    """Make them, once; where they stand is made up, and said so."""
    if Station.objects.exists():
        return
    lon, lat = settings.CANDIA_CITY.centre
    made = [
        Station.objects.create(
            id=f"air.station:{number}",
            name=greek,
            names={"en": english},
            model="S1",
            lon=lon + 0.006 * (number - 2),
            lat=lat + 0.004 * (number % 2),
            synthetic=True,
        )
        for number, (greek, english) in enumerate(NAMES, start=1)
    ]
    credentials.issue(system, "air-sample", entities=[one.pk for one in made])
    now = timezone.now().replace(minute=0, second=0, microsecond=0)
    seen = [
        Observation(one.pk, f"air.{name}", int((now - timedelta(hours=back)).timestamp() * 1000), value)
        for place, one in enumerate(made)
        for name, usual in USUAL.items()
        for back in range(48)
        for value in [round(usual * (1 + 0.9 * place) * (1 - 0.3 * math.cos(back / 4)), 1)]
    ]
    rollup.record(store(), seen, properties(), timezone.now())
