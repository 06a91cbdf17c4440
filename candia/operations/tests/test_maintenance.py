"""A thing that is worked on: its alerts rest, no mail is written of it, and it is heard again by itself."""

from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from candia.core import errors
from candia.core.access import system
from candia.core.entity import Entity
from candia.core.event import Event
from candia.core.relation import relate
from candia.core.service import entity_kinds
from candia.core.zones import zones
from candia.operations import inbox
from candia.operations.areas import begin_area_maintenance, end_area_maintenance
from candia.operations.inbox import key_of
from candia.operations.maintenance import begin_maintenance, end_maintenance, standing
from candia.operations.models import MaintenanceArea
from candia.operations.notices import tell_operators, write_morning
from candia.operations.tests.alerts import raised, shift
from tests.html import tight

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def line_of(by, alert):
    return next(line for line in inbox.lines(by) if line.alert == alert)


def test_an_operator_silences_a_thing_at_its_alert_and_hears_it_again(client):
    operator, alert, other = shift(), raised(), raised()
    client.force_login(operator)
    page = reverse("operations-desk-alert", kwargs={"number": alert.pk})

    shown = client.post(page, {"act": "maintain", "maintain-reason": "", "maintain-until": "week"})
    assert shown.status_code == 422
    assert "Επιλέξτε λόγο." in tight(shown)
    done = client.post(
        page, {"act": "maintain", "maintain-reason": "works", "maintain-until": "week"}, follow=True
    )

    assert "Εργασίες" in tight(done)
    assert line_of(operator, alert).snoozed_until == standing([alert.entity_id])[alert.entity_id].until
    assert line_of(operator, other).snoozed_until is None
    client.post(page, {"act": "end_maintenance"})
    assert line_of(operator, alert).snoozed_until is None


def test_what_is_found_of_it_meanwhile_is_mailed_to_nobody():
    operator = shift()
    for severity in ("severe", "minor"):
        alert = raised(severity=severity, opened=timezone.now())
        begin_maintenance(by=operator, entity=alert.entity_id, reason="test", until=timezone.now() + DAY)
        tell_operators(by=system, event=alert.opened_by_id)
    assert write_morning(timezone.now()) == 0
    assert mail.outbox == []


def test_it_is_heard_again_when_its_time_is_over():
    operator, alert = shift(), raised()
    begin_maintenance(by=operator, entity=alert.entity_id, reason="known", until=timezone.now() + DAY)
    with time_machine.travel(timezone.now() + 2 * DAY):
        assert line_of(operator, alert).snoozed_until is None
        with pytest.raises(errors.Conflict):
            end_maintenance(by=operator, entity=alert.entity_id)
        begin_maintenance(by=operator, entity=alert.entity_id, reason="works", until=timezone.now() + DAY)
        assert line_of(operator, alert).snoozed_until


@pytest.mark.parametrize("ahead", [-DAY, timedelta(0), 93 * DAY])
def test_nothing_is_silenced_for_ever_or_for_the_past(ahead):
    alert = raised()
    with pytest.raises(errors.Refused):
        begin_maintenance(by=shift(), entity=alert.entity_id, reason="works", until=timezone.now() + ahead)
    assert standing([alert.entity_id]) == {}


def test_whoever_operates_another_service_silences_nothing():
    with pytest.raises(errors.Forbidden):
        begin_maintenance(
            by=shift(service="dialogue"),
            entity=raised().entity_id,
            reason="works",
            until=timezone.now() + DAY,
        )


def test_a_whole_zone_is_silenced_in_one_step_and_ends_by_itself(client):
    operator, zone = shift(), next(iter(zones()))
    inside, outside = raised(), raised()
    Entity.objects.filter(pk=inside.entity_id).update(zone=zone)
    Entity.objects.filter(pk=outside.entity_id).update(zone="another")
    elsewhere = raised("lighting.dark_street")
    Entity.objects.filter(pk=elsewhere.entity_id).update(zone=zone)
    client.force_login(operator)
    page = reverse("operations-desk-maintenance")

    client.post(page, {"act": "begin", "service": "water", "zone": zone, "reason": "works", "until": "week"})

    assert set(standing(one.entity_id for one in (inside, outside, elsewhere))) == {inside.entity_id}
    assert line_of(operator, inside).snoozed_until
    assert Event.objects.get(kind="operations.area_maintenance_begun").data["things"] == 1
    shown = client.get(page).content.decode()
    assert str(zones()[zone]) in shown
    with time_machine.travel(timezone.now() + timedelta(days=8)):
        assert standing([inside.entity_id]) == {}
        client.force_login(operator)
        assert "End the maintenance" not in client.get(f"/en{page}").content.decode()


