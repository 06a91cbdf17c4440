"""Whoever has the shift tells many things at once: chosen, confirmed in figures, watched, taken back."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from candia.contract.dummy import installed
from candia.core.access import Grant, Person
from candia.core.entity import Entity
from candia.core.event import Event
from candia.devices.models import Order, OrderGroup, WantedState
from candia.devices.orders import rounds
from candia.devices.orders.commands import want_state
from candia.devices.orders.message import Answer
from candia.devices.orders.states import State
from candia.devices.tests.samples import device, lamp, shift

pytestmark = pytest.mark.django_db
LEVEL = {"what": "dummy.level", "value": "40", "lasting": "8"}


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
        return reverse("devices-desk-order-many")


def evans(number):
    return Entity.objects.create(id=f"dummy.lamp:s{number}", kind_name="dummy.lamp", name=f"Evans {number}")


@pytest.fixture
def street():
    """Seven lamps of a street behind one gateway, another that nobody speaks for, and one elsewhere."""
    made = [
        Entity.objects.create(id=f"dummy.lamp:s{n}", kind_name="dummy.lamp", name=f"Evans {n}")
        for n in range(8)
    ]
    device("gateway-s", entities=[one.pk for one in made[:7]], kinds=[])
    lamp("elsewhere")
    return [one.pk for one in made]


def words(answer):
    main = answer.content.decode().partition("<main")[2]
    return " ".join(re.sub(r"<[^>]+>", " ", main).split())


def sent_on(answer):
    """What the form of a page sends on without being seen."""
    return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', answer.content.decode()))


def confirmed(desk, page, **told):
    """Go on from the list, and give the order on the page that asks once more."""
    asked = desk.post(page, LEVEL | told)
    return asked, desk.post(page, {**sent_on(asked), "act": "give"}, follow=True)


def answer(word, orders):
    rounds.answer([(one.device, Answer(one.pk, State(word))) for one in orders], timezone.now())


def test_all_of_a_filter_are_told_after_a_page_that_says_how_many(desk, page, street):
    asked, given = confirmed(desk, page, q="evans", choose="all")
    assert "Light level: 40 % – 8 things" in words(asked)
    assert "For 1 of them no device speaks" in words(asked)
    group = OrderGroup.objects.get()
    assert (sorted(group.entities), group.value, group.until is not None) == (sorted(street), 40, True)
    assert given.redirect_chain[-1][0].endswith(f"/{group.pk}/")
    rounds.round_at(timezone.now(), 100)
    orders = list(Order.objects.exclude(device="").order_by("entity_id"))
    answer("done", orders[:5])
    answer("refused", orders[5:6])
    told = words(desk.get(given.redirect_chain[-1][0]))
    assert "5 of 8 obeyed" in told
    assert "1 refused by the device 1 failed" in told
    assert "2 that did not" in told


def test_nothing_is_given_before_it_is_confirmed_nor_to_another_number(desk, page, street):
    asked = desk.post(page, LEVEL | {"q": "evans", "choose": "all"})
    assert not OrderGroup.objects.exists()
    evans(9)
    again = desk.post(page, {**sent_on(asked), "act": "give"})
    assert "The list has changed" in words(again)
    assert "9 things" in words(again)
    assert not OrderGroup.objects.exists()
    desk.post(page, {**sent_on(again), "act": "give"})
    assert len(OrderGroup.objects.get().entities) == 9


def test_those_ticked_alone_are_told(desk, page, street):
    confirmed(desk, page, choose="ticked", things=[street[2], street[4], "water.meter:1"])
    assert OrderGroup.objects.get().entities == [street[2], street[4]]


def test_what_is_wrong_is_said_beside_the_field_and_the_ticks_stay(desk, page, street):
    wrong = desk.post(page, LEVEL | {"choose": "ticked", "things": street[2:4], "value": "400"})
    assert wrong.status_code == 422
    assert len(re.findall(r"\schecked\b", wrong.content.decode().partition("<main")[2])) == 2
    nothing = desk.post(page, LEVEL | {"choose": "ticked"})
    assert (nothing.status_code, "Nothing is chosen" in words(nothing)) == (422, True)


def test_a_device_and_a_beginning_of_an_id_narrow_the_list(desk, page, street):
    assert "7 things" in words(desk.get(page, {"what": "dummy.level", "q": "gateway-s"}))
    assert "1 thing " in words(desk.get(page, {"what": "dummy.level", "q": "dummy.lamp:s3"}))


def test_it_is_said_that_somebody_elses_wish_is_replaced(desk, page, street):
    other = Person.objects.create_user("other@example.gr")
    Grant.objects.create(person=other, role=Grant.OPERATOR, service="dummy")
    want_state(by=other, entity=street[0], capability="dummy.level", value=90)
    asked = desk.post(page, LEVEL | {"choose": "all"})
    assert "Of 1 of them somebody else wants something else" in words(asked)


def test_those_that_did_not_are_told_again(desk, page, street):
    confirmed(desk, page, choose="ticked", things=street[:4])
    rounds.round_at(timezone.now(), 100)
    orders = list(Order.objects.order_by("entity_id"))
    answer("done", orders[:2])
    answer("failed", orders[2:])
    first = OrderGroup.objects.get()
    with override("en"):
        watched = desk.get(reverse("devices-desk-order-group", kwargs={"number": first.pk}), {"state": "not"})
    assert words(watched).count("Evans") == 2
    again = desk.post(
        page, {"choose": "group", "group": first.pk, "state": "not", "what": "dummy.level", "value": "40"}
    )
    assert "2 things" in words(again)
    desk.post(page, {**sent_on(again), "act": "give"})
    assert OrderGroup.objects.latest("id").entities == [one.entity_id for one in orders[2:]]


def test_what_still_waits_is_taken_back_and_counted(desk, page, street):
    confirmed(desk, page, choose="ticked", things=street[:6])
    rounds.round_at(timezone.now(), 4)
    answer("done", Order.objects.order_by("entity_id")[:1])
    group = OrderGroup.objects.get()
    with override("en"):
        watched = reverse("devices-desk-order-group", kwargs={"number": group.pk})
    assert "5 orders are cancelled." in desk.post(watched, follow=True).content.decode()
    assert group.counted() == {"done": 1, "cancelled": 5}
    rounds.round_at(timezone.now(), 100)
    # The wishes went with their orders; that of the one which obeyed stays.
    assert WantedState.objects.filter(reason="person").count() == 1
    assert Event.objects.filter(kind="devices.order_cancelled").count() == 3
    assert "It is too late" in desk.post(watched, follow=True).content.decode()


def test_who_does_not_operate_the_service_tells_nobody_anything(client, desk, page, street):
    confirmed(desk, page, choose="ticked", things=street[:2])
    group = OrderGroup.objects.get()
    stranger = Person.objects.create_user("water@example.gr")
    Grant.objects.create(person=stranger, role=Grant.OPERATOR, service="water")
    client.force_login(stranger)
    client.post(page, LEVEL | {"choose": "all", "act": "give", "count": "9"})
    client.post(page, {"choose": "group", "group": group.pk, "what": "dummy.level", "value": "1"})
    with override("en"):
        watched = reverse("devices-desk-order-group", kwargs={"number": group.pk})
    assert client.post(watched).status_code == 404
    group.refresh_from_db()
    assert (OrderGroup.objects.count(), group.left) == (1, 2)
