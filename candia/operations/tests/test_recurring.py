"""Work that comes again: the next order is planned in time, once, and the rule keeps to the city's calendar."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from candia.core.errors import Refused
from candia.operations.tests.alerts import shift
from candia.operations.tests.work_samples import planned
from candia.operations.work.models import EVERY, WorkOrder
from candia.operations.work.planning import cancel_order
from candia.operations.work.recurring import AHEAD, next_due, plan_all
from candia.operations.work.states import State

NEARBY = st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1))  # noqa: DTZ001 — the city's clock


@given(NEARBY, st.sampled_from([months for months in EVERY if months]), NEARBY)
def test_the_next_date_is_the_first_of_the_rule_that_is_not_past(
    due: datetime, months: int, now: datetime
) -> None:
    begun, moment = timezone.make_aware(due), timezone.make_aware(now)

    then = next_due(begun, months, moment)

    here = timezone.localtime(then)
    apart = (here.year - due.year) * 12 + here.month - due.month
    assert then > moment
    assert apart > 0
    assert apart % months == 0
    assert here.hour == due.hour
    assert here.day == due.day or (here + timedelta(days=1)).day == 1
    # Nothing between was left out: one step earlier is past already, or is where it began.
    assert apart == months or then - timedelta(days=31 * months) <= moment


@pytest.mark.django_db
def test_the_next_order_is_planned_once_with_the_same_work_and_nobody_sent() -> None:
    desk, now = shift(), timezone.now()
    first = planned(desk, due=now + timedelta(days=1), every=1, safety="Φρεάτιο")
    again = next_due(first.due, 1, now)

    assert plan_all(again - AHEAD - timedelta(hours=1)) == 0
    assert [plan_all(again - AHEAD + timedelta(hours=1)) for _ in range(3)] == [1, 0, 0]

    following = WorkOrder.objects.exclude(pk=first.pk).get()
    assert (following.state, following.every, following.followed) == (State.PLANNED, 1, False)
    assert (following.name, following.checklist, following.safety) == (first.name, first.checklist, "Φρεάτιο")
    assert following.due == again
    assert following.crew == []


@pytest.mark.django_db
def test_work_that_is_called_off_does_not_come_again_and_a_rule_needs_a_date() -> None:
    desk = shift()
    order = planned(desk, due=timezone.now(), every=3)
    cancel_order(by=desk, key="", order=order)

    assert plan_all(timezone.now() + timedelta(days=300)) == 0
    with pytest.raises(Refused) as refused:
        planned(desk, every=3)
    assert "due" in refused.value.fields
