"""The inbox: what is lost decides the order, many alike are one decision, and what is new and whose is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from candia.core import errors
from candia.core.access import Grant, Person
from candia.core.alert import Alert
from candia.core.event import Event, story
from candia.core.evidence import Place
from candia.core.inbox import Item
from candia.core.service import services
from candia.operations import commands, inbox
from candia.operations.inbox import Line, key_of
from candia.operations.tests.samples import raised, shift

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator(client: Client) -> Person:
    made = shift()
    client.force_login(made)
    return made


def order(by: Person) -> list[str]:
    return [line.item.key for line in inbox.lines(by) if line.alert]


def test_what_loses_more_stands_first_whatever_the_words_say(operator) -> None:
    little = raised(severity="severe", loss=1.9)
    much = raised(severity="moderate", loss=187.0)
    unknown = raised(severity="severe")
    danger = raised(severity="extreme")

    assert order(operator) == [key_of(one) for one in (danger, much, unknown, little)]


def test_a_thing_that_is_its_own_zone_has_one_name_in_the_readers_language(operator) -> None:
    named = raised("lighting.dark_street").entity
    named.name, named.names, named.zone = "Φορτέτσα", {"en": "Fortetsa"}, "h"

    with override("en"):
        assert inbox.place_of(named) == Place("Fortetsa", "h", "Fortetsa")
    named.name, named.names = "Λάμπα 7", {}
    assert inbox.place_of(named) == Place("Λάμπα 7", "h", "Φορτέτσα")


def test_a_deadline_that_has_passed_stands_among_the_severe(operator) -> None:
    now = timezone.now()
    told = {"service": "dialogue", "kind": "k", "title": "t", "url": ""}
    late = Line(Item(key="a", due=now - timedelta(hours=1), **told))
    soon = Line(Item(key="b", due=now + timedelta(days=1), **told))
    later = Line(Item(key="c", due=now + timedelta(days=9), **told))

    assert late.worth(now) == inbox.WORTH["severe"] > soon.worth(now) > later.worth(now)


def test_many_small_things_of_one_kind_are_one_line_and_few_are_not(operator) -> None:
    for _battery in range(5):
        raised("water.low_battery", "minor")
    for _still in range(2):
        raised("water.stuck", "minor")
    raised("water.low_battery", "severe")

    groups = inbox.grouped(line for line in inbox.lines(operator) if line.alert)

    assert sorted(len(group.lines) for group in groups) == [1, 1, 1, 5]


def test_forty_batteries_are_one_decision_each_with_its_event_and_can_be_taken_back(client, operator) -> None:
    batteries = [raised("water.low_battery", "minor") for _battery in range(40)]
    keys = [key_of(one) for one in batteries]

    client.post(reverse("desk"), {"act": "dismiss", "dismiss_reason": "works", "item": keys})

    assert Alert.objects.filter(status=Alert.DISMISSED).count() == 40
    assert Event.objects.filter(kind="core.alert_dismissed").count() == 40
    page = client.post(reverse("desk"), {"act": "undo_last"}, follow=True).content.decode()
    assert Alert.objects.filter(status=Alert.OPEN).count() == 40
    assert page.count('value="core.alert:') == 40


def test_a_bulk_that_was_sent_twice_is_done_once(client, operator) -> None:
    keys = [key_of(raised()) for _one in range(3)]
    told = {"act": "confirm", "confirm_reason": "seen", "item": keys, "once": "the same"}

    for _time in range(2):
        client.post(reverse("desk"), told)

    assert Event.objects.filter(kind="core.alert_confirmed").count() == 3


def test_a_bulk_does_what_it_can_and_says_what_it_could_not(client, operator) -> None:
    mine, taken, others = raised(), raised(), raised("lighting.dark_street")
    commands.confirm_alert(by=shift("colleague"), alert=taken)
    keys = [key_of(one) for one in (mine, taken, others)] + [
        "core.alert:x",
        "people.letters",
        "core.alert:9" * 9,
    ]

    page = client.post(
        reverse("desk"), {"act": "dismiss", "dismiss_reason": "works", "item": keys}, follow=True
    ).content.decode()

    assert Alert.objects.get(pk=mine.pk).status == Alert.DISMISSED
    assert Alert.objects.get(pk=others.pk).status == Alert.OPEN
    assert "5" in page.partition("notices")[2].partition("</main>")[0]


def test_a_decision_without_its_reason_keeps_what_was_typed_and_what_was_chosen(client, operator) -> None:
    alert = raised()
    told = {"act": "dismiss", "dismiss_reason": "", "note": "Το είδαμε χθες.", "item": [key_of(alert)]}

    answer = client.post(reverse("desk"), told)

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Το είδαμε χθες.</textarea>" in page
    assert "id_dismiss_reason_error" in page
    assert page.count("checked") > client.get(reverse("desk")).content.decode().count("checked")


@pytest.mark.parametrize("told", [{"act": "confirm"}, {"act": "nonsense", "item": "core.alert:1"}, {}])
def test_what_makes_no_sense_is_said_and_changes_nothing(client, operator, told) -> None:
    raised()

    assert client.post(reverse("desk"), told).status_code == 422
    assert not Alert.objects.exclude(status=Alert.OPEN).exists()


def test_whose_it_is_narrows_the_list_and_stays_in_the_address(client, operator) -> None:
    mine, nobodys, resting = raised(text="Mine"), raised(text="Nobody's"), raised(text="Resting")
    client.post(reverse("desk"), {"act": "take", "item": key_of(mine)})
    client.post(reverse("desk"), {"snooze": "week", "item": key_of(resting)})

    shown = {
        whose: [alert for alert in (mine, nobodys, resting) if f'value="{key_of(alert)}"' in page]
        for whose in ("all", "mine", "nobody", "resting")
        for page in [client.get(reverse("desk"), {"whose": whose}).content.decode()]
    }

    assert shown == {"all": [mine, nobodys], "mine": [mine], "nobody": [nobodys], "resting": [resting]}
    page = client.get(reverse("desk"), {"whose": "mine", "kind": "water.night_flow"}).content.decode()
    assert "whose=nobody" in page
    assert "kind=water.night_flow" in page


def test_what_came_since_my_last_shift_is_new_and_the_next_reads_my_word(client, operator) -> None:
    raised(text="Known to me")
    client.post(reverse("desk"), {"act": "hand_over", "handover": "Το συνεργείο έρχεται στις 8."})
    new = raised(text="After me", opened=timezone.now())

    assert [line.item.key for line in inbox.lines(operator) if line.new] == [key_of(new)]
    assert "Το συνεργείο έρχεται στις 8." not in client.get(reverse("desk")).content.decode()
    client.force_login(shift("next"))
    assert "Το συνεργείο έρχεται στις 8." in client.get(reverse("desk")).content.decode()
    client.force_login(shift("elsewhere", service="dialogue"))
    assert "Το συνεργείο έρχεται στις 8." not in client.get(reverse("desk")).content.decode()


def test_nobody_is_given_what_is_not_theirs_to_handle(operator) -> None:
    alert, stranger = raised(), Person.objects.create_user("resident@example.gr")

    with pytest.raises(errors.Refused):
        commands.assign(by=operator, item=key_of(alert), to=stranger.pk)
    with pytest.raises(errors.Forbidden):
        commands.assign(by=stranger, item=key_of(alert), to=operator.pk)
    with pytest.raises(errors.NotFound):
        commands.snooze(by=operator, item="people.letters", until=timezone.now() + timedelta(days=1))
    with pytest.raises(errors.Forbidden):
        commands.hand_over(by=stranger)


def test_who_has_what_is_no_part_of_the_story_of_the_thing(operator, monkeypatch) -> None:
    told = Item(key="water.district:d", service="water", kind="k", title="t", url="")
    water = replace(services()["water"], inbox=lambda _by: [told])
    monkeypatch.setattr(inbox, "services", lambda: {**services(), "water": water})

    commands.assign(by=operator, item=told.key, to=operator.pk)
    commands.snooze(by=operator, item=told.key, until=timezone.now() + timedelta(days=1))

    assert not story(told.key).exists()
    [line] = [line for line in inbox.lines(operator) if line.item is told]
    assert (line.assignee, line.snoozed_until is None) == (operator, False)


def test_who_sits_elsewhere_sees_no_alerts_of_water(client) -> None:
    raised(text="Water runs")
    for role, service in ((Grant.CLERK, ""), (Grant.OPERATOR, "dialogue")):
        client.force_login(shift(f"{role}{service}", service=service, role=role))
        answer = client.get(reverse("desk"))
        assert answer.status_code == 200
        assert "Water runs" not in answer.content.decode()
        assert client.get(reverse("operations-desk-inbox-layer")).json()["features"] == []


def test_the_map_has_what_the_list_has(client, operator) -> None:
    shown = raised("water.stuck")
    raised("water.silent")

    for narrowed, count in (
        ({"kind": "water.stuck"}, 1),
        ({}, 2),
        ({"of": "areas"}, 0),
        ({"status": "over"}, 0),
    ):
        features = client.get(reverse("operations-desk-inbox-layer"), narrowed).json()["features"]
        assert len(features) == count
    assert reverse("operations-desk-alert", args=[shown.pk]) in str(
        client.get(reverse("operations-desk-inbox-layer")).json()
    )


@pytest.mark.parametrize(
    "query", ["status=nonsense", "area=';--", "page=x", "whose=nobodys", "kind=%3Cscript%3E"]
)
def test_a_filter_that_makes_no_sense_is_no_error(client, operator, query) -> None:
    raised()

    for name in ("desk", "operations-desk-inbox-layer"):
        assert client.get(f"{reverse(name)}?{query}").status_code == 200


def test_more_alerts_ask_no_more_questions(client, operator, django_assert_max_num_queries) -> None:
    for number in range(30):
        commands.assign(by=operator, item=key_of(raised(text=f"Number {number}")), to=operator.pk)
    client.get(reverse("desk"))

    with django_assert_max_num_queries(30):
        assert client.get(reverse("desk")).status_code == 200


def new(by: Person) -> list[str]:
    return [line.item.key for line in inbox.lines(by) if line.new]


def test_who_never_hands_over_sees_what_came_since_they_were_last_here(client, operator) -> None:
    raised()
    morning = timezone.now() - timedelta(days=1)
    with time_machine.travel(morning, tick=False):
        client.get(reverse("desk"))
    with time_machine.travel(morning + timedelta(hours=3), tick=False):
        client.get(reverse("desk"))
    # Nobody has been away yet; and a list that renews itself all night is no look.
    assert new(operator) == []
    with time_machine.travel(morning + timedelta(hours=9), tick=False):
        client.get(reverse("desk"), headers={"HX-Request": "true", "HX-Target": "list"})
    late = raised()
    Alert.objects.exclude(pk=late.pk).update(opened=morning)

    page = client.get(reverse("desk"), {"new": "on", "service": "water"})

    assert new(operator) == [key_of(late)]
    assert [group["item"].key for group in page.context["groups"]] == [key_of(late)]
    assert all("new=on" in tab["url"] for tab in page.context["tabs"])
    # A break is not the end of it, and a handover is.
    client.get(reverse("desk"))
    assert new(operator) == [key_of(late)]
    client.post(reverse("desk"), {"act": "hand_over", "handover": ""})
    assert new(operator) == []


def test_the_map_of_what_is_new_shows_no_more(client, operator) -> None:
    raised()
    commands.hand_over(by=operator, note="")
    fresh = raised(opened=timezone.now())

    [shown] = client.get(reverse("operations-desk-inbox-layer"), {"new": "on"}).json()["features"]

    assert shown["properties"]["url"] == reverse("operations-desk-alert", args=[fresh.pk])
