"""Many alerts with one cause are one thing to decide; none is lost by that, none is there twice."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from procrastinate.contrib.django.models import ProcrastinateJob

from candia.accounts import mail_queue
from candia.core import errors
from candia.core.access import Machine
from candia.core.alert import Alert
from candia.core.cause import Cause, Standing, together
from candia.core.entity import Entity
from candia.core.event import Event, Happened, record
from candia.core.inbox import Item
from candia.core.relation import relate
from candia.core.service import entity_kinds, services
from candia.operations import causes, inbox, notices
from candia.operations.causes import Bundle
from candia.operations.inbox import Line, key_of
from candia.operations.tests.samples import shift

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
LAMPS = Cause(
    name="no_power", title="No power", rules=("lamp_out", "silent"), by="part_of", root="cabinet_off"
)
MINUTE = timedelta(minutes=1)

alerts = st.lists(
    st.tuples(
        st.sampled_from(["lamp_out", "silent", "cabinet_off", "other"]),
        st.integers(0, 600),
        st.sampled_from(["", "cabinet:1", "cabinet:2"]),
    ),
    max_size=30,
).map(
    lambda drawn: [
        # The cabinet's own alert stands at the cabinet itself.
        Standing(
            NOON + at * MINUTE, number, rule, of if rule == "cabinet_off" and of else f"lamp:{number}", of
        )
        for number, (rule, at, of) in enumerate(drawn)
    ]
)


@given(alerts, st.randoms())
def test_whatever_opens_in_whichever_order_is_together_in_the_same_way_and_once(standing, chance) -> None:
    found = list(together(LAMPS, standing))
    shuffled = list(standing)
    chance.shuffle(shuffled)

    assert list(together(LAMPS, shuffled)) == found
    roots = {one.alert for one in standing if one.rule == LAMPS.root}
    members = [alert for _of, own in found for alert in own if alert not in roots]
    assert len(members) == len(set(members))


@given(alerts)
def test_alerts_are_together_only_with_what_they_share_and_only_at_about_the_same_time(standing) -> None:
    known = {one.alert: one for one in standing}
    for of, own in together(LAMPS, standing):
        opened = sorted(known[alert].opened for alert in own)
        rooted = known[own[0]].rule == LAMPS.root
        members = [known[alert] for alert in (own[1:] if rooted else own)]
        assert {one.of for one in members} == {of}
        assert {one.rule for one in members} <= set(LAMPS.rules)
        assert rooted or len(own) >= LAMPS.least
        if rooted:
            assert known[own[0]].entity == of
            assert all(one.opened >= known[own[0]].opened - LAMPS.within for one in members)
        else:
            assert all(later - before <= LAMPS.within for before, later in pairwise(opened))


@given(alerts)
def test_what_stays_when_the_cause_is_over_is_together_no_more(standing) -> None:
    few = [one for one in standing if one.rule != LAMPS.root][: LAMPS.least - 1]

    assert list(together(LAMPS, few)) == []


@given(
    st.lists(
        st.tuples(st.sampled_from(["minor", "severe"]), st.none() | st.floats(0, 900), st.integers(0, 4))
    )
)
def test_no_alert_is_lost_from_the_inbox_and_none_is_there_twice(drawn) -> None:
    found = [line(number, severity, loss, share) for number, (severity, loss, share) in enumerate(drawn)]

    groups = inbox.grouped(found)

    assert Counter(one.item.key for group in groups for one in group.lines) == Counter(
        one.item.key for one in found
    )
    now = timezone.now()
    weights = [group.worth(now) for group in groups]
    assert weights == sorted(weights, reverse=True)
    for group in groups:
        assert group.worth(now) >= max(one.worth(now) for one in group.lines)
        assert group.worth(now) >= sum(one.item.loss or 0 for one in group.lines)


def line(number: int, severity: str, loss: float | None, share: int) -> Line:
    """A line whose alert shares its cause with others of the same number, but for 0."""
    item = Item(
        key=f"core.alert:{number}", service="water", kind="k", title="t", url="", severity=severity, loss=loss
    )
    bundle = Bundle("water", LAMPS, f"cabinet:{share}", "Cabinet", (share,)) if share else None
    return Line(item, Alert(pk=number), bundle=bundle)


class Street:
    """A district, its meters, and the alerts that stand at them."""

    def __init__(self, name: str = "a") -> None:
        kinds = entity_kinds()
        self.meter, self.count = kinds["water.meter"], 0
        self.district = kinds["water.district"].objects.create(
            id=f"water.district:{name}", name=f"Ζώνη {name}"
        )

    def alert(
        self, rule: str = "silent", ago: timedelta = timedelta(), at: Entity | None = None, **more: Any
    ) -> Alert:
        self.count += 1
        name = f"{self.district.local_id}-{self.count}"
        thing = at or self.meter.objects.create(id=f"water.meter:{name}", name=name, district=self.district)
        now = timezone.now()
        event = record(
            "core.alert_opened", Happened(thing, data={"rule": f"water.{rule}"}), by=Machine("rule:w")
        )
        told = {"severity": "moderate", "text": f"About {name}", "opened": now - ago, "last_seen": now} | more
        return Alert.objects.create(rule=f"water.{rule}", entity_id=thing.pk, opened_by=event, **told)


@pytest.fixture
def street(db) -> Street:
    return Street()


def groups(by: Any, state: str = "open") -> list[list[int]]:
    found = [line for line in inbox.lines(by, state) if line.alert]
    return sorted(
        sorted(line.alert.pk for line in group.lines if line.alert) for group in inbox.grouped(found)
    )


def numbers(found: Sequence[Alert]) -> list[int]:
    return sorted(alert.pk for alert in found)


def test_a_district_without_a_word_is_one_item_that_opens_to_its_meters(street, client) -> None:
    operator = shift()
    silent = [street.alert(ago=number * MINUTE) for number in range(5)]
    alone, elsewhere = street.alert("stuck"), Street("b").alert()

    assert groups(operator) == sorted([numbers(silent), [alone.pk], [elsewhere.pk]])
    client.force_login(operator)
    page = client.get(reverse("desk")).content.decode()
    assert page.count('value="core.alert:') == 7
    assert "Ζώνη a" in page
    found = next(one.bundle for one in inbox.lines(operator) if one.bundle)
    only = client.get(found.url).content.decode()
    assert only.count('value="core.alert:') == 5
    assert (
        found.url.replace("&", "&amp;")
        in client.get(reverse("operations-desk-alert", args=[silent[0].pk])).content.decode()
    )


def test_its_decision_is_one_and_each_has_its_event_because_of_it(street, client) -> None:
    operator = shift()
    client.force_login(operator)
    silent = [street.alert() for _number in range(4)]
    told = {"act": "dismiss", "dismiss_reason": "works", "item": [key_of(one) for one in silent], "once": "x"}

    for _time in range(2):
        client.post(reverse("desk"), told)

    [together] = Event.objects.filter(kind="operations.cause_judged")
    assert together.entity == street.district.pk
    each = Event.objects.filter(kind="core.alert_dismissed")
    assert [event.because for event in each] == [together] * 4
    assert groups(operator, "dismissed") == [numbers(silent)]
    page = client.get(reverse("operations-desk-alert", args=[silent[0].pk])).content.decode()
    assert "με άλλες 3" in page.partition('id="story"')[2]
    client.post(reverse("desk"), {"act": "undo_last"})
    assert groups(operator) == [numbers(silent)]


def test_a_decision_that_lacks_its_reason_leaves_no_trace(street, client) -> None:
    client.force_login(shift())
    items = [key_of(street.alert()) for _number in range(3)]

    assert (
        client.post(reverse("desk"), {"act": "dismiss", "dismiss_reason": "", "item": items}).status_code
        == 422
    )
    assert not Event.objects.filter(kind="operations.cause_judged").exists()


def test_what_was_decided_by_a_colleague_meanwhile_stays_so_and_the_rest_is_decided(street, client) -> None:
    operator = shift()
    silent = [street.alert() for _number in range(4)]
    Alert.objects.filter(pk=silent[0].pk).update(status=Alert.CONFIRMED)
    client.force_login(operator)

    client.post(
        reverse("desk"),
        {"act": "dismiss", "dismiss_reason": "works", "item": [key_of(one) for one in silent]},
    )

    assert [Alert.objects.get(pk=one.pk).status for one in silent] == [
        Alert.CONFIRMED,
        *[Alert.DISMISSED] * 3,
    ]


def test_one_that_stays_when_the_others_are_over_stands_alone_again(street) -> None:
    operator = shift()
    silent = [street.alert() for _number in range(4)]
    Alert.objects.filter(pk__in=[one.pk for one in silent[:2]]).update(closed=timezone.now())

    assert groups(operator) == [[silent[2].pk], [silent[3].pk]]


def test_what_began_long_before_has_another_cause(street) -> None:
    operator = shift()
    old = street.alert(ago=timedelta(days=3))
    silent = [street.alert() for _number in range(3)]

    assert groups(operator) == sorted([numbers(silent), [old.pk]])


def test_an_alert_that_says_the_cause_gathers_even_one_other(street) -> None:
    operator = shift()
    burst = street.alert("mains_burst", at=street.district, severity="severe", loss=40.0)
    back = street.alert("backflow", loss=70.0)

    assert groups(operator) == [numbers([burst, back])]
    [group] = inbox.grouped(inbox.with_causes(inbox.alert_lines([burst, back]), ["water"]))
    assert group.worth(timezone.now()) == 110
    burst.closed = timezone.now()
    burst.save()
    assert groups(operator) == [[back.pk]]


def test_things_that_stand_in_a_relation_share_a_cause_as_well(street, monkeypatch) -> None:
    declared = dataclasses.replace(LAMPS, rules=("stuck",), root="")
    monkeypatch.setitem(services(), "water", dataclasses.replace(services()["water"], causes=(declared,)))
    cabinet = Entity.objects.create(id="water.cabinet:7", kind_name="water.cabinet", name="Πίλαρ 7")
    stuck = [street.alert("stuck") for _number in range(4)]
    for one in stuck[:3]:
        relate(one.entity, "part_of", cabinet)

    found = causes.bundles()

    assert set(found) == {one.pk for one in stuck[:3]}
    assert {bundle.name for bundle in found.values()} == {"Πίλαρ 7"}


def test_nobody_decides_together_what_is_not_together_or_not_theirs(street) -> None:
    silent = [street.alert().pk for _number in range(3)]
    apart = street.alert("stuck").pk

    for alerts in ([], [apart], [*silent, apart], [10**9]):
        with pytest.raises(errors.Conflict):
            causes.judge_cause(by=shift(f"s{len(alerts)}{alerts[:1]}"), alerts=alerts, decision="confirm")
    with pytest.raises(errors.Forbidden):
        causes.judge_cause(by=shift("elsewhere", service="dialogue"), alerts=silent, decision="confirm")


def test_eighty_severe_alerts_with_one_cause_are_one_mail(street) -> None:
    operator = shift()
    silent = [street.alert(severity="severe") for _number in range(80)]

    for one in silent:
        notices.tell_operators(by=Machine("rule:operations.tell_of_alert"), event=one.opened_by_id)

    [letter] = _letters()
    assert letter.to == [operator.email]
    assert "80" in letter.body
    assert "Ζώνη a" in letter.subject


def _letters() -> list[EmailMessage]:
    for job in ProcrastinateJob.objects.filter(task_name="people.send_letter"):
        mail_queue.send(**job.args)
    return list(mail.outbox)


def test_more_alerts_with_one_cause_ask_no_more_questions(street, client: Client) -> None:
    operator = shift()
    client.force_login(operator)

    def asked(count: int) -> int:
        for _number in range(count):
            street.alert()
        client.get(reverse("desk"))
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("desk"))
        return len(queries)

    assert asked(4) == asked(40)
