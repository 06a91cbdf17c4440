"""The sample city's water: made once, marked as made up, and judged by the rules as its truth says."""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone
from shapely.geometry import Point, shape

from candia.core import sample as core_sample
from candia.core import telemetry
from candia.core.alert import Alert
from candia.core.event import Event
from candia.core.jobs import rows, thresholds
from candia.core.rule import Open
from candia.core.service import services
from candia.services.water import play, readings, sample
from candia.services.water.hidden import Hidden
from candia.services.water.models import District, Holding, Meter
from candia.services.water.network import Network

pytestmark = pytest.mark.django_db

DISTRICTS = [
    {"id": "c", "connections": 300, "mains_km": 5, "metered": 0.76},
    {"id": "f", "connections": 600, "mains_km": 9, "metered": 0.7},
]
TOLD = {"district": DISTRICTS, "seed": 7, "recording": "bwdf", "history": 60, "hourly": 20, "at_once": 8}


@pytest.fixture(autouse=True)
def _store(engines) -> None:
    telemetry.store().prepare()


@pytest.fixture
def network(monkeypatch) -> Iterator[Network]:
    holder = {"email": "resident@example.gr", "district": "f", "leak_days": 4, "leak": 34}
    network = Network({**TOLD, "meters": 90, "holder": [holder]})
    monkeypatch.setattr(sample, "told", lambda: network)
    yield network
    for path in (settings.CANDIA.home / "secrets").glob("device_*"):
        path.unlink()


def test_the_sample_is_made_once_and_all_of_it_is_marked_as_made_up(network) -> None:
    services()["people"].sample()
    sample.sample()
    alerts, events = Alert.objects.count(), Event.objects.count()
    sample.sample()

    assert (Alert.objects.count(), Event.objects.count()) == (alerts, events)
    assert Meter.objects.filter(bulk=False).count() == 90
    assert not Meter.objects.filter(synthetic=False).exists()
    assert not District.objects.filter(synthetic=False).exists()
    for meter in Meter.objects.filter(bulk=False).select_related("district"):
        assert shape(meter.district.geometry).covers(Point(meter.lon, meter.lat))
    _a_resident_sees_the_leak()
    _a_district_is_metered_as_told()
    _what_was_left_out_is_written_later(network)


def _a_resident_sees_the_leak() -> None:
    meter = Holding.objects.get(person__email="resident@example.gr").meter
    now = timezone.now()
    uses = [use.m3 for use in readings.use(meter.id, now - timedelta(days=9), now, "hour")]

    assert min(uses[-48:-1]) > 0.0339
    assert min(uses[:72]) == 0
    alert = Alert.objects.get(rule="water.continuous_flow", entity_id=meter.id)
    assert alert.closed is None
    assert alert.evidence["least"] == pytest.approx(34, abs=1)


def _a_district_is_metered_as_told() -> None:
    until = timezone.now().replace(minute=0, second=0, microsecond=0)
    balances = readings.balances(until - timedelta(days=30), until)

    assert {"water.district:c", "water.district:f"} <= balances.keys()
    assert 0.1 < balances["water.district:f"].share < 0.5


def _what_was_left_out_is_written_later(network: Network) -> None:
    """The hours of older days; and after a stop of three days, these."""
    made = sample.filled()
    later = made.time + timedelta(days=3)
    play.complete(network, made, later)

    by_hour = {made.time.date() - timedelta(days=back) for back in range(9, network.hourly - 1)}
    assert by_hour <= sample.days_there(network)
    assert later - play.said_until("index") < timedelta(minutes=10)
    assert later - play.said_until("inflow") < timedelta(hours=8)


