"""Rules at work: over several properties, over records, over what is heard, and what they could not judge."""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from django.conf import settings as configured
from django.db import connection
from django.test.utils import CaptureQueriesContext
from procrastinate.contrib.django.models import ProcrastinateJob

from candia.core import rule_run
from candia.core.access import system
from candia.core.alert import Alert
from candia.core.checks import examine
from candia.core.entity import Entity
from candia.core.event import EventType, Happened, record
from candia.core.jobs import rows, run_rule
from candia.core.rule import CLEAR, UNSURE, Open, Row, Rule, Verdict, hours
from candia.core.service import Service
from candia.core.telemetry import store
from candia.telemetry import rollup
from candia.telemetry.observation import Observation, Property, Window

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
POLLUTANTS = ("pm25", "pm10", "no2", "o3")
# The store keeps what a test wrote, so each has names of its own.
_numbers = count(1)


class Station(Entity):
    """A thing of these tests."""

    kind = "air.station"

    class Meta:
        proxy = True
        app_label = "core"


def poor_air(row: Row, *, limit: float = 1.0, known: int = 3) -> Verdict:
    """The worst of the pollutants stands above its limit; one may be missing."""
    means = [getattr(row, name).mean for name in POLLUTANTS]
    told = [mean for mean in means if mean is not None]
    if len(told) < known:
        return UNSURE
    return Open("Index {index}.", {"index": max(told)}) if max(told) > limit else CLEAR


def waits(row: Row, *, days: int = 15) -> Verdict:
    """It has waited for so many days."""
    return Open("Waits.", {}) if row.now - row.created >= timedelta(days=days) else CLEAR


def hear(event: Any) -> tuple[Verdict, ...]:
    """Hears, and says nothing."""
    return ()


index = Rule(
    function=poor_air,
    title="Poor air",
    on=Station,
    over=Window(POLLUTANTS, hours=24, take=("mean", "last_time")),
    every=hours(1),
)
nameless = Rule(
    function=waits,
    title="Waits",
    on=Station,
    among=lambda _now: Station.objects.filter(name=""),
    facts=("created",),
    every=hours(1),
)


def air(*rules: Rule, **declared: Any) -> Service:
    """A service of the tests with these rules."""
    properties = tuple(Property(name, unit="µg/m³") for name in POLLUTANTS)
    return Service(
        name="air", title="Air", entities=(Station,), properties=properties, rules=rules, **declared
    )


def station(**facts: Any) -> Station:
    return Station.objects.create(id=f"air.station:rules-{next(_numbers)}", **facts)


def seen(place: Station, **values: float) -> None:
    told = [
        Observation(place.id, f"air.{name}", int((NOON - timedelta(hours=2)).timestamp() * 1000), value)
        for name, value in values.items()
    ]
    declared = {f"air.{one.name}": one for one in air().properties}
    rollup.record(store(), told, declared, NOON)


def test_a_rule_looks_at_several_properties_of_all_things_and_says_which_it_could_not_judge() -> None:
    bad, good, dumb, silent = (station(name=name) for name in ("bad", "good", "dumb", "silent"))
    seen(bad, pm25=0.2, pm10=1.4, o3=0.1)
    seen(good, pm25=0.2, pm10=0.4, no2=0.1, o3=0.3)
    seen(dumb, pm25=9.0)
    service = air(index)

    run_rule(service, index, NOON)

    assert [alert.entity_id for alert in Alert.objects.all()] == [bad.id]
    assert Alert.objects.get().evidence == {"index": 1.4}
    assert {one.entity_id for one in rule_run.unjudged("air.poor_air")} == {dumb.id, silent.id}
    told = rule_run.runs()["air.poor_air"]
    assert (told.time, told.things, told.unsure) == (NOON, 4, 2)


def test_the_newest_word_of_any_property_is_known_to_each_row() -> None:
    place, other = station(), station()
    seen(place, o3=0.1)

    told = {row.entity: row for row in rows(air(index), index, NOON)}

    assert told[other.id].newest == NOON - timedelta(hours=2)
    assert told[other.id].o3.mean is None


def test_a_thing_stays_unjudged_since_the_first_time_until_it_is_judged() -> None:
    place = station()
    service = air(index)
    run_rule(service, index, NOON)
    run_rule(service, index, NOON + timedelta(hours=1))
    assert rule_run.unjudged("air.poor_air").get().since == NOON

    seen(place, pm25=0.2, pm10=0.4, no2=0.1, o3=0.3)
    run_rule(service, index, NOON)

    assert not rule_run.unjudged("air.poor_air").exists()
    assert rule_run.runs()["air.poor_air"].unsure == 0


