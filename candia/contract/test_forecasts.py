"""Every forecast: of nothing it says nothing, of each thing alone, and quantiles of what is known."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from candia.contract.declared import declared
from candia.core.forecast import Forecast, Past
from candia.core.forecasting import local
from candia.core.service import Service
from candia.telemetry.frame import Span

THINGS = ["a", "b", "c"]
# An issue in the morning after the clocks went back.
ISSUED = int(datetime(2026, 10, 25, 6, tzinfo=UTC).timestamp())


def past(forecast: Forecast) -> Past:
    step, chance = int(forecast.step.total_seconds()), np.random.default_rng(7)
    before = Span(ISSUED - int(forecast.past.total_seconds()) // step * step, ISSUED, step)
    ahead = Span(ISSUED, ISSUED + int(forecast.horizon.total_seconds()), step)
    values = chance.uniform(1, 50, (len(THINGS), before.steps))
    values[chance.random(values.shape) < 0.05] = np.nan
    return Past(THINGS, values, local(before), local(ahead), forecast.levels)


@pytest.mark.parametrize(("service", "forecast"), declared("forecasts"))
def test_of_nothing_nothing_is_foretold(service: Service, forecast: Forecast) -> None:
    known = past(forecast)
    said = forecast.by(replace(known, values=np.full_like(known.values, np.nan)))

    assert said.shape == (len(THINGS), len(known.ahead), len(forecast.levels))
    assert np.isnan(said).all()


@pytest.mark.parametrize(("service", "forecast"), declared("forecasts"))
def test_of_what_is_known_each_thing_is_foretold_by_itself(service: Service, forecast: Forecast) -> None:
    known = past(forecast)
    said = forecast.by(known)

    assert np.isfinite(said).all()
    for row, thing in enumerate(THINGS):
        alone = replace(known, things=[thing], values=known.values[[row]])
        assert np.allclose(forecast.by(alone)[0], said[row])
