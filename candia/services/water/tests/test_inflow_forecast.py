"""A district's inflow is foretold, shown beside what was measured, given away, and held against the truth."""

import re
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from candia.core import forecasting, telemetry
from candia.core.access import Grant
from candia.core.forecast import Past
from candia.services.water.inflow_forecast import inflow
from candia.services.water.service import service
from candia.services.water.tests.city import keep, person, town
from candia.telemetry import forecast_scores
from candia.telemetry.frame import Span
from tests.html import tight

LEVELS = (0.1, 0.5, 0.9)
ISSUED = int(datetime(2026, 10, 27, 6, tzinfo=UTC).timestamp())
# Six weeks to the issue with the autumn's change of the clocks in them, and the week after.
BEFORE, AHEAD = Span(ISSUED - 1008 * 3600, ISSUED, 3600), Span(ISSUED, ISSUED + 168 * 3600, 3600)


def drawn(when: np.ndarray) -> np.ndarray:
    """A week of a district by the city's clock: a morning's peak, quieter at the weekend."""
    hours = when.astype("datetime64[h]").astype(int)
    hour, day = hours % 24, (hours // 24 + 3) % 7
    return 5 + 4 * np.exp(-(((hour - 8) / 3) ** 2)) - 2 * (day >= 5)


def past(values: np.ndarray) -> Past:
    return Past(["a"], values[None], forecasting.local(BEFORE), forecasting.local(AHEAD), LEVELS)


def test_the_usual_week_goes_on_by_the_citys_clock() -> None:
    said = inflow(past(drawn(forecasting.local(BEFORE))))
    assert said[0, :, 1] == pytest.approx(drawn(forecasting.local(AHEAD)))


def test_it_goes_on_at_the_level_of_the_last_days_and_a_gap_does_no_harm() -> None:
    values = drawn(forecasting.local(BEFORE))
    values[-72:] *= 1.3
    values[400:500] = np.nan
    said = inflow(past(values))
    assert said[0, :, 1] == pytest.approx(1.3 * drawn(forecasting.local(AHEAD)), rel=0.02)


def test_eight_of_ten_hours_lie_within_where_chance_is_all_there_is() -> None:
    chance = np.random.default_rng(18)
    usual, coming = drawn(forecasting.local(BEFORE)), drawn(forecasting.local(AHEAD))
    inside = []
    for _district in range(40):
        said = inflow(past(usual + chance.normal(0, 0.5, usual.shape)))[0]
        truth = coming + chance.normal(0, 0.5, coming.shape)
        inside.append(((truth >= said[:, 0]) & (truth <= said[:, 2])).mean())
    assert np.mean(inside) == pytest.approx(0.8, abs=0.05)


@pytest.mark.django_db
def test_everyone_sees_what_is_expected_and_staff_how_good_that_was() -> None:
    district = town().district
    now = timezone.now().astimezone(UTC).replace(minute=20, second=0, microsecond=0)
    begun = now.replace(minute=0) - timedelta(days=40)
    span = Span(int(begun.timestamp()), int(now.timestamp()) // 3600 * 3600, 3600)
    values = drawn(forecasting.local(span))
    keep(district.pk, "water.inflow", [(begun + timedelta(hours=n), v) for n, v in enumerate(values)])

    forecasting.hindcast(service, now, days=3)

    page = tight(Client().get(reverse("water-district", args=[district.local_id])))
    assert "where it lies 80 times out of 100" in tight(
        Client().get(f"/en/water/districts/{district.local_id}/")
    )
    assert 'data-role="low"' in page
    told = Client().get(f"/api/v1/entities/{district.pk}/forecast?property=inflow").json()
    coming = drawn(forecasting.local(Span(span.until, span.until + 168 * 3600, 3600)))
    assert [step["quantiles"][1] for step in told["steps"]] == pytest.approx(list(coming), rel=1e-3)
    assert told["steps"][0]["levels"] == list(LEVELS)
    early = {"property": "inflow", "issued_by": (now - timedelta(days=1)).isoformat()}
    steps = Client().get(f"/api/v1/entities/{district.pk}/forecast", early).json()["steps"]
    assert {step["issued"] for step in steps} == {
        (now.replace(minute=0) - timedelta(days=1)).isoformat()[:19] + "Z"
    }

    found = forecast_scores.scores(telemetry.store(), "water.inflow", now - timedelta(days=9))
    assert len(found) >= 5
    assert all(one.naive_error is not None and one.count for one in found)
    shift = Client()
    shift.force_login(person("shift", Grant.OPERATOR))
    page = tight(shift.get("/en/desk/operations/forecasts/?days=7"))
    assert "Water: Inflow" in page
    assert "up to 3 days" in page
    assert re.search(r"no better, no worse|nearer|further off", page)


@pytest.mark.django_db
def test_what_nobody_foretells_is_told_so() -> None:
    district = town().district
    answer = Client().get(f"/api/v1/entities/{district.pk}/forecast?property=alarm")
    assert answer.status_code == 404
    assert "forecasts" in Client().get("/api/v1/services/water").json()
