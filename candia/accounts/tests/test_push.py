"""A person's own devices: who is told there, how it is encrypted, and everything that ends it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from jwt.utils import base64url_decode, base64url_encode

from candia.accounts import personal
from candia.accounts.models import Pushed, Subscription
from candia.accounts.push import commands, delivery, message, queue
from candia.accounts.tests.push_service import Browser, running, sent
from candia.accounts.tests.receiver import Receiver
from candia.accounts.tests.samples import BROWSER, somebody, subscribed
from candia.core import errors
from candia.core.push import Brief, Push
from candia.core.service import pushes

pytestmark = pytest.mark.django_db
PAGE = "/people/me/push/"
KIND = "people.test"
AUTHORIZED = "a long enough password"


@pytest.fixture(autouse=True)
def _kind(monkeypatch) -> None:
    """Something that can be told of: its number, to whoever may know it."""
    kind = Push(
        name="test", title="Numbers", told=lambda number, by: number and Brief(str(number), by.name, "/")
    )
    monkeypatch.setitem(pushes(), KIND, kind)


@pytest.fixture
def push_service(monkeypatch) -> Iterator[Receiver]:
    yield from running(monkeypatch)


@pytest.fixture
def phone(push_service: Receiver) -> Browser:
    return Browser(push_service)


def test_a_message_is_that_of_the_standards_own_example() -> None:
    """RFC 8291, section 5 and appendix A."""
    secret = base64url_decode("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw")
    own = ec.derive_private_key(int.from_bytes(secret, "big"), ec.SECP256R1())
    theirs, auth = base64url_decode(BROWSER["p256dh"]), base64url_decode(BROWSER["auth"])
    text, salt = b"When I grow up, I want to be a watermelon", base64url_decode("DGv6ra1nlYgDCS1FRnbzlw")

    assert base64url_encode(message.encrypted(text, theirs, auth, own, salt)).decode() == (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6Tlz"
        "AC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )


def test_each_browser_is_told_once_and_reads_it_alone(push_service: Receiver, phone: Browser) -> None:
    anna, laptop = somebody("anna", name="Άννα"), Browser(push_service, "Firefox, Linux")
    for browser in (phone, laptop):
        browser.subscribe(anna)
    Browser(push_service).subscribe(somebody("nikos"))

    for _twice in range(2):
        queue.tell(KIND, {anna.pk: 7})
        sent()

    told = {"title": "7", "body": "Άννα", "url": "/", "tag": f"{KIND}:7"}
    assert (phone.shown, laptop.shown) == ([told], [told])
    assert len(push_service.heard) == 2
    assert all("Άννα".encode() not in body for _headers, body in push_service.heard)
    assert {len(body) for _headers, body in push_service.heard} == {21 + 65 + 1024 + 17}
    assert anna.subscriptions.exclude(last_success=None).count() == 2


def test_a_browser_that_its_push_service_does_not_know_is_forgotten(
    push_service: Receiver, phone: Browser
) -> None:
    anna = somebody("anna")
    phone.subscribe(anna)
    push_service.answers = [410]
    queue.tell(KIND, {anna.pk: 7})
    queue.tell(KIND, {anna.pk: 8})

    sent()

    assert (len(push_service.heard), phone.shown) == (1, [])
    assert not Subscription.objects.exists()
    assert not Pushed.objects.exists()


def test_while_the_push_service_is_down_nothing_is_lost_and_it_is_left_alone(
    push_service: Receiver, phone: Browser
) -> None:
    anna, port = somebody("anna"), push_service.server.server_port
    phone.subscribe(anna)
    push_service.close()
    queue.tell(KIND, {anna.pk: 7})
    queue.tell(KIND, {anna.pk: 8})
    for _twice in range(2):
        sent()
    assert [one.tries for one in Pushed.objects.order_by("pk")] == [1, 0]

    phone.service = Receiver(port)
    Pushed.objects.update(due=timezone.now())
    Subscription.objects.update(rests_until=None)
    for _twice in range(2):
        sent()
    phone.service.close()

    assert [one["title"] for one in phone.shown] == ["7", "8"]


@pytest.mark.parametrize("status", [413, 429, 503])
def test_what_is_refused_for_now_is_tried_again_and_what_for_good_is_not(
    push_service: Receiver, phone: Browser, status: int
) -> None:
    anna = somebody("anna")
    phone.subscribe(anna)
    push_service.answers = [status]
    queue.tell(KIND, {anna.pk: 7})
    sent()
    Pushed.objects.update(due=timezone.now())

    sent()

    assert len(phone.shown) == (0 if status == 413 else 1)


@pytest.mark.parametrize("told", [lambda number, by: None, lambda number, by: 1 / 0])
def test_what_there_is_nothing_to_say_of_holds_nothing_up(
    push_service: Receiver, phone: Browser, monkeypatch, told
) -> None:
    anna = somebody("anna")
    phone.subscribe(anna)
    monkeypatch.setitem(pushes(), "people.empty", Push(name="empty", title="Nothing", told=told))
    queue.tell("people.empty", {anna.pk: 1})
    queue.tell(KIND, {anna.pk: 7})

    sent()

    assert [one["title"] for one in phone.shown] == ["7"]
    assert Pushed.objects.get().state == Pushed.DONE


def test_a_browser_is_told_so_often_in_an_hour_and_no_more(phone: Browser, monkeypatch) -> None:
    monkeypatch.setattr(queue, "AN_HOUR", 2)
    anna = somebody("anna")
    phone.subscribe(anna)
    for number in (1, 2, 3):
        queue.tell(KIND, {anna.pk: number})

    sent()

    assert [one["title"] for one in phone.shown] == ["1", "2"]


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://127.0.0.1/x",
        "https://10.0.0.1/x",
        "https://169.254.169.254/latest/meta-data/",
        "https://[::1]/x",
        "http://192.88.0.1/x",
        "https://192.88.0.1/" + "x" * 1000,
        "file:///etc/passwd",
        "",
    ],
)
def test_an_address_within_the_citys_network_is_refused(endpoint: str) -> None:
    with pytest.raises(errors.Refused):
        commands.subscribe(by=somebody("anna"), endpoint=endpoint, browser="Firefox", **BROWSER)


def test_nor_is_one_asked_that_came_to_lie_there(push_service: Receiver, monkeypatch) -> None:
    monkeypatch.setattr(delivery, "NETWORKS", ())
    anna = somebody("anna")
    subscribed(anna, endpoint=push_service.url)
    queue.tell(KIND, {anna.pk: 7})

    sent()

    assert push_service.heard == []
    assert Pushed.objects.get().error == "forbidden"


@pytest.mark.parametrize(
    "keys", [{"auth": "AAAA"}, {"p256dh": "BAAA"}, {"p256dh": ""}, {"auth": BROWSER["auth"] + "!" * 99}]
)
def test_keys_that_nobody_could_read_with_are_refused(keys: dict[str, str]) -> None:
    with pytest.raises(errors.Refused):
        commands.subscribe(
            by=somebody("anna"), endpoint="https://192.88.0.1/x", browser="Firefox", **BROWSER | keys
        )


def test_somebody_elses_device_is_not_to_be_read_taken_or_ended(client: Client, phone: Browser) -> None:
    maria, stranger = somebody("maria"), somebody("stranger")
    hers = phone.subscribe(maria)
    client.force_login(stranger)

    with pytest.raises(errors.Forbidden):
        commands.unsubscribe(by=stranger, subscription=hers)
    with pytest.raises(errors.Refused):
        commands.subscribe(by=stranger, endpoint=phone.endpoint, browser="Firefox", **BROWSER)
    assert client.post(reverse("participation-mine"), {"remove": hers.pk}).status_code == 403
    assert phone.endpoint not in client.get(reverse("people-my-data")).content.decode()
    assert not client.get(PAGE).json()["here"]
    assert Subscription.objects.get().person == maria


def test_so_many_devices_of_one_person_are_told(push_service: Receiver, monkeypatch) -> None:
    monkeypatch.setattr(commands, "MOST", 1)
    anna, first = somebody("anna"), Browser(push_service)
    for _again in range(2):
        first.subscribe(anna)

    with pytest.raises(errors.Conflict):
        Browser(push_service).subscribe(anna)


@pytest.fixture
def signed_in(client: Client, phone: Browser) -> Client:
    """Anna at her phone, which is told; she has another device."""
    anna = somebody("anna")
    Browser(phone.service, "Firefox, Linux").subscribe(anna)
    client.force_login(anna)
    answer = client.post(PAGE, phone.said, headers={"User-Agent": "Mozilla/5.0 (Android 15) Firefox/140.0"})
    assert answer.json() == {"key": message.public_key(), "here": True}
    assert client.get(PAGE).json()["here"]
    return client


def left() -> set[str]:
    return set(Subscription.objects.values_list("browser", flat=True))


def test_a_device_is_known_by_its_name_and_ended_there_or_from_another(signed_in: Client) -> None:
    mine = reverse("participation-mine")
    assert "Firefox, Android" in signed_in.get(mine).content.decode()
    other = Subscription.objects.get(browser="Firefox, Linux")

    signed_in.post(mine, {"remove": other.pk})
    assert left() == {"Firefox, Android"}
    assert not signed_in.post(PAGE, {"end": "1"}).json()["here"]

    assert left() == set()


def test_whoever_signs_out_of_a_browser_is_told_nothing_there(signed_in: Client) -> None:
    signed_in.post(reverse("account_logout"))

    assert left() == {"Firefox, Linux"}


def test_nor_is_whoever_had_it_before_somebody_else_signed_in(signed_in: Client, phone: Browser) -> None:
    nikos = somebody("nikos")
    nikos.emailaddress_set.create(email=nikos.email, verified=True, primary=True)
    signed_in.cookies.pop("sessionid")
    signed_in.post(reverse("account_login"), {"login": nikos.email, "password": AUTHORIZED})
    assert left() == {"Firefox, Linux"}

    signed_in.post(PAGE, phone.said)
    assert Subscription.objects.get(endpoint=phone.endpoint).person == nikos


def test_a_new_password_ends_it_everywhere_else(signed_in: Client) -> None:
    told = {
        "oldpassword": AUTHORIZED,
        "password1": "another good password",
        "password2": "another good password",
    }
    assert signed_in.post(reverse("account_change_password"), told).status_code == 302

    assert left() == {"Firefox, Android"}


def test_signing_out_everywhere_else_ends_it_there(signed_in: Client) -> None:
    signed_in.post(reverse("usersessions_list"))

    assert left() == {"Firefox, Android"}


def test_whoever_is_erased_is_told_nothing(signed_in: Client, phone: Browser) -> None:
    anna = Subscription.objects.first().person
    [record] = [one for one in personal.records if one.name == "devices"]
    assert [one["endpoint"] for one in record.export(anna)["told"]][1] == phone.endpoint
    queue.tell(KIND, {anna.pk: 7})

    record.erase(anna)

    assert not Subscription.objects.exists()
    assert not Pushed.objects.exists()


def test_what_was_over_a_week_ago_is_forgotten(phone: Browser) -> None:
    anna = somebody("anna")
    phone.subscribe(anna)
    queue.tell(KIND, {anna.pk: 7})
    sent()
    Pushed.objects.update(made=timezone.now() - delivery.outbox.KEPT)

    delivery.retry(0)

    assert not Pushed.objects.exists()
