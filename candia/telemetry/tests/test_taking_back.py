"""What an import brought is taken back, and what others said of the same things stays, also by hours and days."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from candia.telemetry import questions
from candia.telemetry.observation import Observation
from candia.telemetry.rollup import record
from candia.telemetry.taking_back import Brought, standing, take_back
from candia.telemetry.tests.conftest import QUALIFIED
from candia.telemetry.tests.test_derived import BEGIN as DERIVED_BEGIN
from candia.telemetry.tests.test_derived import HOUR as AN_HOUR
from candia.telemetry.tests.test_derived import HOURS, air, run, say, stands

BEGIN = datetime(2026, 3, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)
ATHENS = ZoneInfo("Europe/Athens")
LIVE, IMPORT, LATER = (datetime(2026, 3, 20, 10, 0, second, 123_789, UTC) for second in (1, 2, 3))


def said(store, entity, values, received, name="water.index") -> None:
    seen = [
        Observation(entity, name, int((BEGIN + HOUR * hour).timestamp() * 1000), value)
        for hour, value in values.items()
    ]
    record(store, seen, QUALIFIED, received)


def brought(entity, first, last, name="water.index") -> Brought:
    span = (int((BEGIN + HOUR * hour).timestamp() * 1000) for hour in (first, last))
    return Brought([name], [entity], *span, [int(IMPORT.timestamp() * 1000)])


def everything(store, entity) -> list[object]:
    """What is told of a meter, however it is asked."""
    until = BEGIN + timedelta(days=5)
    curves = [
        questions.series(store, entity, "water.index", BEGIN, until, every, ATHENS).to_pylist()
        for every in ("raw", "hour", "day")
    ]
    used = questions.consumption(store, entity, "water.index", BEGIN, until, "day", ATHENS, rollover=1000)
    days = store.ask(
        "SELECT day, count, first, last, increase FROM daily FINAL WHERE entity = {entity:String} ORDER BY day",
        entity=entity,
    )
    newest = questions.latest(store, "water.index", [entity]).to_pylist()
    return [*curves, used.to_pylist(), days.to_pylist(), newest]


@pytest.mark.parametrize("later", [False, True], ids=["the newest", "not the newest"])
def test_what_is_told_is_what_was_told_before_the_import(store, name, later) -> None:
    meter, other = name("1"), name("2")
    own = {hour: 10 + hour / 10 for hour in (0, 1, 30)} | ({100: 40.0} if later else {})
    said(store, meter, own, LIVE)
    said(store, other, {5: 7.0}, LIVE)
    before = everything(store, meter), everything(store, other)
    said(store, meter, {hour: 100.0 + hour for hour in (2, 3, 31, 60, 61)}, IMPORT)
    assert everything(store, meter) != before[0]

    assert standing(store, brought(meter, 2, 61)) == 5
    assert take_back(store, brought(meter, 2, 61), QUALIFIED) == 5

    assert (everything(store, meter), everything(store, other)) == before
    assert take_back(store, brought(meter, 2, 61), QUALIFIED) == 0


def test_what_was_replaced_since_stays(store, name) -> None:
    meter = name("1")
    said(store, meter, {1: 1.0, 2: 2.0, 3: 3.0}, IMPORT)
    said(store, meter, {2: 20.0}, LATER)

    assert take_back(store, brought(meter, 1, 3), QUALIFIED) == 2

    [left] = questions.series(store, meter, "water.index", BEGIN, BEGIN + 9 * HOUR, "raw", ATHENS).to_pylist()
    assert left["value"] == 20.0


def test_what_was_derived_of_it_is_computed_again(store) -> None:
    service, properties = air()
    full = {f"{service}.{key}": one for key, one in properties.items()}
    say(store, service, properties, [("a", "gas", hour, 5.0) for hour in range(4)])
    run(store, service, properties)
    before = stands(store, service, "a")
    seen = [
        Observation(
            f"{service}.station:a",
            f"{service}.gas",
            int((DERIVED_BEGIN + AN_HOUR * hour).timestamp() * 1000),
            50.0,
        )
        for hour in (3, 8, 9)
    ]
    record(store, seen, full, IMPORT + timedelta(days=300))
    run(store, service, properties)
    assert stands(store, service, "a") != before

    moment = int((IMPORT + timedelta(days=300)).timestamp() * 1000)
    told = Brought([f"{service}.gas"], [f"{service}.station:a"], seen[0].time, seen[-1].time, [moment])
    take_back(store, told, full)
    run(store, service, properties)

    # The value of the third hour was replaced: it is there again, where the store has it still.
    assert {hour: value for hour, value in stands(store, service, "a").items() if hour != 3} == {
        hour: value for hour, value in before.items() if hour != 3
    }
    assert not np.isnan(list(before.values())).any()
    assert HOURS > 9
