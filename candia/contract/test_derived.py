"""Every derived property: it is computed of each thing alone, and of nothing nothing follows."""

import numpy as np
import pytest

from candia.contract.declared import declared
from candia.core.service import Service
from candia.telemetry.observation import Property

derived = [one for one in declared("properties") if one.values[1].derived]


def sources(service: Service, prop: Property, things: int) -> list[np.ndarray]:
    """Values within the sources' bounds, of which some are not known."""
    known, chance = {one.name: one for one in service.properties}, np.random.default_rng(7)
    shape = (things, prop.derived.lead + 30)
    told = []
    for name in prop.derived.of:
        low, high = known[name].low or 0, known[name].high or 1000
        values = chance.integers(0, len(known[name].states) or 1, shape).astype(float)
        values = values if known[name].states else chance.uniform(low, high, shape)
        told.append(np.where(chance.random(shape) < 0.1, np.nan, values))
    return told


@pytest.mark.parametrize(("service", "prop"), derived)
def test_of_nothing_nothing_follows(service: Service, prop: Property) -> None:
    nothing = [np.full_like(values, np.nan) for values in sources(service, prop, 3)]
    made = prop.derived.by(*nothing)

    assert made.shape == (nothing[0].shape[1:] if prop.derived.members else nothing[0].shape)
    assert np.isnan(made).all()


@pytest.mark.parametrize(("service", "prop"), [one for one in derived if not one.values[1].derived.members])
def test_things_are_not_mixed(service: Service, prop: Property) -> None:
    told = sources(service, prop, 5)
    made = prop.derived.by(*told)

    alone = [prop.derived.by(*(values[[row]] for values in told)) for row in range(5)]
    assert np.array_equal(made, np.vstack(alone), equal_nan=True)
