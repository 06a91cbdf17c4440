"""The desk sends a crew and sees what came of it: from the alert to its repair, and by hand."""

from __future__ import annotations

from io import BytesIO
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from candia.core.access import Grant, Person
from candia.core.alert import Alert
from candia.core.attachment import Attachment
from candia.core.event import story
from candia.core.relation import came_from
from candia.core.timeline import public_story
from candia.operations import inbox
from candia.operations.personal import erase as erase_triage
from candia.operations.tests.alerts import raised, shift
from candia.operations.tests.work_samples import Phone, crew, planned, told
from candia.operations.work import personal
from candia.operations.work.field_events import Told
from candia.operations.work.models import Assignment, FieldEvent, WorkOrder
from candia.operations.work.planning import assign_order
from candia.operations.work.reporting import report_work
from candia.operations.work.states import State

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client: Client) -> Person:
    made = shift()
    client.force_login(made)
    return made


def finished(order: WorkOrder, who: Person) -> None:
    report_work(by=who, key="", order=order, told=[told(order, "done")])


def test_a_leak_is_sent_out_mended_and_said_to_be_repaired(client: Client, desk: Person) -> None:
    alert, plumber = raised(text="Διαρρέουν 53 m³ την ημέρα.", severity="severe"), crew("plumber")
    page = reverse("operations-desk-alert", args=[alert.pk])
    form = {"act": "send_crew", "plan-what": alert.sentence(), "plan-priority": "urgent"}

    client.post(page, {**form, "plan-crew": [plumber.pk], "plan-checklist": "- Βάνα\n\n• Ρακόρ"})

    order = WorkOrder.objects.get()
    assert (order.state, order.priority, order.checklist) == (State.ASSIGNED, "urgent", ["Βάνα", "Ρακόρ"])
    assert (order.lon, order.lat, order.alert, order.crew) == (25.1, 35.3, alert, [plumber])
    assert came_from(order.pk) == [alert.entity_id]
    # There is one order for it; another is planned once this one is over.
    assert 'value="send_crew"' not in client.get(page).content.decode()
    assert order.desk_page() in client.get(page).content.decode()
    finished(order, plumber)
    client.post(order.desk_page(), {"act": "repaired"})
    assert Alert.objects.get(pk=alert.pk).status == Alert.REPAIRED
    kinds = [event.kind.partition(".")[2] for event in story(order.pk)]
    assert kinds == ["work_order_from_alert", "work_reported"]


def test_work_is_in_no_public_story(client: Client, desk: Person) -> None:
    alert, plumber = raised(), crew()
    form = {"act": "send_crew", "plan-what": "Αλλαγή", "plan-priority": "low", "plan-crew": [plumber.pk]}
    client.post(reverse("operations-desk-alert", args=[alert.pk]), form)
    order = WorkOrder.objects.get()

    assert [event.kind for event in public_story(order.pk, alert.entity_id)] == ["core.alert_opened"]
    assert Client().get(reverse("story", args=[order.pk])).status_code == 404
    assert Client().get(f"/api/v1/entities/{order.pk}").status_code == 404


def test_what_is_wrong_stands_beside_its_field_and_what_was_typed_stays(client: Client, desk: Person) -> None:
    alert, stranger = raised(), shift("stranger", role=Grant.CLERK)
    page = reverse("operations-desk-alert", args=[alert.pk])

    given = {"act": "send_crew", "plan-what": "Βάνα", "plan-priority": "low", "plan-safety": "Αμίαντος"}
    undated = client.post(page, {**given, "plan-due": "αύριο"})
    foreign = client.post(page, {**given, "plan-crew": [stranger.pk]})

    assert undated.status_code == foreign.status_code == 422
    assert "id_plan-due_error" in undated.content.decode()
    assert "id_plan-crew_error" in foreign.content.decode()
    assert "Αμίαντος</textarea>" in undated.content.decode()
    assert not WorkOrder.objects.exists()


