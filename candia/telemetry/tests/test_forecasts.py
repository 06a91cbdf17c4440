"""What was said beforehand is asked like what was observed, and held against it."""

import secrets
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from candia.telemetry import forecasts
from candia.telemetry.arrays import quantiles
from candia.telemetry.forecast_scores import HORIZONS, Scored, score, scores
from candia.telemetry.frame import Span
from candia.telemetry.observation import Observation, Property
from candia.telemetry.rollup import record

ATHENS, HOUR, DAY = ZoneInfo("Europe/Athens"), timedelta(hours=1), timedelta(days=1)
# The clocks of the city go back in the night before the day.
TRUTH = datetime(2026, 10, 26, tzinfo=UTC)
BEGIN = int(TRUTH.timestamp() * 1000)
LEVELS = (0.1, 0.5, 0.9)
FLOW = Property("flow")


@pytest.fixture
def service():
    return f"said{secrets.token_hex(4)}"


def span(begin, steps, step=HOUR):
    since, long = int(begin.timestamp()), int(step.total_seconds())
    return Span(since, since + steps * long, long)


def say(store, service, issued, told):
    """Say of things (name → middle of each hour from the issue on) that it is that, give or take 2."""
    values = np.array(list(told.values()), float)
    stretch = span(issued, values.shape[1])
    things = [f"{service}.thing:{name}" for name in told]
    bands = np.stack([values - 2, values, values + 2], axis=2)
    return forecasts.write(store, f"{service}.flow", stretch, things, LEVELS, bands)


def happen(store, service, told):
    """Observe (name, hour from the beginning of the day) → value."""
    seen = [
        Observation(
            f"{service}.thing:{name}", f"{service}.flow", int((TRUTH + hour * HOUR).timestamp() * 1000), value
        )
        for (name, hour), value in told.items()
    ]
    record(store, seen, {f"{service}.flow": FLOW}, datetime.now(UTC))


def middles(table):
    return [(row["issued"], row["quantiles"][1]) for row in table.to_pylist()]


def test_the_newest_issue_counts_or_what_had_been_said_by_then(store, service):
    first, second = TRUTH, TRUTH + 2 * HOUR
    assert say(store, service, first, {"a": [1, 2, 3, 4]}) == 4
    assert say(store, service, second, {"a": [30, 40]}) == 2
    asked = (f"{service}.thing:a", f"{service}.flow", TRUTH, TRUTH + 4 * HOUR)
    assert middles(forecasts.curve(store, *asked)) == [(first, 1), (first, 2), (second, 30), (second, 40)]
    early = forecasts.curve(store, *asked, issued_by=TRUTH + HOUR)
    assert [middle for _issued, middle in middles(early)] == [1, 2, 3, 4]
    assert early["levels"][0].as_py() == pytest.approx(LEVELS)
    assert forecasts.newest_issue(store, f"{service}.flow") == second


def test_what_will_be_at_a_moment_is_one_question_for_all(store, service):
    say(store, service, TRUTH, {"a": [1, 2, 3], "b": [5, np.nan, np.nan]})
    found = forecasts.at(store, f"{service}.flow", TRUTH + 1.5 * HOUR).to_pylist()
    assert [(row["entity"][-1], row["time"] - TRUTH, row["quantiles"][1]) for row in found] == [
        ("a", HOUR, 2),
        ("b", 0 * HOUR, 5),
    ]


def test_an_issue_that_is_made_again_replaces_itself_and_quantiles_do_not_cross(store, service):
    say(store, service, TRUTH, {"a": [1]})
    crossed = np.array([[[9.0, 5.0, 7.0]]])
    forecasts.write(store, f"{service}.flow", span(TRUTH, 1), [f"{service}.thing:a"], LEVELS, crossed)
    (row,) = forecasts.curve(store, f"{service}.thing:a", f"{service}.flow", TRUTH, TRUTH + HOUR).to_pylist()
    assert row["quantiles"] == [5, 7, 9]


def test_whole_weeks_that_are_too_old_are_dropped(store, service):
    say(store, service, TRUTH - 400 * DAY, {"a": [1]})
    say(store, service, TRUTH, {"a": [1]})
    asked = (f"{service}.thing:a", f"{service}.flow", TRUTH - 500 * DAY, TRUTH + DAY)
    assert len(forecasts.curve(store, *asked)) == 2
    forecasts.forget_before(store, TRUTH - 300 * DAY)
    assert middles(forecasts.curve(store, *asked)) == [(TRUTH, 1)]


def naive(said, truth, season=1):
    """What `score` tells, one after the other: horizon → sums."""
    told = {}
    for (name, back), values in said.items():
        issued = TRUTH - back * HOUR
        for place, middle in enumerate(values):
            moment = issued + place * HOUR
            hour = (moment - TRUTH) // HOUR
            if not (0 <= hour < 24 and (name, hour) in truth):
                continue
            lead = moment - issued
            seasons = lead // (season * DAY) + 1
            before = (moment.astimezone(ATHENS) - seasons * season * DAY).astimezone(UTC)
            was = truth.get((name, (before - TRUTH) // HOUR))
            edge = next(edge for edge in HORIZONS if edge >= (lead + HOUR).total_seconds())
            value, one = truth[name, hour], told.setdefault(edge, np.zeros(7))
            losses = [
                level * (value - bound) if value >= bound else (1 - level) * (bound - value)
                for level, bound in zip(LEVELS, (middle - 2, middle, middle + 2), strict=True)
            ]
            both = (1, abs(value - middle), abs(value - was)) if was is not None else (0, 0, 0)
            one += [1, abs(value - middle), sum(losses) / 3, abs(value - middle) <= 2, *both]
    return told


names = st.sampled_from("ab")
issues = st.dictionaries(
    st.tuples(names, st.integers(0, 60)), st.lists(st.integers(0, 9), min_size=90, max_size=90), max_size=4
)
observed = st.dictionaries(st.tuples(names, st.integers(-72, 23)), st.integers(0, 9).map(float), min_size=8)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=issues, truth=observed)
def test_scores_are_what_one_finds_by_hand(store, said, truth):
    service = f"said{secrets.token_hex(4)}"
    for (name, back), values in said.items():
        say(store, service, TRUTH - back * HOUR, {name: values})
    happen(store, service, truth)
    what = Scored(name=f"{service}.flow", declared=FLOW, step=3600, take="mean", season=1, longest=90 * 3600)
    for _again in range(2):
        score(store, what, TRUTH, ATHENS)

    found = scores(store, f"{service}.flow", TRUTH - DAY)
    by_hand = naive(said, truth)
    assert [int(one.horizon.total_seconds()) for one in found] == sorted(by_hand)
    for one in found:
        count, error, loss, inside, both, own, naive_error = by_hand[int(one.horizon.total_seconds())]
        assert one.count == count
        assert (one.error, one.pinball, one.inside) == pytest.approx(
            (error / count, loss / count, inside / count)
        )
        told = (one.compared_error, one.naive_error)
        assert told == (pytest.approx((own / both, naive_error / both)) if both else (None, None))
        assert (one.gain is not None and one.gain < 0) == bool(both and own > naive_error)


@given(
    values=st.lists(st.none() | st.integers(-50, 50), min_size=1, max_size=9),
    levels=st.lists(st.floats(0, 1), min_size=1, max_size=4),
)
def test_quantiles_pass_over_what_is_not_known(values, levels):
    known = [value for value in values if value is not None]
    told = quantiles(np.array([values], float), levels)[0]
    if known:
        assert told == pytest.approx(np.quantile(known, levels))
    else:
        assert np.isnan(told).all()
