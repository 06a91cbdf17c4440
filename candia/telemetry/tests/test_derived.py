"""A derived property is what its function says of its sources, in whichever order they come and are corrected."""

import secrets
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from candia.telemetry import derivation, questions
from candia.telemetry.arrays import held, mean_of, running_mean
from candia.telemetry.catalogue import FixedCatalogue
from candia.telemetry.check import Check
from candia.telemetry.derivation import Derivation
from candia.telemetry.derived import Derived
from candia.telemetry.observation import Observation, Property, Speaker
from candia.telemetry.rollup import record

BEGIN = datetime(2026, 5, 4, tzinfo=UTC)
HOURS = 30
HOUR = timedelta(hours=1)


def load(dust, gas):
    """The larger of the mean of three hours (two must be known) and the hour's own, for something to compute."""
    return np.fmax(running_mean(dust, 3, 2), gas)


def air(**more):
    """A service of its own for each test, as the store keeps what others wrote."""
    name = f"air{secrets.token_hex(3)}"
    told = {"of": ("dust", "gas"), "by": load, "every": HOUR, "back": 2 * HOUR} | more
    properties = {
        "dust": Property("dust"),
        "gas": Property("gas"),
        "bay": Property("bay", states=("free", "taken")),
        "load": Property("load", low=0, high=500, derived=Derived(**told)),
    }
    return name, properties


def say(store, service, properties, told):
    """Store (thing, property, hour, value or word) as if it had just been sent."""
    seen = [
        Observation(
            f"{service}.station:{thing}",
            f"{service}.{name}",
            int((BEGIN + HOUR * hour).timestamp() * 1000),
            *((None, value) if isinstance(value, str) else (value,)),
        )
        for thing, name, hour, value in told
    ]
    record(store, seen, {f"{service}.{name}": one for name, one in properties.items()}, datetime.now(UTC))


def run(store, service, properties, hour=HOURS):
    return Derivation(store, service, properties["load"], properties).run(BEGIN + HOUR * hour)


def stands(store, service, thing, hours=HOURS):
    found = questions.series(
        store, f"{service}.station:{thing}", f"{service}.load", BEGIN, BEGIN + HOUR * (hours + 1)
    )
    return {
        (row["time"] - BEGIN) // HOUR: row["value"] for row in found.to_pylist() if row["value"] is not None
    }


def naive(told, thing):
    """The same, one after the other."""
    newest = {(one, name, hour): value for one, name, hour, value in told}
    found = {}
    for hour in range(HOURS):
        dusts = [newest.get((thing, "dust", back)) for back in (hour - 2, hour - 1, hour)]
        known = [dust for dust in dusts if dust is not None]
        both = [sum(known) / len(known)] if len(known) >= 2 else []
        both += [newest[thing, "gas", hour]] if (thing, "gas", hour) in newest else []
        if both:
            found[hour] = max(both)
    return found


said = st.lists(
    st.tuples(
        st.sampled_from("ab"),
        st.sampled_from(["dust", "gas"]),
        st.integers(0, HOURS - 1),
        st.integers(0, 400),
    ),
    min_size=1,
    max_size=30,
)


@pytest.fixture
def nothing_twice(monkeypatch):
    """Nobody computes hours beside these tests, so none need be looked at again."""
    monkeypatch.setattr(derivation, "OVERLAP", 0)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(told=said, cuts=st.lists(st.integers(0, 30), max_size=3))
def test_whatever_comes_late_or_is_corrected_all_is_as_if_computed_at_the_end(
    store, nothing_twice, told, cuts
):
    service, properties = air()
    bounds = sorted({0, *(min(cut, len(told)) for cut in cuts), len(told)})
    for number, (begin, end) in enumerate(pairwise(bounds)):
        say(store, service, properties, told[begin:end])
        run(store, service, properties, hour=min(HOURS, 9 * (number + 1)))
    run(store, service, properties)

    for thing in "ab":
        assert stands(store, service, thing) == pytest.approx(naive(told, thing))
    assert run(store, service, properties) == 0


def test_what_comes_late_changes_each_hour_that_looks_back_at_it(store, nothing_twice):
    service, properties = air()
    told = [("a", "dust", hour, 9) for hour in range(8)]
    say(store, service, properties, told)
    run(store, service, properties, hour=8)
    say(store, service, properties, [("a", "dust", 3, 39)])
    assert run(store, service, properties, hour=8) == 3
    assert stands(store, service, "a", 8) == {**dict.fromkeys(range(1, 8), 9), 3: 19, 4: 19, 5: 19}