def test_the_list_keeps_its_filters_in_the_address(client: Client, desk: Person) -> None:
    one, other = crew("nikos"), crew("maria")
    mine, theirs = planned(desk, one), planned(desk, other, priority="urgent")
    waiting = planned(desk)
    elsewhere = shift("elsewhere", service="dialogue")
    address = reverse("operations-desk-work-orders")

    def listed(**asked: object) -> set[int]:
        page = client.get(address, asked).content.decode()
        return {order.number for order in (mine, theirs, waiting) if f'"{order.desk_page()}"' in page}

    assert listed() == {waiting.number}
    assert listed(part="under_way") == {mine.number, theirs.number}
    assert listed(part="under_way", who=one.pk) == {mine.number}
    assert listed(part="under_way", priority="urgent") == {theirs.number}
    assert listed(part="done") == set()
    finished(mine, one)
    assert listed(part="done") == {mine.number}
    client.force_login(elsewhere)
    assert listed(part="under_way") == set()
    assert client.get(mine.desk_page()).status_code == 403
    assert client.post(mine.desk_page(), {"act": "cancel"}).status_code == 403


def test_the_inbox_has_what_the_desk_must_do_first(desk: Person) -> None:
    one, other = crew(), crew()
    sent, alone = planned(desk, one), planned(desk, priority="urgent")

    def waiting() -> dict[str, tuple[str, str]]:
        return {
            line.item.key: (line.item.severity, str(line.item.kind))
            for line in inbox.lines(desk)
            if line.item.key.startswith(WorkOrder.kind)
        }

    assert list(waiting()) == [alone.pk, sent.pk]
    assert waiting()[sent.pk][0] == "minor"
    assign_order(by=desk, order=sent, crew=[other.pk])
    report_work(by=one, order=sent, told=[told(sent, "note", text="Ήμασταν ήδη εκεί.")])
    assert waiting()[sent.pk] == ("moderate", "Αναφορά από συνεργείο που αντικαταστάθηκε")
    assert not [*inbox.lines(one)]


def test_a_photograph_arrives_once_and_is_seen_by_desk_and_crew_alone(
    client: Client, desk: Person, settings, tmp_path
) -> None:
    settings.MEDIA_ROOT = tmp_path
    who, id = crew(), uuid4()
    order, phone, van = planned(desk, who), Phone(), Client()
    van.force_login(who)
    file = BytesIO()
    Image.new("RGB", (640, 480), "teal").save(file, "JPEG")

    def sends(**changed: object) -> int:
        picture = SimpleUploadedFile("p.jpg", file.getvalue(), "image/jpeg")
        given = {"order": order.number, "photo": str(id), "file": picture} | changed
        return van.post(reverse("operations-desk-crew-photos"), given).status_code

    phone.says(order, "photo", photo=str(id), moment="before")
    van.post(reverse("operations-desk-crew-orders"), phone.batch(), content_type="application/json")
    assert "1 φωτογραφία είναι ακόμη στο τηλέφωνο" in client.get(order.desk_page()).content.decode()
    assert [sends(), sends()] == [200, 200]
    assert sends(photo="no id") == sends(file="no file") == 422
    assert sends(order=planned(desk, crew()).number) == sends(order="٣") == 403

    kept = Attachment.objects.get()
    address = reverse("file", args=[kept.pk, "small"])
    assert address in client.get(order.desk_page()).content.decode()
    assert (van.get(address).status_code, client.get(address).status_code) == (200, 200)
    client.force_login(crew())
    assert (client.get(address).status_code, Client().get(address).status_code) == (404, 404)


def test_an_erased_account_leaves_the_work_without_its_name(desk: Person) -> None:
    who = crew("leaver")
    order = planned(desk, who)
    report_work(by=who, order=order, told=[told(order, "hours", minutes=30)])
    assert personal.export(who)["field_events"]

    personal.erase(who)
    erase_triage(who)

    assert FieldEvent.objects.get().person is None
    assert Assignment.objects.get().person is None
    assert not any(personal.export(who).values())


def test_an_event_is_what_it_was_told_as(desk: Person) -> None:
    who = crew()
    order = planned(desk, who)
    said = told(order, "material", what="ρακόρ", amount="2")
    report_work(by=who, order=order, told=[said])

    kept = FieldEvent.objects.get().told()

    assert isinstance(kept, Told)
    assert kept == said
