"""A day in a van: what a phone says arrives once, whatever becomes of the phone, the line, the clock, the order."""

from __future__ import annotations

import json
import random
from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from candia.core.access import Grant, Person
from candia.core.errors import Conflict
from candia.core.event import Event
from candia.operations.tests.alerts import shift
from candia.operations.tests.work_samples import Phone, crew, planned
from candia.operations.work.models import FieldEvent, WorkOrder
from candia.operations.work.planning import assign_order, cancel_order, close_order
from candia.operations.work.reporting import weigh_reports
from candia.operations.work.states import State

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def address() -> str:
    return reverse("operations-desk-crew-orders")


def sends(who: Person, body: str) -> dict[str, Any]:
    client = Client()
    client.force_login(who)
    answer = client.post(address(), body, content_type="application/json")
    assert answer.status_code == 200, answer.content
    return answer.json()


def again(order: WorkOrder) -> WorkOrder:
    return WorkOrder.objects.get(pk=order.pk)


def a_day(phone: Phone, order: WorkOrder, many: int) -> None:
    """So many taps, with a photo at every fifth, and done at the end."""
    phone.says(order, "start")
    for number in range(many - 2):
        if number % 5 == 0:
            phone.says(order, "photo", photo=str(uuid4()), moment="before")
        elif number % 5 == 1:
            phone.says(order, "hours", minutes=number % 7)
        elif number % 5 == 2:
            phone.says(order, "material", what="ρακόρ 1/2″", amount="1")
        else:
            phone.says(order, "tick" if number % 2 else "untick", item=number % 3)
    phone.says(order, "done")


class Lines(TestCase):
    """What becomes of a batch: cut off before the city or after it, sent twice, mixed up, or it goes through."""

    # A failing day is found as well, and not made shorter, which would take minutes.
    @settings(
        max_examples=6, phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck)
    )
    @given(
        st.lists(st.sampled_from(["lost", "answer lost", "twice", "mixed", "killed"]), max_size=12),
        st.integers(0, 2**32),
        st.integers(0, 5),
        st.sampled_from([-HOUR, timedelta(0), HOUR]),
    )
    def test_200_events_and_40_photos_offline_are_there_once(
        self, fates: list[str], seed: int, reassigned: int, clock: timedelta
    ) -> None:
        chance = random.Random(seed)
        desk, first, second = shift(), crew("first"), crew("second")
        order = planned(desk, first)
        phone = Phone(clock_ahead=clock)
        a_day(phone, order, 200)
        tapped = list(phone.waiting)
        before = Event.objects.filter(kind="operations.work_reported").count()
        batches = 0
        while phone.waiting:
            if batches == reassigned:
                # Where "done" came before the rest, the desk can't give it to others any more.
                with suppress(Conflict):
                    assign_order(by=desk, key="", order=order, crew=[second.pk])
            batches += 1
            batch = phone.waiting[: chance.randint(1, 120)]
            match fates.pop() if fates else "":
                case "lost":
                    continue
                case "answer lost":
                    sends(first, phone.batch(batch))
                    continue
                case "twice":
                    sends(first, phone.batch(batch))
                case "mixed":
                    batch = chance.sample(phone.waiting, len(batch))
                case "killed":
                    # What was written down is there when the page is opened again, in whichever order.
                    phone.waiting = json.loads(json.dumps(phone.waiting))
                    chance.shuffle(phone.waiting)
            answers = sends(first, phone.batch(batch))["answers"]
            assert set(answers.values()) <= {""}
            phone.waiting = [one for one in phone.waiting if one["id"] not in answers]

        kept = FieldEvent.objects.filter(order=order)
        assert {str(one.pk) for one in kept} == {one["id"] for one in tapped}
        assert kept.count() == 200
        assert kept.filter(kind="photo").count() == 40
        assert all(abs(one.clock_ahead - clock.total_seconds()) < 60 for one in kept)
        assert Event.objects.filter(kind="operations.work_reported").count() - before <= batches
        # Of what came after the crew was taken off, the desk says whether it counts; then all of it does.
        order = again(order)
        if order.aside:
            weigh_reports(by=desk, key="", order=order, count=True)
        order = again(order)
        assert (order.state, order.aside, order.contradicted) == (State.DONE, 0, False)


def test_a_crew_that_was_taken_off_is_heard_and_the_desk_decides() -> None:
    desk, first, second = shift(), crew(), crew()
    order, phone = planned(desk, first), Phone()
    phone.says(order, "note", text="Έκλεισα τη βάνα στις 9.")
    phone.says(order, "done")
    assign_order(by=desk, order=order, crew=[second.pk])

    answer = sends(first, phone.batch())

    assert set(answer["answers"].values()) == {""}
    assert answer["orders"] == []
    assert (again(order).state, again(order).aside) == (State.ASSIGNED, 2)
    weigh_reports(by=desk, order=order, count=True)
    assert (again(order).state, again(order).aside) == (State.DONE, 0)


