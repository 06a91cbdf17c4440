"""Webhooks: a call centre hears what happens, signed and in order; what fails is tried again, and then told."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import hmac
import json
import socket
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from candia.accounts import inbox
from candia.accounts.models import Delivery, Integration, Webhook
from candia.accounts.tests.receiver import HERE, Receiver
from candia.accounts.tests.samples import hook, program, somebody
from candia.accounts.webhooks import commands, delivery, queue
from candia.core import errors, outgoing
from candia.core.access import Grant, Person, system
from candia.core.event import Event, Happened, record
from candia.core.service import entity_kinds, services

pytestmark = pytest.mark.django_db


@pytest.fixture
def allowed(settings) -> None:
    """The city lets webhooks reach this machine."""
    settings.CANDIA = dataclasses.replace(settings.CANDIA, webhook_networks=HERE)


@pytest.fixture
def receiver(allowed) -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.close()


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    queue.forget()
    yield
    queue.forget()


def happen(kind: str = "core.alert_opened", entity: str = "water.meter:1", **data: Any) -> Event:
    if model := entity_kinds().get(entity.partition(":")[0]):
        model.objects.get_or_create(id=entity, defaults={"name": "Μετρητής"})
    return record(kind, Happened(entity, data=data), by=system)


def test_a_program_hears_what_happens_in_its_service_signed_by_its_secret(receiver: Receiver) -> None:
    heard = hook(program("centre", "operator:water"), url=receiver.url, patterns=["core.alert_*"])
    event = happen(loss=12.5)
    happen("core.unheard")
    delivery.drain(hook=heard.pk)

    ((headers, body),) = receiver.heard
    told = json.loads(body)
    assert (told["specversion"], told["type"], told["subject"]) == ("1.0", event.kind, event.entity)
    assert told["data"]["loss"] == 12.5
    assert headers["Content-Type"].startswith("application/cloudevents+json")
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    right = hmac.new(heard.secret, signed, hashlib.sha256).digest()
    assert headers["webhook-signature"] == f"v1,{base64.b64encode(right).decode()}"
    assert headers["webhook-id"] == str(event.pk)
    assert Delivery.objects.get().state == Delivery.DONE


def test_what_is_not_a_programs_to_know_is_not_told(receiver: Receiver) -> None:
    heard = hook(program("elsewhere", "operator:dialogue"), url=receiver.url, patterns=["*"])

    happen(entity="water.meter:1")
    happen("people.role_granted", "people.person:1")
    happen("operations.note_added", "core.alert:7")
    delivery.drain(hook=heard.pk)

    assert receiver.heard == []
    assert not Delivery.objects.exists()


def test_of_other_services_it_hears_what_everyone_knows_and_of_nobody_in_person(receiver: Receiver) -> None:
    area = entity_kinds()["water.district"].objects.create(id="water.district:a", name="Α", connections=100)
    resident = somebody("anna")
    heard = hook(program("elsewhere", "operator:dialogue"), url=receiver.url, patterns=["water.*", "core.*"])

    record("water.meter_left", Happened(area, data={"email": "x"}), by=resident)
    happen(entity=area.id, loss=12.5)
    delivery.drain(hook=heard.pk)

    assert [told["data"] for told in receiver.events] == [
        {"about": area.id, "by": None},
        {"about": area.id, "by": "system"},
    ]


def test_a_draft_is_its_authors_alone_until_it_is_handed_in(receiver: Receiver) -> None:
    heard = hook(program("centre", "operator:dialogue"), url=receiver.url, patterns=["dialogue.*"])
    declared = {one.name: one for one in services()["dialogue"].commands}
    anna = somebody("anna")
    written = {
        "heading": "Σκιά στη στάση",
        "text": "Στη στάση δεν υπάρχει σκιά το καλοκαίρι. " * 2,
        "theme": "transport",
    }

    draft = declared["draft_proposal"](by=anna, **written)
    delivery.drain(hook=heard.pk)
    assert receiver.heard == []
    declared["submit_proposal"](by=anna, proposal=draft.entity)
    delivery.drain(hook=heard.pk)

    assert [(told["type"], told["data"]["by"]) for told in receiver.events] == [
        ("dialogue.proposal_submitted", anna.actor_id)
    ]


def test_an_event_that_is_taken_back_is_told_nobody(receiver: Receiver) -> None:
    heard = hook(program("centre", "operator:water"), url=receiver.url)

    with transaction.atomic():
        happen()
        transaction.set_rollback(True)
    delivery.drain(hook=heard.pk)

    assert receiver.heard == []


def test_what_fails_is_tried_again_and_keeps_the_order_of_its_thing(receiver: Receiver) -> None:
    heard = hook(program("centre", "operator:water"), url=receiver.url)
    receiver.answers = [500, 204]
    first, later, other = (
        happen(entity="water.meter:1"),
        happen(entity="water.meter:1"),
        happen(entity="water.meter:2"),
    )

    delivery.drain(hook=heard.pk)
    assert [int(told["id"]) for told in receiver.events] == [first.pk, other.pk]
    Delivery.objects.filter(event=first).update(due=timezone.now())
    delivery.drain(hook=heard.pk)

    assert [int(told["id"]) for told in receiver.events] == [first.pk, other.pk, first.pk, later.pk]
    assert {one.state for one in Delivery.objects.all()} == {Delivery.DONE}
    assert Webhook.objects.get().failing_since is None


def test_where_nobody_answers_nothing_else_is_tried_for_a_while(allowed) -> None:
    with socket.socket() as shut:
        shut.bind(("127.0.0.1", 0))
        heard = hook(program("centre", "operator:water"), url=f"http://127.0.0.1:{shut.getsockname()[1]}/")
        happen(entity="water.meter:1")
        happen(entity="water.meter:2")

        delivery.drain(hook=heard.pk)
        delivery.drain(hook=heard.pk)

    assert [one.tries for one in Delivery.objects.order_by("pk")] == [1, 0]
    assert Webhook.objects.get().rests_until > timezone.now()


@pytest.mark.parametrize("status", [302, 400, 404, 410])
def test_a_refusal_is_final_no_redirect_is_followed_and_the_desk_sends_it_again(
    receiver: Receiver, status: int
) -> None:
    heard = hook(program("centre", "operator:water"), url=receiver.url)
    receiver.answers = [status]
    happen()
    delivery.drain(hook=heard.pk)
    admin = Client()
    admin.force_login(somebody("admin", (Grant.ADMINISTRATOR, "")))
    page = reverse("people-desk-webhook", args=["centre", heard.pk])

    assert str(status) in admin.get(page).content.decode()
    assert len(receiver.heard) == 1
    admin.post(page, {"again": "1"})
    delivery.drain(hook=heard.pk)

    assert [told["id"] for told in receiver.events] == [receiver.events[0]["id"]] * 2
    assert Delivery.objects.get().state == Delivery.DONE


def test_after_a_day_one_event_is_given_up_and_after_three_the_webhook(receiver: Receiver) -> None:
    heard = hook(program("centre", "operator:water"), url=receiver.url)
    receiver.answers = [503, 503, 503]
    happen()
    Delivery.objects.update(made=timezone.now() - timedelta(days=1))
    delivery.drain(hook=heard.pk)
    assert Delivery.objects.get().state == Delivery.FAILED
    assert Webhook.objects.get().is_on

    happen()
    Webhook.objects.update(failing_since=timezone.now() - timedelta(days=3))
    delivery.drain(hook=heard.pk)

    assert not Webhook.objects.get().is_on
    assert Event.objects.latest("id").kind == "people.webhook_switched_off"
    keeper = Person.objects.get_or_create(email="admin@example.gr")[0]
    Grant.objects.create(person=keeper, role=Grant.ADMINISTRATOR)
    assert [item.key for item in inbox.waiting(keeper)] == [f"people.webhook:{heard.pk}"]
    queue.forget()
    happen()
    assert Delivery.objects.filter(state=Delivery.WAITING).count() == 0


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/",
        "https://10.0.0.1/",
        "https://169.254.169.254/latest/meta-data/",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://[fd00::1]/",
        "https://[64:ff9b::a00:1]/",
        "https://0.0.0.0/",
        "https://localhost/",
        "http://192.88.0.1/",
        "ftp://192.88.0.1/",
        "https://user@192.88.0.1/",
        "https://192.88.0.1:0/",
        "https://2130706433/",
        "https://nobody.invalid/",
        "//192.88.0.1/",
        "https://192.88.0.1/\r\nHost: other",
    ],
)
def test_no_address_leads_into_the_citys_own_network(url: str) -> None:
    admin, centre = somebody("admin", (Grant.ADMINISTRATOR, "")), program("centre", "operator:water")

    with pytest.raises(errors.Refused) as refused:
        commands.add_webhook(by=admin, integration=centre, url=url, patterns=["core.*"], nonce="n")

    assert "url" in refused.value.fields
    with pytest.raises(outgoing.Unsent):
        outgoing.post(url, b"{}", {}, ())


def test_a_name_that_leads_elsewhere_by_then_is_not_followed(monkeypatch) -> None:
    answers = [[(2, 1, 6, "", ("192.88.0.1", 443)), (2, 1, 6, "", ("10.0.0.1", 443))]]
    monkeypatch.setattr(outgoing.socket, "getaddrinfo", lambda *asked, **more: answers[0])

    with pytest.raises(outgoing.Unsent, match="forbidden"):
        outgoing.post("https://example.gr/", b"{}", {}, ())


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_whoever_answers_too_slowly_is_not_waited_for(allowed, monkeypatch, scheme: str) -> None:
    monkeypatch.setattr(outgoing, "WHOLE", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as slow:
        answering = threading.Thread(target=_drip, args=(slow, scheme), daemon=True)
        answering.start()
        with pytest.raises(outgoing.Unsent, match="slow"):
            outgoing.post(f"{scheme}://127.0.0.1:{slow.getsockname()[1]}/", b"{}", {}, HERE)
        answering.join(5)


def _drip(server: socket.socket, scheme: str) -> None:
    """Answer a byte at a time, each well within any pause, and never finish; a handshake not even begun."""
    connection, _peer = server.accept()
    with connection:
        try:
            while scheme == "https" and connection.recv(4096):
                pass
            for byte in b"HTTP/1.1 200 OK\r\nX: " + b"x" * 1000:
                connection.sendall(bytes([byte]))
                threading.Event().wait(0.05)
        except OSError:
            return


def test_an_administrator_adds_a_webhook_and_its_secret_is_shown_once(receiver: Receiver) -> None:
    program("centre", "operator:water")
    client = Client()
    client.force_login(somebody("admin", (Grant.ADMINISTRATOR, "")))
    page = reverse("people-desk-integration", args=["centre"])
    told = {"hear": "1", "url": receiver.url, "patterns": "core.alert_opened\nwater.*", "once": "form 1"}

    answers = [client.post(page, told).content.decode() for _ in range(2)]
    wrong = client.post(page, told | {"patterns": "people.role_granted", "once": "form 2"}).content.decode()

    made = Webhook.objects.get()
    secret = f"whsec_{base64.b64encode(made.secret).decode()}"
    assert all(secret in answer for answer in answers)
    assert made.patterns == ["core.alert_opened", "water.*"]
    assert secret not in client.get(page).content.decode()
    assert receiver.url in wrong
    assert "people.role_granted" in wrong


def test_a_program_that_is_stopped_hears_nothing_more(receiver: Receiver) -> None:
    heard = hook(program("centre", "operator:water"), url=receiver.url)
    happen()
    Integration.objects.update(stopped=timezone.now())

    delivery.drain(hook=heard.pk)

    assert receiver.heard == []
    assert not Delivery.objects.exists()
