"""What the store keeps of a counter's days tells the same as its hours, whatever came in whichever order."""

import secrets
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from candia.telemetry import questions
from candia.telemetry.observation import Observation, Window
from candia.telemetry.rollup import Rollup, record, touched_by
from candia.telemetry.store import columns
from candia.telemetry.tests.conftest import PROPERTIES, QUALIFIED
from candia.telemetry.tests.test_exactly_once import ATHENS, MINUTE, START

# Midnights of the city; on the night between the first two days the clocks go forward.
SINCE, UNTIL = datetime(2026, 3, 28, tzinfo=ATHENS), datetime(2026, 4, 2, tzinfo=ATHENS)
INDEX = PROPERTIES["water"]["index"]

# A moment in minutes, a value or none, and a state; days and hours may stay empty between them.
readings = st.lists(
    st.tuples(
        st.integers(0, 4 * 1440),
        st.none() | st.integers(0, 999).map(float),
        st.sampled_from([None, None, None, "exchange"]),
    ).filter(lambda reading: reading[1] is not None or reading[2]),
    min_size=1,
    max_size=25,
    unique_by=lambda reading: reading[0],
)


def seen(entity, reading):
    minute, value, state = reading
    return Observation(entity, "water.index", int(START.timestamp() * 1000) + minute * MINUTE, value, state)


def totals(store, entities, every="day", until=UNTIL):
    return questions.total_consumption(
        store, "water.index", SINCE, until, every, ATHENS, entities=entities, rollover=1000
    ).to_pylist()


def own(store, entity, every):
    asked = (entity, "water.index", SINCE, UNTIL, every, ATHENS)
    return questions.consumption(store, *asked, rollover=1000).to_pylist()


def by_window(store, entities):
    window = Window("index", days=5, each="day", take=("increase", "count"))
    return questions.window(
        store, "water", INDEX, window, until=UNTIL, zone=ATHENS, entities=entities
    ).to_pylist()


class ByHour:
    """The same store, as one that keeps no days."""

    def __init__(self, store):
        self.ask = store.ask

    def zone_of_days(self):
        return ""


def close(one, other):
    """The same but for the order in which numbers were added."""
    if isinstance(one, list):
        return len(one) == len(other) and all(map(close, one, other))
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(close(one[name], other[name]) for name in one)
    return one == (pytest.approx(other, abs=1e-6) if isinstance(other, float) else other)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ones=readings, others=readings, data=st.data())
def test_days_tell_what_hours_tell_however_readings_come(store, ones, others, data):
    mark = secrets.token_hex(4)
    entities = [f"water.meter:{mark}-{name}" for name in ("one", "other")]
    delivered = [seen(entities[0], one) for one in ones] + [seen(entities[1], one) for one in others]
    again = data.draw(st.lists(st.sampled_from(delivered), max_size=10))
    order = data.draw(st.permutations([*delivered, *again]))
    cut = data.draw(st.integers(0, len(order)))
    rollup = Rollup(store)
    for number, some in enumerate((order[:cut], order[cut:])):
        batch = columns(some, 1_000_000 + number)
        if batch.num_rows:
            store.append(batch)
            rollup.compute(touched_by([batch]), QUALIFIED)
    rollup.close()
    plain = ByHour(store)
    for every in ("day", "month"):
        assert close(totals(store, entities, every), totals(plain, entities, every))
        assert close(own(store, entities[0], every), own(plain, entities[0], every))
    assert close(by_window(store, entities), by_window(plain, entities))


def test_a_corrected_reading_corrects_its_day(store, name):
    meter = name("corrected")
    readings = [(60 * hour, float(hour), None) for hour in range(60)]
    record(store, [seen(meter, one) for one in readings], QUALIFIED, START)
    before = totals(store, [meter])
    assert sum(row["value"] for row in before) == 59
    later = START + timedelta(hours=1)
    record(store, [seen(meter, (60 * 59, 99.0, None))], QUALIFIED, later)
    assert sum(row["value"] for row in totals(store, [meter])) == 99
    assert totals(store, [meter])[0] == before[0]


def test_days_are_asked_only_for_whole_days_of_their_zone(store, name):
    asked = []

    class Listening(ByHour):
        def __init__(self, store):
            self._ask, self.zone_of_days = store.ask, store.zone_of_days

        def ask(self, sql, **told):
            asked.append("FROM daily" in sql)
            return self._ask(sql, **told)

    meter = name("whole")
    record(store, [seen(meter, (60 * hour, float(hour), None)) for hour in range(50)], QUALIFIED, START)
    noon = UNTIL - timedelta(hours=12)
    for until in (UNTIL, noon):
        found = totals(Listening(store), [meter], until=until)
        assert sum(row["value"] for row in found) == 49
    questions.total_consumption(Listening(store), "water.index", SINCE, UNTIL, "day", ZoneInfo("UTC"))
    assert asked == [True, False, False]


def test_a_batch_of_which_nothing_was_taken_touches_nothing(store):
    hours = "SELECT count() AS all FROM hourly"
    before = store.ask(hours)["all"][0].as_py()
    rollup = Rollup(store)
    rollup.compute(touched_by([columns([], 0)]), QUALIFIED)
    rollup.close()
    assert store.ask(hours)["all"][0].as_py() == before