def test_what_the_desk_leaves_out_stays_to_be_read() -> None:
    desk, first = shift(), crew()
    order, phone = planned(desk, first), Phone()
    cancel_order(by=desk, order=order, note="Το ανέλαβε άλλος.")
    phone.says(order, "hours", minutes=90)
    sends(first, phone.batch())

    weigh_reports(by=desk, order=order, count=False)

    assert again(order).state == State.CANCELLED
    assert FieldEvent.objects.get().standing == FieldEvent.LEFT_OUT


def test_two_crews_that_disagree_are_both_kept_and_the_desk_decides() -> None:
    desk, one, other = shift(), crew(), crew()
    order = planned(desk, one, other)
    phones = [Phone(), Phone(clock_ahead=HOUR)]
    phones[0].says(order, "done")
    phones[1].says(order, "not_possible", reason="no_access")
    sends(one, phones[0].batch())
    assert again(order).state == State.DONE

    sends(other, phones[1].batch())

    assert again(order).contradicted
    assert again(order).state == State.UNDER_WAY
    client = Client()
    client.force_login(desk)
    page = client.get(order.desk_page()).content.decode()
    assert str(one) in page
    assert str(other) in page
    client.post(order.desk_page(), {"act": "close", "reason": ""})
    assert (again(order).state, again(order).contradicted) == (State.DONE, False)
    assert FieldEvent.objects.count() == 2


def test_a_word_that_is_taken_back_opens_the_order_again() -> None:
    who = crew()
    order, phone = planned(None, who), Phone()
    done = phone.says(order, "done")
    sends(who, phone.batch())
    assert again(order).ended

    phone.says(order, "withdraw", of=done["id"])
    sends(who, phone.batch())

    assert (again(order).state, again(order).ended) == (State.UNDER_WAY, None)


def test_a_phone_hears_of_its_own_orders_and_of_nobody_elses() -> None:
    mine, theirs = crew(), crew()
    order, other = planned(None, mine, safety="Αμίαντος στο φρεάτιο"), planned(None, theirs)
    phone = Phone()
    foreign = phone.says(other, "done")
    own = phone.says(order, "tick", item=1)

    answer = sends(mine, phone.batch())

    [shown] = answer["orders"]
    assert (shown["number"], shown["safety"]) == (order.number, "Αμίαντος στο φρεάτιο")
    assert answer["answers"][own["id"]] == ""
    assert answer["answers"][foreign["id"]]
    assert again(other).state == State.ASSIGNED
    # An id that stands for another's word stands for nothing else.
    stolen = Phone(waiting=[{**own, "order": other.number}])
    assert sends(theirs, stolen.batch())["answers"][own["id"]]


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "explode"},
        {"id": "7"},
        {"id": None},
        {"order": "1; DROP TABLE"},
        {"order": 2**70},
        {"sequence": -1},
        {"sequence": True},
        {"at": "yesterday"},
        {"at": "2026-05-04T12:00:00"},
        {"at": "0001-01-01T00:00:00+14:00"},
        {"data": {"item": 10**30}},
        {"data": {"item": "0"}},
        {"data": ["item"]},
        {"data": None},
    ],
)
def test_a_phone_that_lies_is_told_so_and_the_rest_is_taken(wrong: dict[str, Any]) -> None:
    who = crew()
    order, phone = planned(None, who), Phone()
    phone.says(order, "note", text="Καλημέρα\0\ud800")
    phone.says(order, "tick", item=0)
    phone.waiting[1] |= wrong

    answers = sends(who, phone.batch())["answers"]

    assert answers[phone.waiting[0]["id"]] == ""
    assert sum(bool(said) for said in answers.values()) == 1
    assert FieldEvent.objects.count() == 1


@pytest.mark.parametrize(
    "body", ["", "[]", "{}", "null", "[" * 5000, '{"phone": "x", "events": []}', "x" * 600_000]
)
def test_what_is_no_batch_is_refused_in_a_sentence(client: Client, body: str) -> None:
    client.force_login(crew())

    answer = client.post(address(), body, content_type="application/json")

    assert answer.status_code == 422
    assert answer.json()["detail"]


def test_the_desk_has_the_last_word_and_hears_what_comes_later() -> None:
    desk, who = shift(), crew()
    order, phone = planned(desk, who), Phone()
    close_order(by=desk, order=order, reason="no_access")
    phone.says(order, "done")

    sends(who, phone.batch())

    assert (again(order).state, again(order).aside) == (State.NOT_POSSIBLE, 1)


def test_a_crew_sees_its_orders_and_no_meter() -> None:
    who = crew()
    order = planned(None, who)

    assert not who.is_staff_of("water")
    assert [*WorkOrder.visible_to(who)] == [order]
    assert not WorkOrder.visible_to(crew()).exists()
    assert not WorkOrder.published().exists()
    assert who.has_role(Grant.CREW, "water")
