"""Who gives orders at the desk, and how they see whether they were obeyed."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from candia.contract.dummy import installed
from candia.core import alert
from candia.core.access import Grant, Person
from candia.core.rule import Open
from candia.devices.models import Order, WantedState
from candia.devices.orders import evidence, rounds
from candia.devices.orders.message import Answer
from candia.devices.orders.states import State
from candia.devices.tests.samples import keeper, lamp, shift

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _dummy():
    with installed():
        yield


@pytest.fixture
def desk(client):
    client.force_login(shift())
    return client


@pytest.fixture
def page():
    with override("en"):
        return reverse("devices-desk-thing", kwargs={"entity": lamp("a")})


def words(answer):
    """What a reader reads of a page."""
    main = answer.content.decode().partition("<main")[2]
    return " ".join(re.sub(r"<[^>]+>", " ", main).split())


def go():
    rounds.round_at(timezone.now(), 100)


def give(desk, page, value="40", capability="level", **more):
    told = {"act": "give", "capability": f"dummy.{capability}", f"{capability}-value": value, **more}
    return desk.post(page, told, follow=True)


def test_an_operator_orders_and_sees_what_becomes_of_it(desk, page):
    give(desk, page)
    go()
    assert "40 % person" in words(desk.get(page))
    order = Order.objects.get()
    rounds.answer([("lamp-a", Answer(order.pk, State.REFUSED, "locked by hand"))], timezone.now())
    told = words(desk.get(page))
    assert "refused by the device" in told
    assert "locked by hand" in told
    for step in ("Order queued", "Order sent", "Order refused by the device"):
        assert step in told


def test_what_is_out_of_bounds_is_said_beside_the_field_and_nothing_is_lost(desk, page):
    answer = give(desk, page, "400")
    assert answer.status_code == 422
    assert 'value="400"' in answer.content.decode()
    assert not WantedState.objects.exists()


def test_an_order_is_cancelled_at_the_desk_while_it_can_be(desk, page):
    give(desk, page)
    go()
    order = Order.objects.get()
    desk.post(page, {"act": "cancel", "order": str(order.pk)})
    order.refresh_from_db()
    assert order.state == "cancelled"
    late = desk.post(page, {"act": "cancel", "order": str(order.pk)})
    assert "It is too late" in late.content.decode()
    assert desk.post(page, {"act": "cancel", "order": "nonsense"}).status_code == 200


def test_a_wish_lasts_as_long_as_was_said_and_is_taken_back(desk, page):
    give(desk, page, **{"level-lasting": "8"})
    assert (WantedState.objects.get().turns - timezone.now()).total_seconds() > 7 * 3600
    desk.post(page, {"act": "release", "capability": "dummy.level"})
    assert WantedState.objects.get().reason == ""


def test_an_act_of_a_moment_is_ordered_by_a_button(desk, page):
    give(desk, page, "", "pulse")
    assert Order.objects.get().momentary


def test_the_desk_of_others_shows_and_takes_nothing(client, page):
    stranger = Person.objects.create_user("water@example.gr")
    Grant.objects.create(person=stranger, role=Grant.OPERATOR, service="water")
    client.force_login(stranger)
    assert client.get(page).status_code == 404
    assert give(client, page).status_code == 404
    assert not WantedState.objects.exists()
    client.force_login(keeper("admin"))
    # Who keeps the city's accounts may look, and does not order.
    assert client.get(page).status_code == 200
    give(client, page)
    assert not WantedState.objects.exists()


def test_the_list_finds_a_thing_and_a_devices_orders(desk, page):
    give(desk, page)
    go()
    listing = reverse("devices-desk-orders")
    assert page.endswith(desk.get(listing, {"q": lamp("a")})["Location"])
    assert "dummy.lamp:a" in desk.get(listing, {"q": "lamp-a"}).content.decode()
    assert "dummy.lamp:a" not in desk.get(listing, {"q": "lamp-b"}).content.decode()


def test_an_order_that_was_not_obeyed_stands_on_the_shifts_first_page(desk, page, client):
    told = Open("{wanted} / {observed}", {"wanted": "40 %", "observed": "12 %"}, severity="severe")
    alert.apply(evidence.rule, "devices", [(lamp("a"), told)], timezone.now())
    number = alert.Alert.objects.get().pk
    url = reverse("operations-desk-alert", kwargs={"number": number})
    assert url in desk.get(reverse("desk")).content.decode()
    assert reverse("devices-desk-thing", kwargs={"entity": lamp("a")}) in desk.get(url).content.decode()
    stranger = Person.objects.create_user("water@example.gr")
    Grant.objects.create(person=stranger, role=Grant.OPERATOR, service="water")
    client.force_login(stranger)
    assert url not in client.get(reverse("desk")).content.decode()
