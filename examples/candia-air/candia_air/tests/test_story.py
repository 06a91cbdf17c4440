"""A station measures poor air, is judged, and told to report more often; whoever comes by reads it."""

from datetime import timedelta

import numpy as np
import pytest
from django.test import Client
from django.utils import timezone

from candia.core.access import system
from candia.core.alert import Alert
from candia.core.derivations import derive_all
from candia.core.errors import Refused
from candia.core.jobs import run_rule
from candia.core.service import services
from candia.core.telemetry import properties, store
from candia.devices.credentials import issue
from candia.devices.models import WantedState
from candia.devices.orders.commands import want_state
from candia.operations.work.models import WorkOrder
from candia.telemetry import rollup
from candia.telemetry.observation import Observation
from candia_air.index import NAMES, worst
from candia_air.models import Station
from candia_air.tests.samples import operator

pytestmark = pytest.mark.django_db
DAY = {"pm25": 61.0, "pm10": 70.0, "no2": 20.0, "o3": 40.0}


def measured(station: str) -> None:
    """A day of hours, of each pollutant."""
    now = timezone.now().replace(minute=0, second=0, microsecond=0)
    seen = [
        Observation(station, f"air.{name}", int((now - timedelta(hours=back)).timestamp() * 1000), value)
        for name, value in DAY.items()
        for back in range(1, 25)
    ]
    rollup.record(store(), seen, properties(), timezone.now())


def test_poor_air_is_read_by_everyone_and_judged_at_the_desk_where_a_crew_is_sent() -> None:
    shift, everyone, now = Client(), Client(), timezone.now()
    shift.force_login(operator())
    Station.objects.create(id="air.station:12", name="Αγορά", lon=25.13, lat=35.33)
    measured("air.station:12")

    air = services()["air"]
    run_rule(air, air.rule("poor_air"), now)
    derive_all(air, now)

    alert = Alert.objects.get()
    assert alert.severity == "severe"
    assert alert.evidence == {"pollutant": "PM₂.₅", "value": 61.0}
    assert "Πολύ κακός" in everyone.get("/air/").content.decode()
    assert "Very poor" in everyone.get("/en/air/").content.decode()
    page = shift.get(f"/desk/operations/alerts/{alert.pk}/").content.decode()
    assert "Αγορά" in page
    assert "candia-chart" in page
    planned = {"act": "send_crew", "plan-what": alert.sentence(), "plan-priority": "urgent"}
    assert shift.post(f"/desk/operations/alerts/{alert.pk}/", planned).status_code == 302
    assert WorkOrder.objects.get().place.startswith("Αγορά")


def test_a_station_is_told_to_report_more_often() -> None:
    Station.objects.create(id="air.station:13", name="Λιμάνι")
    issue(system, "gateway", entities=["air.station:13"])
    by, asked = operator(), {"entity": "air.station:13", "capability": "air.interval"}

    with pytest.raises(Refused, match="60"):
        want_state(by=by, value=90, **asked)
    want_state(by=by, value=5, **asked)

    assert WantedState.objects.get(entity="air.station:13").value == 5


@pytest.mark.parametrize(("pollutant", "at", "band"), [("pm25", 10, 0), ("pm25", 10.1, 1), ("o3", 381, 5)])
def test_a_band_ends_with_its_upper_bound(pollutant: str, at: float, band: int) -> None:
    means = [np.full((1, 24), at if name == pollutant else np.nan) for name in NAMES]

    assert worst(*means)[0, -1] == band


def test_of_half_a_day_of_dust_nothing_is_said() -> None:
    dust = np.array([[np.nan] * 12 + [400.0] * 12])
    nothing = np.full_like(dust, np.nan)

    assert np.isnan(worst(nothing, dust, nothing, nothing)).all()
    assert worst(nothing, dust, np.full_like(dust, 50.0), nothing)[0, -1] == 1