def test_a_rule_over_records_opens_when_the_days_are_over_and_closes_when_the_thing_is_done() -> None:
    """A thing without a name stands for what waits for an answer."""
    waiting, named = station(name=""), station(name="Named")
    Station.objects.update(created=NOON)
    service = air(nameless)

    run_rule(service, nameless, NOON + timedelta(days=14))
    assert not Alert.objects.exists()
    run_rule(service, nameless, NOON + timedelta(days=15))
    assert Alert.objects.get().entity_id == waiting.id

    Station.objects.filter(pk=waiting.pk).update(name="Answered")
    run_rule(service, nameless, NOON + timedelta(days=16))
    assert Alert.objects.get().closed == NOON + timedelta(days=16)
    assert named.id not in {alert.entity_id for alert in Alert.objects.all()}


def test_a_run_asks_as_many_questions_for_fifty_things_as_for_one() -> None:
    station(name="")
    with CaptureQueriesContext(connection) as of_one:
        run_rule(air(nameless), nameless, NOON)
    for _number in range(50):
        station(name="")
    with CaptureQueriesContext(connection) as of_many:
        run_rule(air(nameless), nameless, NOON)

    assert len(of_many) <= len(of_one)


@pytest.fixture
def city(monkeypatch):
    """A city that has these services and no other."""

    def having(*declared: Service) -> None:
        monkeypatch.setattr("candia.core.jobs.services", lambda: {one.name: one for one in declared})

    return having


def heard() -> list[str]:
    return [job.args["rule"] for job in ProcrastinateJob.objects.filter(task_name="core.hear")]


def test_a_rule_hears_a_pattern_of_events_and_not_its_own_doing(city) -> None:
    rule = Rule(function=hear, title="Hear", hears="*.alert_opened")
    city(air(rule))
    ProcrastinateJob.objects.filter(task_name="core.hear").delete()

    record("core.alert_opened", Happened("air.station:1"), by=system)
    assert heard() == ["hear"]

    record("core.alert_cleared", Happened("air.station:1"), by=system)
    record("core.alert_opened", Happened("air.station:1"), by=rule.actor("air"))
    assert heard() == ["hear"]


@pytest.mark.parametrize(
    ("hears", "wrong"),
    [
        ("air.index_told", False),
        ("*.index_told", False),
        ("air.index_tld", True),
        ("water.alert_confirmed", False),  # installed, and perhaps switched off
        ("budgeting.item_funded", True),  # nobody installed it
        ("air.*_untold", True),
    ],
)
def test_what_is_heard_must_be_told_by_somebody_who_is_installed(hears: str, wrong: bool) -> None:
    rule = Rule(function=hear, title="Hear", hears=hears)

    told = [found.id for found in examine([air(rule, events=(EventType("air.index_told", "Told"),))])]

    assert told == (["candia.E006"] if wrong else [])


@pytest.mark.parametrize(
    ("value", "wrong"),
    [(2, False), (2.5, False), ("high", True), (True, True), (float("nan"), True), ([1], True)],
)
def test_a_threshold_of_another_type_stops_the_start(settings, value: object, wrong: bool) -> None:
    thresholds(settings, limit=value)

    assert [found.id for found in examine([air(index)])] == (["candia.E019"] if wrong else [])


@pytest.mark.parametrize(("value", "wrong"), [(2, False), (2.5, True), (True, True), ("2", True)])
def test_a_whole_number_is_asked_for_where_the_default_is_one(settings, value: object, wrong: bool) -> None:
    thresholds(settings, known=value)

    assert [found.id for found in examine([air(index)])] == (["candia.E019"] if wrong else [])


def thresholds(settings: Any, **values: object) -> None:
    from dataclasses import replace

    city = replace(configured.CANDIA_CITY, thresholds={"air": {"poor_air": values}})
    settings.CANDIA_CITY = city


def test_facts_that_a_thing_does_not_have_stop_the_start() -> None:
    rule = Rule(function=waits, title="Waits", on=Station, facts=("colour",), every=hours(1))

    assert [found.id for found in examine([air(rule)])] == ["candia.E017"]


def test_a_window_over_a_property_that_nobody_declared_stops_the_start() -> None:
    rule = Rule(
        function=poor_air, title="Air", on=Station, over=Window(("pm25", "co"), hours=1), every=hours(1)
    )

    (found,) = examine([air(rule)])

    assert found.id == "candia.E009"
    assert "'co'" in found.msg
