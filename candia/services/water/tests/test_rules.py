"""What the rules of water promise of any figures, and what each says of cases that a shift knows."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from candia.core.rule import CLEAR, UNSURE, Open, Row
from candia.services.water import rules
from candia.services.water.night_flow import above

NOW = datetime(2026, 3, 10, 6, 0, tzinfo=UTC)
flows = st.floats(0.1, 500, allow_nan=False)
gaps = st.none() | flows
RANK = {"minor": 0, "moderate": 1, "severe": 2}


def row(newest=NOW, facts=None, **taken):
    return Row("water.meter:1", taken, {"bulk": False, "created": NOW, **(facts or {})}, NOW, newest)


def calm(level=10.0, nights=56):
    return [level * (1 + 0.01 * ((night * 7) % 5 - 2)) for night in range(nights)]


# --- night flow


# Powers of two scale without rounding, and flows of some size keep clear of the floor under the spread.
@given(st.lists(st.none() | st.floats(10, 500), min_size=58, max_size=58), st.sampled_from([2.0, 8.0, 64.0]))
def test_night_flow_says_the_same_of_a_district_many_times_as_large(nights, factor):
    small = rules.night_flow(row(min=nights), litres=0.0)
    large = rules.night_flow(row(min=[night and night * factor for night in nights]), litres=0.0)
    assert type(small) is type(large)


@given(st.lists(gaps, min_size=55, max_size=55), st.lists(flows, min_size=3, max_size=3), st.floats(0, 100))
def test_more_water_at_night_never_closes_an_alert(before, last, more):
    was = rules.night_flow(row(min=[*before, *last]))
    now = rules.night_flow(row(min=[*before, *(flow + more for flow in last)]))
    if isinstance(was, Open):
        assert isinstance(now, Open)
        assert RANK[now.severity] >= RANK[was.severity]
    if now is CLEAR:
        assert was is CLEAR


@given(st.lists(gaps, max_size=70))
def test_a_night_that_nobody_measured_is_no_reason_to_open_or_to_close(nights):
    assert rules.night_flow(row(min=[*nights, None])) is UNSURE


def test_a_single_high_night_opens_nothing_and_three_in_a_row_do():
    assert not isinstance(rules.night_flow(row(min=[*calm(), 10.0, 30.0])), Open)
    verdict = rules.night_flow(row(min=[*calm(), 14.0, 14.2, 14.1]))
    assert isinstance(verdict, Open)
    assert verdict.evidence["nights"] == 3
    assert verdict.evidence["more"] == pytest.approx(4.1 * 86.4, rel=0.02)


@pytest.mark.parametrize("days", [4, 14, 27])
def test_a_leak_that_has_run_for_weeks_is_not_taken_for_the_usual(days):
    verdict = rules.night_flow(row(min=[*calm(nights=58 - days), *[15.0] * days]))
    assert isinstance(verdict, Open)
    assert verdict.evidence["usual"] == pytest.approx(10, rel=0.03)
    assert verdict.evidence["nights"] == days


def test_a_repaired_leak_closes_its_alert():
    assert rules.night_flow(row(min=[*calm(nights=48), *[15.0] * 9, 10.1])) is CLEAR


@given(st.lists(gaps, max_size=40), flows)
def test_nights_above_are_counted_from_the_last_one_back(nights, limit):
    known = [night for night in nights if night is not None]
    count = above(nights, limit)
    assert all(night > limit for night in known[len(known) - count :])
    assert count == len(known) or known[-count - 1] <= limit


# --- burst mains


def days(hours=24 * 15):
    return [6.0 if hour % 24 < 6 else 20.0 for hour in range(hours)]


def test_a_burst_main_is_an_inflow_that_these_hours_have_never_had():
    assert rules.mains_burst(row(mean=days())) is CLEAR
    assert isinstance(rules.mains_burst(row(mean=[*days()[:-2], 61.0, 63.0])), Open)


def test_the_morning_is_compared_with_mornings():
    # At three in the night, 18 L/s are far too many, at noon they are few.
    night = [*days(24 * 14), 6.0, 6.0, 18.0, 18.0]
    assert isinstance(rules.mains_burst(row(mean=night)), Open)
    assert rules.mains_burst(row(mean=[*days(24 * 14 + 10), 18.0, 18.0])) is CLEAR


def test_an_inflow_that_is_silent_keeps_what_is_open():
    assert rules.mains_burst(row(mean=[*days()[:-1], None])) is UNSURE
    assert rules.mains_burst(row(mean=[None] * 350 + [20.0] * 10)) is UNSURE


# --- meters


@given(
    st.lists(st.none() | st.floats(0, 0.5), min_size=48, max_size=48), st.integers(0, 47), st.floats(0, 0.003)
)
def test_one_hour_without_water_is_no_leak(rises, hour, little):
    rises[hour] = little
    assert rules.continuous_flow(row(increase=rises, count=[1] * 48)) is CLEAR


@given(st.lists(st.floats(0.005, 2), min_size=48, max_size=48))
def test_water_in_every_hour_is_a_leak_of_at_least_the_least_hour(rises):
    verdict = rules.continuous_flow(row(increase=rises, count=[1] * 48))
    assert isinstance(verdict, Open)
    assert verdict.evidence["least"] == pytest.approx(min(rises) * 1000)


def test_a_reading_a_day_spread_over_its_hours_is_no_leak():
    # What rose between two daily readings is spread evenly, but nobody saw these hours.
    count = [1 if hour % 24 == 0 else 0 for hour in range(48)]
    assert rules.continuous_flow(row(increase=[0.02] * 48, count=count)) is UNSURE


def test_a_sum_of_many_houses_is_no_house():
    many = {"facts": {"bulk": True}, "increase": [3.0] * 48, "count": [1] * 48}
    assert rules.continuous_flow(row(**many)) is CLEAR
    assert rules.burst(row(**many)) is CLEAR


def test_a_bath_is_no_burst_and_an_open_pipe_is():
    assert rules.burst(row(increase=[0.0, 0.0, 0.01, 0.0, 0.02, 0.3])) is CLEAR
    assert isinstance(rules.burst(row(increase=[0.0, 0.0, 0.01, 0.0, 1.2, 1.3])), Open)
    assert rules.burst(row(increase=[0.0, 0.0, 0.01, 0.0, 1.2, None])) is UNSURE


def test_a_large_leak_is_worth_more_than_a_small_one_whatever_it_is_called():
    district = rules.night_flow(row(min=[*calm(level=50.0), 53.0, 53.1, 53.2]))
    house = rules.continuous_flow(row(increase=[0.079] * 48, count=[1] * 48))
    assert (district.severity, house.severity) == ("moderate", "severe")
    assert district.loss > 100 > house.loss
    assert rules.continuous_flow(row(increase=[0.079] * 48, count=[1] * 48), price=2.0).loss == house.loss * 2
