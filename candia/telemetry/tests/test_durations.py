"""How long things were in which state, against an account that is kept minute by minute."""

import secrets
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from candia.telemetry import questions
from candia.telemetry.durations import durations, spells
from candia.telemetry.observation import Observation, Property, Window
from candia.telemetry.rollup import record

ATHENS, MINUTE = ZoneInfo("Europe/Athens"), timedelta(minutes=1)
# Words begin at noon; in the night between, the clocks of the city go back.
BEGIN = datetime(2026, 10, 24, 9, tzinfo=UTC)
LENGTH, LIT = 40 * 60, Property("lit", states=("off", "on"))
PROPERTIES = {"street.lit": LIT, "street.level": Property("level", low=0, high=3)}


@pytest.fixture
def lamp():
    return f"street.lamp:{secrets.token_hex(6)}"


def say(store, entity, words, name="lit"):
    """Store minute → word or number."""
    begin = int(BEGIN.timestamp() * 1000)
    seen = [
        Observation(
            entity, f"street.{name}", begin + minute * 60_000, *((None, word) if name == "lit" else (word,))
        )
        for minute, word in words.items()
    ]
    record(store, seen, PROPERTIES, datetime.now(UTC))


def at(minute):
    return BEGIN + minute * MINUTE


def account(words, since, until, silence):
    """The state of each minute from `since` to before `until`."""
    told = []
    for minute in range(since, until):
        said = [one for one in words if one <= minute]
        told.append(words[max(said)] if said and minute - max(said) < silence else "")
    return told


def read(table):
    return [tuple(row.values()) for row in table.to_pylist()]


told = st.dictionaries(st.integers(0, LENGTH), st.sampled_from(["on", "off"]), min_size=1, max_size=15)
stretch = st.tuples(st.integers(0, LENGTH), st.integers(0, LENGTH)).filter(lambda two: two[0] < two[1])


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=told, stretch=stretch, silence=st.integers(1, 900), by=st.sampled_from(["", "hour", "day"]))
def test_every_minute_is_accounted_for_once(store, words, stretch, silence, by):
    entity, (since, until) = f"street.lamp:{secrets.token_hex(6)}", stretch
    say(store, entity, words)
    asked = {"silence": silence * MINUTE, "entities": [entity]}
    found = durations(store, "street.lit", at(since), at(until), by=by, zone=ATHENS, **asked)
    states = account(words, since, until, silence)

    def bucket(minute):
        here = at(minute).astimezone(ATHENS)
        begun = {
            "": at(since),
            "hour": at(minute).replace(minute=0),
            "day": here.replace(hour=0, minute=0, fold=0),
        }[by]
        return max(begun.astimezone(UTC), at(since))

    by_hand = Counter((bucket(since + number), state) for number, state in enumerate(states))
    spoken = any(since - silence < minute < until for minute in words)
    assert {(time, state): seconds / 60 for time, _entity, state, seconds in read(found)} == (
        by_hand if spoken else {}
    )

    runs, minute = [], since
    for state, run in groupby(states):
        length = len(list(run))
        if state:
            runs.append((entity, state, at(minute), at(minute + length), length * 60))
        minute += length
    assert read(spells(store, "street.lit", at(since), at(until), **asked)) == runs


def test_small_numbers_are_states_as_well_and_all_things_are_one_question(store, lamp):
    other = f"{lamp}-other"
    say(store, lamp, {0: 2.0, 60: 0.0}, "level")
    say(store, other, {30: 1.0}, "level")
    found = durations(
        store, "street.level", at(0), at(120), silence=timedelta(hours=9), entities=[lamp, other]
    )
    assert [row[1:] for row in read(found)] == [
        (lamp, "0", 3600),
        (lamp, "2", 3600),
        (other, "", 1800),
        (other, "1", 5400),
    ]


def test_a_rule_sees_how_long_a_state_has_stood(store, lamp):
    say(store, lamp, {0: "on", 10: "off", 60: "on", 90: "on"})
    window = Window("lit", hours=24, take=("last", "stood", "last_time"))
    asked = {"zone": ATHENS, "entities": [lamp]}
    (row,) = questions.window(store, "street", LIT, window, until=at(300), **asked).to_pylist()
    assert row == {"entity": lamp, "last": "on", "stood": 240 * 60, "last_time": at(90)}


@pytest.mark.parametrize("wrong", [{"each": "hour"}, {"between": (2, 5)}, {"take": ("stood", "mean")}])
def test_how_long_a_state_stood_is_told_of_the_window_alone(wrong):
    with pytest.raises(ValueError, match="how long a state has stood"):
        Window("lit", **{"hours": 24, "take": ("stood",)} | wrong)
