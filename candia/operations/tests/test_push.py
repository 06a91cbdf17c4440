"""A crew's phone says that there is new work, an operator's that an alert is severe; neither says whose it is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from django.utils import timezone

from candia.accounts.push import choice
from candia.accounts.tests.push_service import Browser, running, sent
from candia.accounts.tests.receiver import Receiver
from candia.core.access import Grant, Machine
from candia.operations import notices
from candia.operations.tests.alerts import raised, shift
from candia.operations.tests.work_samples import crew, planned
from candia.operations.work.planning import assign_order, cancel_order

pytestmark = pytest.mark.django_db
rule = Machine("rule:operations.tell_of_alert")


@pytest.fixture
def push_service(monkeypatch) -> Iterator[Receiver]:
    yield from running(monkeypatch)


def test_a_crews_phone_tells_once_of_work_that_it_is_sent_to(push_service) -> None:
    boss, plumber, phone = shift("boss"), crew("plumber"), Browser(push_service)
    phone.subscribe(plumber)
    due = datetime(2026, 12, 1, 12, 30, tzinfo=UTC)
    order = planned(boss, plumber, priority="urgent", due=due, place="Οδός Ευανθίας 17")

    sent()
    assign_order(by=boss, key="", order=order, crew=[plumber.pk])
    sent()

    [shown] = phone.shown
    assert shown["title"] == f"Νέα εργασία: #{order.number}"
    assert shown["body"] == "Νερό · επείγον · έως 01/12/2026, 14:30"
    assert shown["url"] == f"/operations/crew/#{order.number}"


@pytest.mark.parametrize("meanwhile", ["others", "cancelled"])
def test_work_that_is_theirs_no_more_is_not_told_late(push_service, meanwhile: str) -> None:
    boss, plumber, phone = shift("boss"), crew("plumber"), Browser(push_service)
    phone.subscribe(plumber)
    order = planned(boss, plumber)
    if meanwhile == "others":
        assign_order(by=boss, key="", order=order, crew=[crew("others").pk])
    else:
        cancel_order(by=boss, key="", order=order)

    sent()

    assert phone.shown == []


def test_a_severe_alert_is_told_to_its_operators_devices(push_service) -> None:
    operator, phone = shift(), Browser(push_service)
    assert "operations.alert" in choice.wanted(operator)
    phone.subscribe(operator)
    others = Browser(push_service)
    others.subscribe(shift("elsewhere", service="dialogue", role=Grant.OPERATOR))
    alert = raised(severity="severe", opened=timezone.now(), text="Διαρρέουν 53 m³ την ημέρα.")

    for _time in range(2):
        notices.tell_operators(by=rule, event=alert.opened_by_id)
    sent()

    [shown] = phone.shown
    assert shown["url"] == f"/desk/operations/alerts/{alert.pk}/"
    assert shown["title"] == "Νυχτερινή παροχή"
    assert others.shown == []