def test_an_hour_is_computed_once_it_is_over(store):
    service, properties = air()
    say(store, service, properties, [("a", "gas", 0, 5), ("a", "gas", 1, 6)])
    half = BEGIN + timedelta(minutes=90)
    Derivation(store, service, properties["load"], properties).run(half)
    assert stands(store, service, "a") == {0: 5}
    # Nothing came since, and it is computed all the same.
    run(store, service, properties, hour=2)
    assert stands(store, service, "a") == {0: 5, 1: 6}


def test_what_is_not_known_any_more_is_taken_back_and_what_is_out_of_bounds_never_said(store):
    service, properties = air(by=lambda dust, gas: np.where(gas > 100, np.nan, gas))
    say(store, service, properties, [("a", "gas", 0, 5), ("a", "gas", 1, -7)])
    run(store, service, properties)
    assert stands(store, service, "a") == {0: 5}
    say(store, service, properties, [("a", "gas", 0, 101)])
    assert run(store, service, properties) == 1
    assert stands(store, service, "a") == {}


def test_a_function_that_is_revised_or_forgotten_is_computed_again(store):
    service, properties = air(by=lambda dust, gas: gas)
    say(store, service, properties, [("a", "gas", 0, 5)])
    run(store, service, properties)
    _name, twice = air(by=lambda dust, gas: 2 * gas, revision=2)
    assert run(store, service, properties | {"load": twice["load"]}) == 1
    assert stands(store, service, "a") == {0: 10}
    derivation.forget(store, f"{service}.load")
    assert run(store, service, properties) == 1
    assert stands(store, service, "a") == {0: 5}


def test_an_occupancy_follows_bays_that_speak_only_when_they_change(store):
    service = f"air{secrets.token_hex(3)}"
    bays = [f"{service}.station:{name}" for name in "ab"]
    zone = f"{service}.station:zone"
    _name, properties = air(
        of=("bay",),
        by=lambda taken: 100 * mean_of(taken),
        take="last",
        back=timedelta(0),
        holds=timedelta(hours=6),
        members=lambda: {zone: bays, f"{service}.station:empty": []},
    )
    told = [
        ("a", "bay", 0, "taken"),
        ("b", "bay", 0, "free"),
        ("b", "bay", 2, "taken"),
        ("a", "bay", 4, "free"),
    ]
    say(store, service, properties, told)
    run(store, service, properties, hour=6)
    assert stands(store, service, "zone") == {0: 50, 1: 50, 2: 100, 3: 100, 4: 50, 5: 50}
    # A word that comes late changes what followed from it.
    say(store, service, properties, [("b", "bay", 3, "free")])
    run(store, service, properties, hour=6)
    assert stands(store, service, "zone") == {0: 50, 1: 50, 2: 100, 3: 50, 4: 0, 5: 0}


def test_steps_may_be_shorter_than_an_hour(store):
    service, properties = air(every=timedelta(minutes=15), by=lambda dust, gas: gas, back=timedelta(0))
    say(store, service, properties, [("a", "gas", 0, 1), ("a", "gas", 0.25, 2), ("a", "gas", 0.3, 4)])
    Derivation(store, service, properties["load"], properties).run(BEGIN + timedelta(minutes=30))
    told = questions.series(store, f"{service}.station:a", f"{service}.load", BEGIN, BEGIN + HOUR).to_pylist()
    assert [((row["time"] - BEGIN) / HOUR, row["value"]) for row in told] == [(0, 1), (0.25, 3)]


def test_a_device_may_not_send_it():
    service, properties = air()
    entity = f"{service}.station:a"
    check = Check(FixedCatalogue({service: properties}, [entity]))
    speaker = Speaker("box", int(BEGIN.timestamp() * 1000), entity, check.properties, lambda _: None)
    refused = check.refusal(Observation(entity, f"{service}.load", speaker.received, 3.0), speaker)
    assert "computed from dust, gas" in str(refused)


def test_a_value_stands_until_another_comes_or_it_is_too_old():
    nan = np.nan
    told = held(np.array([[1, nan, nan, nan, 2, nan]]), 2)
    assert told.tolist()[0][:3] == [1, 1, 1]
    assert np.isnan(told[0, 3])
    assert told.tolist()[0][4:] == [2, 2]
