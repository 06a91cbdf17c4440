"""The simulated meters: a pure function of seed and day, counters that count, and faults that leave their mark."""

from datetime import UTC, date, datetime, timedelta
from itertools import islice, pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from candia.services.water import simulation
from candia.services.water.hidden import Hidden, hidden, rates, write
from candia.services.water.simulation import TURN, Day

ATHENS = ZoneInfo("Europe/Athens")
HOMES, SEED = 60, 5
days = st.dates(date(2024, 1, 1), date(2030, 12, 31))


def run(first: date, count: int, *faults: Hidden, homes: int = HOMES) -> list[Day]:
    network = simulation.homes(homes, SEED)
    return list(islice(simulation.days(network, faults, first, ATHENS, SEED), count))


def fault(kind: str, first: date, hour: int, hours: int, size: float = 0, meter: int = 7) -> Hidden:
    begin = int(datetime(first.year, first.month, first.day, tzinfo=UTC).timestamp()) + hour * 3600
    return Hidden(meter, kind, begin, begin + hours * 3600, size)


def litres(told: list[Day], meter: int = 7) -> np.ndarray:
    """What the meter counted from each reading to the next, over a turn of its register."""
    index = np.concatenate([day.index[meter] for day in told]) * 1000
    return np.rint(np.mod(np.diff(index), TURN))


@given(days, st.integers(0, 20))
def test_a_day_is_the_same_whenever_it_is_asked_for(first: date, skipped: int) -> None:
    network = simulation.homes(HOMES, SEED)
    day = first + timedelta(days=skipped)

    assert (simulation.use(network, day, ATHENS, SEED) == simulation.use(network, day, ATHENS, SEED)).all()
    assert (simulation.use(network, day, ATHENS, SEED) >= 0).all()


@given(days)
def test_registers_only_rise_and_readings_come_once_an_hour(first: date) -> None:
    told = run(first, 3)
    times = np.concatenate([day.time for day in told], axis=1)

    assert (np.diff(times, axis=1) == 3_600_000).all()
    for meter in range(HOMES):
        # A home draws less in an hour than a tenth of a register's range.
        assert (litres(told, meter) < TURN / 10).all()
    assert all(((day.index >= 0) & (day.index < TURN / 1000)).all() for day in told)


@given(days, st.integers(0, 23), st.integers(1, 60), st.integers(4, 2000))
def test_a_leak_is_in_every_hour_of_its_time_and_in_no_other(
    first: date, hour: int, lasts: int, size: int
) -> None:
    plain, leaking = run(first, 4), run(first, 4, fault("leak", first, hour, lasts, size))
    more = litres(leaking) - litres(plain)
    # The first difference is between the readings of hours 0 and 1.
    expected = np.array([size if hour <= place + 1 < hour + lasts else 0 for place in range(len(more))])

    assert (more == expected).all()
    assert (litres(plain, 8) == litres(leaking, 8)).all()


@given(days, st.integers(1, 23))
def test_an_exchanged_meter_begins_at_nothing(first: date, hour: int) -> None:
    told = run(first, 2, fault("exchange", first, hour, 1))
    at = told[0].exchanged[7]

    assert at.tolist() == [place == hour for place in range(24)]
    assert told[0].index[7, hour] == 0
    assert told[0].said[7, hour]
    assert told[1].index[7, -1] < 20


@given(days)
def test_a_stuck_meter_counts_nothing_and_a_silent_one_says_nothing(first: date) -> None:
    stuck = run(first, 2, fault("stuck", first, 3, 40))
    silent = run(first, 2, fault("silent", first, 3, 40))

    assert (litres(stuck)[3:42] == 0).all()
    assert not np.concatenate([day.said[7] for day in silent])[3:43].any()
    assert (litres(silent) == litres(run(first, 2))).all()


@given(days)
def test_water_that_flows_back_is_counted_apart(first: date) -> None:
    told = run(first, 2, fault("backflow", first, 5, 10, 30))

    assert told[1].backflow[7, -1] == pytest.approx(0.3)
    assert told[0].flowing_back[7].sum() == 10
    assert (litres(told) == litres(run(first, 2))).all()


@given(days, st.integers(1, 80))
def test_what_is_hidden_is_the_same_from_wherever_one_looks(since: date, span: int) -> None:
    until = since + timedelta(days=span)
    later = since + timedelta(days=span // 2)
    start = datetime(later.year, later.month, later.day, tzinfo=UTC).timestamp()

    def known(first: date) -> set[Hidden]:
        return {one for one in hidden(500, first, until, SEED) if one.begin >= start}

    assert known(since) == known(later)


def test_a_meter_has_one_trouble_at_a_time() -> None:
    found = hidden(3000, date(2026, 1, 1), date(2026, 12, 31), SEED)

    assert {one.kind for one in found} == {rate.kind for rate in rates}
    for meter in {one.meter for one in found}:
        own = sorted((one for one in found if one.meter == meter), key=lambda one: one.begin)
        assert all(before.end < after.begin for before, after in pairwise(own))


def test_homes_use_what_the_docstring_says() -> None:
    """145 L a person and day, less in an empty let flat; mornings above afternoons above nights."""
    told = run(date(2026, 11, 2), 7, homes=3000)
    index = np.concatenate([day.index for day in told], axis=1) * 1000
    used = np.mod(np.diff(index, axis=1), TURN)
    by_hour = np.concatenate([np.zeros((3000, 1)), used], axis=1).reshape(3000, 7, 24).mean(axis=(0, 1))
    local = np.roll(by_hour, 2)

    assert 290 < used.sum() / 3000 / 7 < 400
    assert local[7:10].mean() > local[13:17].mean() > 5 * local[2:5].mean()
    # Hardly anybody draws water in each hour of two days, which is how a leak is known.
    assert (used[:, :48] >= 4).all(axis=1).sum() == 0


def test_gardens_are_watered_in_summer_only() -> None:
    network = simulation.homes(3000, SEED)

    def of_gardens(day: date) -> float:
        return float(simulation.garden(network, day, ATHENS, np.random.default_rng(1)).sum())

    assert of_gardens(date(2026, 7, 15)) > 10_000
    assert of_gardens(date(2026, 11, 15)) == 0


@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25)])
def test_a_day_on_which_the_clock_is_changed_has_its_hours_once(day: date) -> None:
    hours = simulation.local_hours(day, ATHENS)

    assert len({hour.astimezone(UTC) for hour in hours}) == 24
    assert {hour.utcoffset() for hour in hours} == {timedelta(hours=2), timedelta(hours=3)}


def test_the_truth_can_be_read_by_anyone(tmp_path: Path) -> None:
    path = tmp_path / "truth.csv"
    write(path, [fault("leak", date(2026, 11, 1), 5, 24, 30)], [f"water.meter:{n}" for n in range(9)])

    assert path.read_text() == (
        "entity,kind,begin,end,size\nwater.meter:7,leak,2026-11-01T05:00:00Z,2026-11-02T05:00:00Z,30\n"
    )
