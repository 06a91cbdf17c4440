"""Balances and use against days made by hand: clocks that change, meters exchanged and silent, few households."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from candia.core.access import Grant
from candia.core.telemetry import store, zone
from candia.services.water import commands, datasets, readings, tasks
from candia.services.water.models import District, Meter
from candia.services.water.tests.city import Town, keep, person, properties, town
from candia.telemetry import rollup
from candia.telemetry.observation import EXCHANGE, Observation

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def local(*moment: int) -> datetime:
    return datetime(*moment, tzinfo=zone())  # type: ignore[misc,arg-type]


def hourly(since: datetime, until: datetime) -> list[datetime]:
    """Each full hour from `since` to `until`, both included."""
    start, end = since.astimezone(UTC), until.astimezone(UTC)
    return [start + n * HOUR for n in range(round((end - start) / HOUR) + 1)]


def flows(district: District, hours: Iterable[datetime], level: float) -> None:
    keep(district.pk, "water.inflow", [(hour, level) for hour in hours])


def counts(
    meters: Iterable[Meter], hours: Iterable[datetime], litres: float = 10.0, start: float = 100.0
) -> None:
    """Indexes that rise by so many litres an hour, all written at once."""
    times = [round(hour.timestamp() * 1000) for hour in hours]
    seen = [
        Observation(meter.pk, "water.index", time, start + n * litres / 1000)
        for meter in meters
        for n, time in enumerate(times)
    ]
    rollup.record(store(), seen, properties, timezone.now())


def made(since: datetime, until: datetime, meters: int = 12) -> Town:
    """A district into which 0.1 L/s flow, and whose meters count 10 L/h each."""
    place = town(meters)
    hours = hourly(since - HOUR, until)
    flows(place.district, hours[1:-1], 0.1)
    counts(place.meters, hours)
    return place


def test_a_day_made_by_hand() -> None:
    day, end = local(2026, 6, 10), local(2026, 6, 11)
    place = made(day, end)

    balance = readings.balance(place.district.pk, day, end)

    # 0.1 L/s are 360 L an hour; twelve meters count 120 of them.
    assert balance is not None
    assert balance.input_m3 == pytest.approx(8.64)
    assert balance.metered_m3 == pytest.approx(2.88)
    assert balance.losses_m3 == pytest.approx(5.76)
    assert balance.share == pytest.approx(2 / 3)
    assert (balance.meters, balance.meters_reporting, balance.estimated) == (12, 12, False)
    assert balance == readings.balances(day, end)[place.district.pk]


@pytest.mark.parametrize(("day", "hours"), [((2026, 3, 29), 23), ((2025, 10, 26), 25)])
def test_a_day_on_which_the_clocks_change_is_as_long_as_it_was(day, hours) -> None:
    begin = local(*day)
    end = local(*day[:2], day[2] + 1)
    place = made(begin, end)

    balance = readings.balance(place.district.pk, begin, end)
    used = readings.use(place.meters[0].pk, begin, end, "day")

    assert balance is not None
    assert balance.input_m3 == pytest.approx(0.36 * hours)
    assert balance.metered_m3 == pytest.approx(0.12 * hours)
    assert not balance.estimated
    assert [(each.time, round(each.m3, 6)) for each in used] == [(begin, round(0.01 * hours, 6))]


@pytest.mark.parametrize("day", [(2026, 3, 29), (2025, 10, 26)])
def test_the_night_of_a_clock_change_is_one_night(day) -> None:
    begin, place = local(*day), town(1)
    flows(place.district, hourly(begin - 24 * HOUR, begin + 30 * HOUR), 3.0)
    keep(place.district.pk, "water.inflow", [(local(*day, 4), 1.5)])

    nights = readings.nights(place.district.pk, 2, until=begin.date())

    assert [night.minimum for night in nights] == [3.0, 1.5]


def test_what_nobody_measured_is_told_as_estimated() -> None:
    day, end = local(2026, 6, 10), local(2026, 6, 14)
    place = made(day, end)
    quiet = town(12)
    flows(quiet.district, hourly(day, end)[:-40], 0.1)
    counts(quiet.meters[1:], hourly(day - HOUR, end))
    counts(quiet.meters[:1], hourly(day - HOUR, end - 30 * HOUR))

    whole = readings.balance(place.district.pk, day, end)
    gaps = readings.balance(quiet.district.pk, day, end)

    assert whole is not None
    assert gaps is not None
    assert gaps.estimated
    assert gaps.meters_reporting == 11
    # The hours that are missing, and the silent meter, are taken to have been as the others were.
    assert gaps.input_m3 == pytest.approx(whole.input_m3)
    assert gaps.metered_m3 == pytest.approx(whole.metered_m3, rel=0.01)


def test_a_district_that_was_hardly_measured_has_no_balance() -> None:
    day, end = local(2026, 6, 10), local(2026, 6, 11)
    place = town(12)
    flows(place.district, hourly(day, day + 8 * HOUR), 0.1)

    assert readings.balance(place.district.pk, day, end) is None


def test_where_hardly_a_meter_reports_no_share_is_guessed() -> None:
    day, end = local(2026, 6, 10), local(2026, 6, 11)
    place = town(12)
    flows(place.district, hourly(day, end), 0.1)
    counts(place.meters[:3], hourly(day - HOUR, end))

    balance = readings.balance(place.district.pk, day, end)

    assert balance is not None
    assert balance.share is None
    assert not balance.public


@pytest.mark.parametrize("old", [512.0, 80_000.0, 0.05], ids=["usual", "near its turn", "younger"])
def test_an_exchanged_meter_counts_on_without_a_leap(old) -> None:
    operator, place = person("operator", Grant.OPERATOR), town(1)
    meter, now = place.meters[0], timezone.now().replace(minute=30, second=0, microsecond=0)
    before = [now - n * HOUR for n in range(6, 1, -1)]
    counts([meter], before, start=old)

    commands.exchange_meter(by=operator, meter=meter, serial="NEW-1", index=0.2)
    tasks.begin_anew(meter=meter.pk, time=int((now - HOUR).timestamp() * 1000), index=0.2)
    counts([meter], [now, now + HOUR], start=0.21)

    meter.refresh_from_db()
    used = readings.use(meter.pk, before[0] - HOUR, now + 2 * HOUR)
    assert meter.serial == "NEW-1"
    assert sum(each.m3 for each in used) == pytest.approx(0.01 * (4 + 2))


def test_a_reading_that_began_anew_twice_is_one() -> None:
    meter, now = town(1).meters[0], timezone.now()
    for _time in range(2):
        tasks.begin_anew(meter=meter.pk, time=int(now.timestamp() * 1000), index=7.5)

    assert readings.latest("index", [meter.pk])[meter.pk].value == 7.5
    assert readings.latest("index", [meter.pk])[meter.pk].state == EXCHANGE


def test_readings_that_lie_apart_are_spread_and_told_so() -> None:
    meter, begin = town(1).meters[0], datetime(2026, 6, 10, 6, tzinfo=UTC)
    keep(meter.pk, "water.index", [(begin, 10.0), (begin + 4 * HOUR, 10.4), (begin + 5 * HOUR, 10.5)])

    used = readings.use(meter.pk, begin + HOUR, begin + 6 * HOUR)

    assert [round(each.m3, 6) for each in used] == [0.1] * 5
    assert [each.estimated for each in used] == [True] * 4 + [False]


def all_published() -> datetime:
    """A midnight before which all days are published at any hour: yesterday may still wait for readings."""
    return local(*(timezone.localdate(timezone=zone()) - timedelta(days=1)).timetuple()[:3])


def test_open_data_tells_no_losses_of_few_households() -> None:
    end = all_published()
    large = made(end - 72 * HOUR, end, meters=10)
    small = made(end - 72 * HOUR, end, meters=9)
    District.objects.filter(pk=small.district.pk).update(connections=400)
    tiny = made(end - 72 * HOUR, end, meters=3)

    told: dict[str, list[dict[str, object]]] = {}
    for row in datasets.losses():
        if row["day"] < end.date():
            told.setdefault(str(row["district"]), []).append(row)

    hidden = ("metered_m3", "losses_m3", "share")
    assert all(row[name] is not None for row in told[large.district.pk][-3:] for name in hidden)
    assert all(row[name] is None for row in told[small.district.pk] for name in hidden)
    # Of so few even the inflow would tell when somebody is at home.
    assert tiny.district.pk not in told
    assert tiny.district.pk not in {row["district"] for row in datasets.inflows()}
    assert small.district.pk in {row["district"] for row in datasets.inflows()}


@pytest.mark.any_hour
def test_the_days_of_the_open_data_add_up_to_the_balance() -> None:
    end = all_published()
    begin = local(*(end.date() - timedelta(days=3)).timetuple()[:3])
    place = made(begin, end)

    whole = readings.balance(place.district.pk, begin, end)
    days = [
        row
        for row in datasets.losses()
        if row["district"] == place.district.pk and begin.date() <= row["day"] < end.date()
    ]

    assert whole is not None
    assert len(days) == 3
    assert sum(row["input_m3"] for row in days) == pytest.approx(whole.input_m3, abs=0.2)
    assert sum(row["metered_m3"] for row in days) == pytest.approx(whole.metered_m3, abs=0.2)
    assert [row["night_minimum"] for row in days] == [0.1] * 3
