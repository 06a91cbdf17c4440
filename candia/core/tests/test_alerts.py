"""Alerts: one open per rule and entity, through flapping, silence, judgement and clearing."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from candia.core.access import system
from candia.core.alert import Alert, apply
from candia.core.entity import Entity
from candia.core.event import Event, Happened, record
from candia.core.rule import CLEAR, UNSURE, Open, Rule, Verdict, hours

start = datetime(2026, 1, 1, tzinfo=UTC)


def night_flow(row: object) -> Verdict:
    """Never asked here: the verdicts are given."""
    return UNSURE


rule = Rule(function=night_flow, title="Night flow", hears="x.y")
settled = Rule(function=night_flow, title="Night flow", hears="x.y", settle=hours(3))
wrong = Open("{much} is too much", {"much": 3.0})
verdicts = st.sampled_from([wrong, CLEAR, UNSURE])


def place() -> Entity:
    return Entity.objects.get_or_create(id="water.district:a", kind_name="water.district", name="A")[0]


def play(declared: Rule, *said: Verdict) -> None:
    for hour, verdict in enumerate(said):
        apply(declared, "water", [("water.district:a", verdict)], start + timedelta(hours=hour))


class Properties(TestCase):
    """What must hold for any sequence of verdicts."""

    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.lists(verdicts, max_size=12))
    def test_at_most_one_alert_is_open_and_the_last_certain_word_decides(self, said: list[Verdict]) -> None:
        place()
        play(rule, *said)

        certain = [verdict for verdict in said if verdict is not UNSURE]
        assert Alert.objects.filter(closed=None).count() == (1 if certain and certain[-1] is wrong else 0)
        assert Event.objects.filter(kind="core.alert_opened").count() == Alert.objects.count()


@pytest.mark.django_db
def test_a_flapping_sensor_opens_one_alert_not_a_hundred() -> None:
    place()

    play(settled, *[wrong, CLEAR] * 50)

    assert Alert.objects.get().seen == 50
    assert Event.objects.count() == 1


@pytest.mark.django_db
def test_clear_must_hold_before_an_alert_closes() -> None:
    place()

    play(settled, wrong, CLEAR, CLEAR, CLEAR)
    assert Alert.objects.get().closed is None

    apply(settled, "water", [("water.district:a", CLEAR)], start + timedelta(hours=4))
    assert Alert.objects.get().closed == start + timedelta(hours=4)


@pytest.mark.django_db
def test_silence_does_not_close_an_alert() -> None:
    place()

    play(rule, wrong, UNSURE, UNSURE)

    assert Alert.objects.get().closed is None


@pytest.mark.django_db
def test_a_dismissed_alert_does_not_come_back_until_it_was_clear() -> None:
    place()
    play(rule, wrong)
    Alert.objects.update(status=Alert.DISMISSED)

    play(rule, wrong, wrong)
    assert Alert.objects.filter(status=Alert.OPEN).count() == 0

    play(rule, CLEAR, wrong)
    assert Alert.objects.filter(status=Alert.OPEN, closed=None).count() == 1


@pytest.mark.django_db
def test_an_alert_speaks_the_readers_language() -> None:
    from django.utils.translation import override

    alert = Alert(text="{much} is too much", evidence={"much": 1234.5})

    with override("el"):
        assert alert.sentence().startswith("1.23")
    with override("en"):
        assert alert.sentence().startswith("1,23")


@pytest.mark.django_db
def test_an_alert_tells_for_how_long_it_has_been_so_by_now() -> None:
    from django.utils.translation import override

    place()
    lasts = Open("for {lasting}", lasted=timedelta(hours=48))
    play(rule, lasts, *[UNSURE] * 70, Open("for {lasting}", lasted=timedelta(hours=48)))

    alert = Alert.objects.get()
    assert (alert.since, alert.lasting) == (start - timedelta(hours=48), timedelta(hours=48 + 71))
    with override("en"):
        assert alert.sentence() == "for 4 days"


@pytest.mark.django_db
@pytest.mark.parametrize(("status", "told"), [(Alert.OPEN, 1), (Alert.CONFIRMED, 1), (Alert.DISMISSED, 0)])
def test_what_becomes_worse_is_told_once_unless_it_was_dismissed(status, told) -> None:
    place()
    play(rule, Open("x", severity="minor"))
    Alert.objects.update(status=status)

    play(rule, *(Open("x", severity=word) for word in ("minor", "severe", "minor", "severe", "moderate")))

    assert Event.objects.filter(kind="core.alert_grew").count() == told
    if status == Alert.CONFIRMED:
        assert Alert.objects.get().severity == "severe"


@pytest.mark.django_db
def test_a_job_that_hears_an_event_twice_finds_it_once_and_the_next_event_again() -> None:
    heard = [record("x.y", Happened(place()), by=system) for _ in range(2)]
    for event in (heard[0], heard[0], heard[1]):
        apply(rule, "water", [("water.district:a", wrong)], start, event)

    found = Alert.objects.get()
    assert (found.seen, found.opened_by.because) == (2, heard[0])
    assert found.opened_by.about == "water.district:a"