def test_many_that_rest_ask_no_more_questions_than_one(client, django_assert_num_queries):
    operator, until = shift(), timezone.now() + DAY

    def rest():
        begin_maintenance(by=operator, entity=raised().entity_id, reason="works", until=until)
        at = raised().entity_id
        begin_area_maintenance(by=operator, service="water", at=at, reason="works", until=until)

    client.force_login(operator)
    page = reverse("operations-desk-maintenance")
    rest()
    client.get(page)
    with CaptureQueriesContext(connection) as asked:
        client.get(page)
    for _another in range(3):
        rest()

    with django_assert_num_queries(len(asked)):
        assert client.get(page).content.decode().count(str(operator)) >= 8


def test_all_that_belongs_to_a_thing_is_silenced_and_heard_again(client):
    operator = shift()
    cabinet, lamp, other = raised(), raised(), raised()
    relate(lamp.entity, "part_of", cabinet.entity)
    client.force_login(operator)
    page = reverse("operations-desk-maintenance")

    client.post(
        page,
        {"act": "begin", "service": "water", "at": cabinet.entity_id, "reason": "works", "until": "week"},
    )
    assert set(standing(one.entity_id for one in (cabinet, lamp, other))) == {
        cabinet.entity_id,
        lamp.entity_id,
    }
    client.post(page, {"area": MaintenanceArea.objects.get().pk})

    assert standing(one.entity_id for one in (cabinet, lamp)) == {}


def test_what_is_silent_for_longer_already_stays_so_when_the_area_is_heard_again():
    operator, zone = shift(), next(iter(zones()))
    own, shorter = raised(), raised()
    for one, days in ((own, 30), (shorter, 1)):
        Entity.objects.filter(pk=one.entity_id).update(zone=zone)
        until = timezone.now() + days * DAY
        begin_maintenance(by=operator, entity=one.entity_id, reason="known", until=until)

    told = {"service": "water", "zone": zone, "reason": "works", "until": timezone.now() + 7 * DAY}
    begin_area_maintenance(by=operator, **told)
    assert standing([shorter.entity_id])[shorter.entity_id].reason == "works"
    end_area_maintenance(by=operator, area=MaintenanceArea.objects.get())

    assert set(standing([own.entity_id, shorter.entity_id])) == {own.entity_id}


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({}, "zone"),
        ({"zone": "nowhere"}, "zone"),
        ({"at": "water.meter:none"}, "at"),
        ({"zone": "z", "at": "water.meter:1"}, "zone"),
    ],
)
def test_an_area_that_makes_no_sense_is_refused_beside_its_field(told, field):
    with pytest.raises(errors.Refused) as refused:
        begin_area_maintenance(
            by=shift(), service="water", reason="works", until=timezone.now() + DAY, **told
        )
    assert field in refused.value.fields


def test_nobody_silences_the_things_of_a_service_that_they_do_not_operate():
    told = {"zone": next(iter(zones())), "reason": "works", "until": timezone.now() + DAY}
    with pytest.raises(errors.Forbidden):
        begin_area_maintenance(by=shift("elsewhere", service="dialogue"), service="water", **told)
    with pytest.raises(errors.Forbidden):
        begin_area_maintenance(by=shift(), service="dialogue", **told)


def test_the_things_of_what_is_chosen_in_the_inbox_are_silenced(client):
    operator = shift()
    chosen, other = [raised() for _number in range(3)], raised()
    client.force_login(operator)

    client.post(
        reverse("desk"),
        {"maintain": "week", "maintain_reason": "works", "item": [key_of(one) for one in chosen]},
    )

    assert set(standing(one.entity_id for one in (*chosen, other))) == {one.entity_id for one in chosen}


def test_a_things_own_page_says_that_it_is_in_maintenance(client):
    operator = shift()
    meter = entity_kinds()["water.meter"].objects.create(id="water.meter:quiet", name="Μ", serial="S-1")
    client.force_login(operator)
    page = f"/en{meter.desk_page()}"
    assert "In maintenance" not in client.get(page).content.decode()
    begin_maintenance(by=operator, entity=meter.pk, reason="test", until=timezone.now() + DAY)

    assert "In maintenance" in client.get(page).content.decode()