def test_what_the_play_says_later_is_what_the_history_would_have_said(network) -> None:
    """The readings of a stretch are the same, whether they are asked for at once or one after the other."""
    began = datetime(2026, 11, 20, 9, tzinfo=UTC)
    recorded = sample.recorded(network)
    middle = began + timedelta(hours=7)

    def told(since: datetime, until: datetime) -> list[dict[str, object]]:
        days = network.days(began, until.date(), telemetry.zone(), recorded)
        tables = [network.table(day, since, until, began) for day in days]
        return [row for table in tables for row in table.to_pylist()]

    whole = told(began, began + timedelta(hours=20))
    parts = told(began, middle) + told(middle, began + timedelta(hours=20))

    def key(row: dict[str, object]) -> tuple[str, ...]:
        return (str(row["property"]), str(row["entity"]), str(row["time"]))

    assert sorted(whole, key=key) == sorted(parts, key=key)
    assert len(whole) > 90 * 19


def test_a_city_that_is_no_sample_gets_none(monkeypatch) -> None:
    monkeypatch.setattr("django.conf.settings.CANDIA_CITY", _Plain())
    core_sample.fill()

    assert not District.objects.exists()


class _Plain:
    sample = False


NOW = datetime(2026, 11, 19, 12, tzinfo=UTC)
#: kind → hours ago it began, hours ago it ended (below 0: it goes on), size; each at ten meters.
TRUTH: dict[str, tuple[float, float, float]] = {
    "leak": (60, -40, 12),
    "burst": (5, -3, 700),
    "backflow": (30, 6, 25),
    "stuck": (10 * 24, -48, 0),
    "silent": (40, -48, 0),
    "low_battery": (60, -48, 9),
}
RULES = {"leak": "continuous_flow"}
TEN = 10


@pytest.fixture
def judged(monkeypatch) -> Network:
    """Four hundred homes of which sixty have something hidden, two days by the hour and six weeks by the day."""
    network = Network({**TOLD, "meters": 400, "holder": []})
    # The store keeps what other tests wrote, so these have names of their own.
    network.__dict__["ids"] = [f"water.meter:judged-{place}" for place in range(402)]
    hidden = [
        Hidden(TEN * place + meter, kind, _ago(begin), _ago(end), size)
        for place, (kind, (begin, end, size)) in enumerate(TRUTH.items())
        for meter in range(TEN)
    ]
    monkeypatch.setattr(network, "hidden", lambda *_: hidden)
    zones: Path = settings.CANDIA_CITY.zones
    sample.make(network, zones)
    recent = NOW - timedelta(days=3)
    told = list(network.days(NOW, NOW.date(), telemetry.zone(), sample.recorded(network)))
    first = NOW - timedelta(days=50)
    sample.keep([network.table(day, first, recent, NOW, daily=True) for day in told])
    sample.keep([network.table(day, recent, NOW, NOW) for day in told])
    return network


def _ago(hours: float) -> int:
    return int((NOW - timedelta(hours=hours)).timestamp())


def test_the_rules_find_what_is_hidden_and_nothing_else(judged, capsys) -> None:
    water = services()["water"]
    lines = []
    for place, kind in enumerate(TRUTH):
        rule = water.rule(RULES.get(kind, kind))
        limits = thresholds("water", rule)
        opened = {
            judged.ids.index(row.entity)
            for row in rows(water, rule, NOW)
            if row.entity in judged.ids
            and any(isinstance(verdict, Open) for verdict in rule.judge(row, **limits))
        }
        truth = set(range(TEN * place, TEN * place + TEN))
        lines.append(
            f"{rule.name:16} found {len(opened & truth):2} of {TEN}, besides {len(opened - truth)} of 390"
        )
        wrong = opened - truth
        if kind == "stuck":
            # An empty flat counts nothing as well; the rule says so, and a home never looks like it.
            assert all(judged.homes.let[meter] for meter in wrong)
            # Who is seldom at home is not known to be stuck.
            assert {meter for meter in truth if not judged.homes.let[meter]} <= opened
        else:
            assert wrong == set(), rule.name
            assert truth <= opened, rule.name
    with capsys.disabled():
        sys.stdout.write("\n" + "\n".join(lines) + "\n")
