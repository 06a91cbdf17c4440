"""A household's use on the days on which the clocks change: 23 or 25 hours, each with what was measured in it."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from candia.services.water.pages import curves
from candia.services.water.readings import Use

ATHENS, HOUR = ZoneInfo("Europe/Athens"), timedelta(hours=1)


@pytest.mark.parametrize(("day", "hours"), {(2026, 3, 29): 23, (2026, 10, 25): 25}.items())
def test_each_hour_of_a_day_shows_its_own_use(day, hours) -> None:
    begun = datetime(*day, tzinfo=ATHENS)
    counted = [
        Use(begun.astimezone(UTC) + HOUR * number, number / 1000, estimated=False) for number in range(hours)
    ]

    told = curves.used(counted, begun, begun + timedelta(days=1), "hour")

    assert [line.cells[0][0] for line in told.rows] == [f"{number}" for number in range(hours)]
