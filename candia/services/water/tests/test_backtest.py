"""Looking back over a record: nothing is known before it happened, and one rise opens one alert."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from candia.services.water import backtest

FIRST = date(2025, 1, 1)
SETTLE = timedelta(days=2)
quiet = st.lists(st.floats(9.8, 10.2), min_size=100, max_size=140)


def record(nights: Sequence[float | None]) -> dict[str, dict[date, float]]:
    days = {FIRST + timedelta(days=n): night for n, night in enumerate(nights)}
    return {"water.district:x": {day: night for day, night in days.items() if night is not None}}


def opened(nights: Sequence[float | None]) -> list[date]:
    return [found.opened for found in backtest.run(record(nights), SETTLE)]


@given(quiet)
def test_even_nights_open_nothing(nights) -> None:
    assert opened(nights) == []


@given(quiet, st.floats(3, 50), st.integers(70, 90))
def test_a_rise_that_stays_opens_one_alert_within_three_nights(nights, rise, when) -> None:
    risen = nights[:when] + [night + rise for night in nights[when:]]

    assert opened(risen)[:1] == [FIRST + timedelta(days=when + 2)]
    # One alert as long as the nights before the rise are the usual ones.
    assert len(opened(risen[: when + 28])) == 1


@given(quiet, st.floats(1, 500), st.integers(70, 90), st.integers(1, 2))
def test_a_peak_of_a_night_or_two_is_no_leak(nights, peak, when, lasts) -> None:
    peaked = [night + peak * (when <= n < when + lasts) for n, night in enumerate(nights)]

    assert opened(peaked) == []


@settings(max_examples=40)
@given(st.lists(st.one_of(st.none(), st.floats(0, 100)), min_size=70, max_size=120), st.integers(1, 50))
def test_what_comes_later_changes_nothing_that_was_found(nights, later) -> None:
    nights[0] = nights[0] or 1.0
    known = nights[:-later] if later < len(nights) else nights[:1]

    assert opened(known) == [day for day in opened(nights) if day < FIRST + timedelta(days=len(known))]


@settings(max_examples=40)
@given(quiet, st.floats(3, 20), st.integers(70, 80), st.integers(3, 8))
def test_silence_closes_nothing(nights, rise, when, silent) -> None:
    risen: list[float | None] = nights[:when] + [night + rise for night in nights[when : when + 4]]

    [found] = backtest.run(record([*risen, *[None] * silent, nights[0] + rise]), SETTLE)

    assert found.closed is None


@given(quiet, st.floats(3, 20), st.integers(70, 80))
def test_an_alert_closes_once_the_nights_have_settled(nights, rise, when) -> None:
    mended = [night + rise * (when <= n < when + 5) for n, night in enumerate(nights)]

    [found] = backtest.run(record(mended), SETTLE)

    assert found.closed == FIRST + timedelta(days=when + 5) + SETTLE


def test_a_night_is_the_least_of_its_hours_and_the_day_does_not_count() -> None:
    walls = [f"2025-01-01T{hour:02}:00:00" for hour in range(24)]
    values = [9.0, 1.0, 5.0, 4.0, 6.0, 0.5, *[2.0] * 18]
    recorded = pa.table(
        {
            "entity": ["water.district:x"] * 24,
            "wall": pa.array(walls).cast(pa.timestamp("s")),
            "value": pa.array(values),
        }
    )

    assert backtest.nights(recorded) == {"water.district:x": {FIRST: 4.0}}
