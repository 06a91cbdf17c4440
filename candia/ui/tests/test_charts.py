"""Charts on the days on which the clocks change: 23 or 25 hours, each with what was measured in it."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from candia.ui.charts import moments, next_hour, rows

ATHENS, HOUR = ZoneInfo("Europe/Athens"), timedelta(hours=1)
CHANGES = {(2026, 3, 29): 23, (2026, 10, 25): 25, (2027, 3, 28): 23, (2027, 10, 31): 25, (2028, 2, 29): 24}


@pytest.mark.parametrize(("day", "hours"), CHANGES.items())
def test_each_hour_of_a_day_shows_its_own_value(day, hours) -> None:
    begun = datetime(*day, tzinfo=ATHENS)
    ended = begun + timedelta(days=1)
    measured = {begun.astimezone(UTC) + HOUR * number: float(number) for number in range(hours)}

    lines = rows([measured], begun, ended, "hour")

    assert len(lines) == hours
    assert [line.cells[0][0] for line in lines] == [f"{number}" for number in range(hours)]


def test_both_hours_after_three_are_kept_apart_when_the_clocks_go_back() -> None:
    first, second = (datetime(2026, 10, 25, 3, 40, tzinfo=ATHENS, fold=fold) for fold in (0, 1))
    assert next_hour(first).astimezone(UTC) == datetime(2026, 10, 25, 1, tzinfo=UTC)
    assert next_hour(second).astimezone(UTC) == datetime(2026, 10, 25, 2, tzinfo=UTC)
    shown = [moment.astimezone(UTC) for moment in moments(first, next_hour(second), "hour")]
    assert shown == [datetime(2026, 10, 25, hour, tzinfo=UTC) for hour in (0, 1)]


def test_after_two_comes_four_when_the_clocks_go_forward() -> None:
    assert next_hour(datetime(2026, 3, 29, 2, 59, tzinfo=ATHENS)).hour == 4
