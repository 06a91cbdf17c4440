"""The shared rules, on things of which they know nothing: counters, batteries, and whatever speaks or does not."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from candia.core.entity import Entity
from candia.core.rule import CLEAR, UNSURE, Open, Row, Verdict
from candia.operations.rules import low_battery, out_of_bounds, silent, stuck

NOW = datetime(2026, 3, 10, 6, 0, tzinfo=UTC)
still, quiet, battery = stuck(Entity, "index"), silent(Entity, "index"), low_battery(Entity, "battery")
pressure = out_of_bounds(Entity, "pressure", low=2.0, high=9.0)


def judge(rule, newest=NOW, facts=None, **taken) -> Verdict:
    [verdict] = rule.judge(Row("a.thing:1", taken, {"created": NOW, **(facts or {})}, NOW, newest))
    return verdict


def test_a_counter_that_often_rests_is_not_stuck_and_a_busy_one_is():
    busy, rests = [0.3] * 35, [0.0] * 7
    weekends = ([0.0] * 5 + [0.4] * 2) * 5
    assert isinstance(judge(still, increase=busy + rests, count=[24] * 42), Open)
    assert judge(still, increase=weekends + rests, count=[24] * 42) is UNSURE
    assert judge(still, increase=busy + [0.0] * 6 + [0.1], count=[24] * 42) is CLEAR


def test_what_sends_nothing_is_silent_and_not_stuck():
    assert judge(still, increase=[0.3] * 35 + [None] * 7, count=[24] * 35 + [0] * 7) is UNSURE


def test_when_nothing_arrives_at_all_no_thing_is_blamed():
    long_ago = NOW - timedelta(days=2)
    # Stored words end two days ago for all: the city's own line is down.
    assert judge(quiet, newest=long_ago, last_time=long_ago) is CLEAR
    assert isinstance(judge(quiet, last_time=long_ago), Open)
    assert judge(quiet, newest=None, last_time=None) is UNSURE


def test_what_was_never_heard_of_is_silent_once_it_had_its_time():
    assert judge(quiet, last_time=None) is UNSURE
    old = {"created": NOW - timedelta(days=3)}
    assert isinstance(judge(quiet, facts=old, last_time=None), Open)


@given(st.floats(10.0001, 15))
def test_a_battery_that_recovers_in_the_sun_neither_opens_nor_closes(percent):
    assert judge(battery, last=percent) is UNSURE


@given(st.floats(-50, 50), st.floats(0, 50))
def test_only_what_lies_outside_all_the_hour_is_out_of_bounds(least, spread):
    verdict = judge(pressure, min=least, max=least + spread)
    assert isinstance(verdict, Open) is (least > 9.0 or least + spread < 2.0)


@pytest.mark.parametrize("rule", [still, quiet, battery, pressure], ids=lambda rule: rule.name)
def test_a_service_sets_the_threshold_where_it_declares_and_a_city_where_it_judges(rule):
    assert rule.name in {"stuck", "silent", "low_battery", "out_of_bounds"}
    assert all(isinstance(limit, int | float) for limit in rule.thresholds.values())
    declared = low_battery(Entity, "battery", percent=30.0)
    assert isinstance(judge(declared, last=25.0), Open)
    [verdict] = declared.judge(Row("a.thing:1", {"last": 25.0}, {}, NOW, NOW), percent=20.0)
    assert verdict is UNSURE
